"""Finds lines of text with PaddleOCR's PP-OCRv6 detector on ONNX Runtime."""

from __future__ import annotations

import numpy as np

from services.recognizer.contracts import Picture, Place
from services.recognizer.paddle import engine_config, model_folder, paddleocr
from shared.geometry import Quad

LEAST_SIDE, MOST_SIDE = 640, 960
"""A picture is looked at with its own long side within these bounds: larger finds little more and costs time."""


class PaddleLocator:
    """`paddleocr.TextDetection`; a picture becomes the quadrilaterals of its text lines."""

    def __init__(self, providers: tuple[str, ...], threads: int) -> None:
        with model_folder("det") as (name, path):
            self._detection = paddleocr().TextDetection(
                model_name=name,
                model_dir=path,
                engine="onnxruntime",
                # The execution providers in engine_config decide; PaddleX's own word would ask Paddle for a GPU.
                device="cpu",
                engine_config=engine_config(providers, threads),
                thresh=0.3,
                box_thresh=0.45,
                unclip_ratio=1.6,
            )

    def locate(self, image: Picture) -> tuple[Place, ...]:
        side = min(MOST_SIDE, max(LEAST_SIDE, *image.shape[:2]))
        found = self._detection.predict(image, limit_side_len=side, limit_type="resize_long")
        return tuple(Place(_quad(polygon)) for polygon in found[0]["dt_polys"])


def _quad(polygon: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> Quad:
    a, b, c, d = ((float(x), float(y)) for x, y in polygon)
    return Quad(corners=(a, b, c, d))
