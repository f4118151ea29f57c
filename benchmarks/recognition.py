"""Runs the recogniser over labelled pictures or clips and prints JSON lines, so that a change can be measured.

One line per file: `{"file", "ms", "plates": [{"text", "confidence", "country", "box"}]}`. For a clip `ms` is the median
of its frames and each text is listed once, the most often read first, with its share of the frames as confidence.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from services.recognizer.contracts import Picture
from services.recognizer.engines import build
from services.recognizer.pipeline import FoundPlate, Pipeline
from shared.pictures import decode

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})


def measured(pipeline: Pipeline, image: Picture, countries: tuple[str, ...]) -> tuple[float, tuple[FoundPlate, ...]]:
    """Milliseconds of this process, all threads together, so that other work on the machine does not count."""
    started = time.process_time()
    plates = pipeline.read(image, countries=countries)
    return (time.process_time() - started) * 1000, plates


def picture_line(pipeline: Pipeline, path: Path, countries: tuple[str, ...]) -> dict[str, object]:
    spent, plates = measured(pipeline, decode(path.read_bytes()), countries)
    found = [{"text": p.text, "confidence": p.confidence, "country": p.country, "box": p.box.as_list()} for p in plates]
    return {"file": path.name, "ms": round(spent, 1), "plates": found}


def clip_line(pipeline: Pipeline, path: Path, countries: tuple[str, ...], every: int) -> dict[str, object]:
    spent: list[float] = []
    votes: Counter[tuple[str, str]] = Counter()
    for image in frames(path, every):
        took, plates = measured(pipeline, image, countries)
        spent.append(took)
        votes.update((p.text, p.country) for p in plates)
    found = [
        {"text": text, "country": country, "confidence": round(count / len(spent), 3)}
        for (text, country), count in votes.most_common()
    ]
    return {"file": path.name, "ms": round(statistics.median(spent), 1) if spent else 0.0, "plates": found}


def frames(path: Path, every: int) -> Iterator[Picture]:
    capture = cv2.VideoCapture(str(path))
    index = 0
    while True:
        there, image = capture.read()
        if not there:
            break
        if index % every == 0:
            yield image.astype(np.uint8, copy=False)
        index += 1
    capture.release()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, help="pictures and clips")
    parser.add_argument("--engine", default="paddle")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda", "auto"))
    parser.add_argument("--threads", type=int, default=1, help="inference threads")
    parser.add_argument("--country", action="append", default=[], help="expected country, ISO alpha-3; may repeat")
    parser.add_argument("--every", type=int, default=3, help="of a clip, read each n-th frame")
    options = parser.parse_args()
    cv2.setNumThreads(options.threads)
    pipeline = build(options.engine, options.device, options.threads)
    countries = tuple(options.country)
    for path in options.files:
        if path.suffix.lower() in PICTURES:
            line = picture_line(pipeline, path, countries)
        else:
            line = clip_line(pipeline, path, countries, options.every)
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
