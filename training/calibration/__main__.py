"""`python -m training.calibration`: how often the cascade is right when it says so, and the knots to write down.

Plates that no training saw: the labelled photos held out from the reader, and plates drawn anew in all weathers. Prints
one JSON object; KNOTS of services/recognizer/calibration.py are copied from it by hand, so that a person looks at them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np

from services.recognizer.calibration import of_text
from services.recognizer.contracts import Picture, Place
from services.recognizer.engines import cascade
from services.recognizer.plate_pipeline import PlatePipeline
from shared.geometry import Box, Quad
from training.calibration.knots import bins, knots
from training.plates.render import PlateFactory
from training.reader.real import BACKGROUND, load_crops
from training.reader.views import synthetic_views

SEED = 11
Pair = tuple[float, bool]


class WholePicture:
    """A locator for pictures that are a plate and little else."""

    def __init__(self, margin: float) -> None:
        self._margin = margin

    def locate(self, image: Picture) -> tuple[Place, ...]:
        height, width = image.shape[:2]
        room = round(self._margin * height)
        return (Place(Quad.of_box(Box(x=room, y=room, width=width - 2 * room, height=height - 2 * room))),)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with train/")
    parser.add_argument("--fonts", type=Path, required=True)
    parser.add_argument("--drawn", type=int, default=1500, help="newly drawn plates")
    options = parser.parse_args()
    pipeline = cascade(("CPUExecutionProvider",), 1)
    pairs = [*_photographed(pipeline, options.data), *_drawn(pipeline, options.fonts, options.drawn)]
    said, right = zip(*pairs, strict=True)
    report = {
        "reads": len(pairs),
        "right": sum(right),
        "knots": knots(said, right),
        "bins": [asdict(found) for found in bins(said, right, 10)],
    }
    print(json.dumps(report, indent=1))


def _photographed(pipeline: PlatePipeline, data: Path) -> Iterator[Pair]:
    for crop in load_crops(data):
        if crop.held_out and crop.origin != BACKGROUND:
            left, top, right, bottom = (round(value) for value in crop.plate)
            pipeline.locator = _At(Box(x=left, y=top, width=right - left, height=bottom - top))
            yield from _judged(pipeline, crop.image, crop.text)


class _At:
    def __init__(self, box: Box) -> None:
        self._box = box

    def locate(self, image: Picture) -> tuple[Place, ...]:
        return (Place(Quad.of_box(self._box.clamp(image.shape[1], image.shape[0]))),)


def _drawn(pipeline: PlatePipeline, fonts: Path, count: int) -> Iterator[Pair]:
    factory, rng = PlateFactory(fonts), np.random.default_rng(SEED)
    pipeline.locator = WholePicture(0.0)
    for _ in range(count):
        for sample in synthetic_views(factory, rng, 1):
            yield from _judged(pipeline, cv2.cvtColor(sample.crop, cv2.COLOR_GRAY2BGR).astype(np.uint8), sample.text)


def _judged(pipeline: PlatePipeline, image: Picture, text: str) -> Iterator[Pair]:
    for plate in pipeline.read(image).plates:
        yield of_text(plate.settled), plate.text == text


if __name__ == "__main__":
    main()
