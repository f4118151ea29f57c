"""Finds whole plates with fast-alpr's detector, YOLOv9 with its suppression built in; upright boxes only."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from services.recognizer.contracts import Picture, Place
from services.recognizer.onnx import Network
from shared.errors import Invalid
from shared.geometry import Quad

LEAST_SCORE = 0.4
"""fast-alpr's own threshold."""
BORDER = 114


class FastAlprLocator:
    """A picture becomes one upright rectangle for each plate.

    The network takes RGB of shape (1, 3, side, side), 0 to 1, and gives rows of batch index, left, top, right, bottom
    (pixels of its input), class and score, as many as it found.

    Raises:
        Missing: there is no such file.
        Invalid: the network has another form.
    """

    def __init__(self, path: Path, providers: tuple[str, ...], threads: int) -> None:
        self._network = Network(path, providers, threads)
        match self._network.input_shape:
            case (_, 3, int(height), int(width)) if height == width:
                self._side = width
            case other:
                raise Invalid(f"{path} takes {other} and is no detector of fast-alpr")

    def locate(self, image: Picture) -> tuple[Place, ...]:
        height, width = image.shape[:2]
        scale = self._side / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        left, top = (self._side - size[0]) // 2, (self._side - size[1]) // 2
        canvas = np.full((self._side, self._side, 3), BORDER, np.uint8)
        canvas[top : top + size[1], left : left + size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
        rows = self._network.first(_input(canvas)).reshape(-1, 7)
        rows = rows[rows[:, 6] >= LEAST_SCORE]
        limits = np.clip((rows[:, 1:5] - (left, top, left, top)) / scale, 0, (width, height, width, height))
        places = zip(limits.tolist(), rows[:, 6].tolist(), strict=True)
        return tuple(Place(_quad(*box), score) for box, score in places)


def _input(canvas: Picture) -> NDArray[np.float32]:
    values = canvas[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32)
    values /= 255
    return values


def _quad(left: float, top: float, right: float, bottom: float) -> Quad:
    return Quad(corners=((left, top), (right, top), (right, bottom), (left, bottom)))
