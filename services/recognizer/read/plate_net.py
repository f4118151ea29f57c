"""Reads plates with the network of `models/plate-reader.onnx`: one row of a straightened plate at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from services.recognizer.contracts import Picture, RawText
from services.recognizer.onnx import Network
from services.recognizer.read.ctc import SYMBOLS, PlateDecoder

HEIGHT, WIDTH = 32, 128
"""Of the network's input; a crop is stretched to it, whatever its shape."""
WIDE = 1.55
"""Letters this much farther apart than usual belong to different groups."""


class PlateNetReader:
    """Args: network: grey rows (batch, 1, 32, 128) in 0 to 1 → probabilities (batch, time, blank and SYMBOLS)."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._decoder = PlateDecoder(["", *SYMBOLS])

    def read(self, crops: Sequence[Picture]) -> tuple[RawText, ...]:
        if not crops:
            return ()
        steps = self._network.first(np.stack([as_input(crop) for crop in crops]))
        return tuple(_with_groups(self._decoder.decode(one)) for one in steps)


def as_input(crop: Picture) -> NDArray[np.float32]:
    """One grey row of (1, 32, 128)."""
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    way = cv2.INTER_AREA if crop.shape[1] > WIDTH else cv2.INTER_LINEAR
    return cv2.resize(grey, (WIDTH, HEIGHT), interpolation=way).astype(np.float32)[None] / np.float32(255)


def _with_groups(text: RawText) -> RawText:
    """The network sees letters only: a wide gap tells where a group ends."""
    gaps = [b - a for a, b in pairwise(text.centers)]
    if len(gaps) < 3:
        return text
    usual = sorted(gaps)[len(gaps) // 2]
    return RawText(text.characters, text.centers, frozenset(i + 1 for i, gap in enumerate(gaps) if gap > WIDE * usual))
