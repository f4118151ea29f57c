"""Reads plates with the network of `models/plate-reader.onnx`: one row of a straightened plate at a time."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from services.recognizer.contracts import Picture, RawText
from services.recognizer.onnx import Network
from services.recognizer.read.ctc import SYMBOLS, PlateDecoder

HEIGHT, WIDTH = 32, 160
"""Of the network's input; a crop is stretched to it, whatever its shape."""
GAP = " "
"""The network's last column: where a group of letters ends."""


class PlateNetReader:
    """Args: network: grey rows (batch, 1, 32, 160) in 0 to 1 → probabilities (batch, time, blank, SYMBOLS and gap)."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._decoder = PlateDecoder(["", *SYMBOLS, GAP])

    def read(self, crops: Sequence[Picture]) -> tuple[RawText, ...]:
        if not crops:
            return ()
        steps = self._network.first(np.stack([as_input(crop) for crop in crops]))
        return tuple(self._decoder.decode(one) for one in steps)


def as_input(crop: Picture) -> NDArray[np.float32]:
    """One grey row of (1, 32, 160)."""
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    way = cv2.INTER_AREA if crop.shape[1] > WIDTH else cv2.INTER_LINEAR
    return cv2.resize(grey, (WIDTH, HEIGHT), interpolation=way).astype(np.float32)[None] / np.float32(255)
