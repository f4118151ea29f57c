"""What every PP-OCR reader does around its network: batches of one width in, plate characters out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from services.recognizer.contracts import Picture, RawText
from services.recognizer.read.ctc import PlateDecoder

HEIGHT = 48
"""Of the network's input; fixed by the model."""
MAX_WIDTH, WIDTH_STEP = 320, 32
"""Widths are rounded up, so that few different shapes exist and crops of one frame share a batch."""
MAX_BATCH = 8

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Crops of shape (batch, 3, 48, width) to probabilities of shape (batch, time, columns)."""


class TextLines:
    """Reads crops with a network of PP-OCR's shape.

    Args:
        run: the network.
        columns: what each of its output columns means, the blank first.
    """

    def __init__(self, run: Run, columns: Sequence[str]) -> None:
        self._run = run
        self._decoder = PlateDecoder(columns)

    def read(self, crops: Sequence[Picture]) -> tuple[RawText, ...]:
        texts: list[RawText] = [RawText((), ())] * len(crops)
        widths = [_width(crop) for crop in crops]
        order = sorted(range(len(crops)), key=widths.__getitem__)
        for start in range(0, len(order), MAX_BATCH):
            members = order[start : start + MAX_BATCH]
            width = math.ceil(max(widths[i] for i in members) / WIDTH_STEP) * WIDTH_STEP
            probabilities = self._run(np.stack([_input(crops[i], widths[i], width) for i in members]))
            for i, steps in zip(members, probabilities, strict=True):
                texts[i] = self._decoder.decode(steps, widths[i] / width)
        return tuple(texts)


def _width(crop: Picture) -> int:
    height, width = int(crop.shape[0]), int(crop.shape[1])
    return max(1, min(MAX_WIDTH, math.ceil(width * HEIGHT / height)))


def _input(crop: Picture, width: int, padded: int) -> NDArray[np.float32]:
    """Scaled to -1 … 1, channels first, padded with the network's zero on the right."""
    scaled = cv2.resize(crop, (width, HEIGHT), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 127.5 - 1.0
    canvas = np.zeros((3, HEIGHT, padded), np.float32)
    canvas[:, :, :width] = scaled.transpose(2, 0, 1)
    return canvas
