"""`make bench-frame`: what one camera frame of 1080p costs the recognizer, from its JPEG, without a plate and with one.

Frames are labelled photos brought to that size: those with exactly one plate, and of all photos the part above the
plates. They are looked at as those of a live camera are, as a whole. Processor time of one process, so other programs
matter little; the median of all frames and rounds is what counts.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import uuid4

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from services.recognizer.engines import build
from services.recognizer.looking import find
from services.recognizer.settings import DEFAULT_ENGINE
from shared.clock import now
from shared.messages import Frame, Origin

SIZE = (1920, 1080)
QUALITY = 88
LEAST_ABOVE = 0.35
"""Of the photo's height: what is above the plates must be a picture still."""
EVERY = 6
WITHOUT, WITH_ONE = "without a plate", "with one plate"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default=DEFAULT_ENGINE)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/train/robertlucian"), help="labelled photos")
    options = parser.parse_args()
    if not (options.data / "labels.jsonl").is_file():
        parser.error(f"{options.data} holds no labels.jsonl; docs/benchmark.md says what it looks like")
    cv2.setNumThreads(1)
    pipeline, console = build(options.engine, "cpu", 1), Console()
    frame = Frame(
        frame_id="bench",
        camera_id=uuid4(),
        captured_at=now(),
        origin=Origin.LIVE,
        index=0,
        width=SIZE[0],
        height=SIZE[1],
    )
    table = Table("1080p frames", "how many", "median ms", "95 % ms")
    for name, jpegs in pictures(options.data, console).items():
        spent = [_spent(partial(find, pipeline, frame, jpeg)) for _ in range(options.rounds) for jpeg in jpegs]
        middle, slow = np.percentile(spent, (50, 95)) if spent else (np.nan, np.nan)
        table.add_row(name, str(len(jpegs)), f"{middle:.1f}", f"{slow:.1f}")
    console.print(table)


def pictures(data: Path, console: Console) -> dict[str, list[bytes]]:
    """JPEGs of 1080p, from every sixth photo."""
    found: dict[str, list[bytes]] = {WITHOUT: [], WITH_ONE: []}
    lines = (data / "labels.jsonl").read_text(encoding="utf-8").splitlines()[::EVERY]
    for line in track(lines, "Preparing frames", console=console):
        label = json.loads(line)
        image = cv2.imread(str(data / label["file"]))
        boxes = [plate["box"] for plate in label["plates"] if plate["box"]]
        if image is None or not boxes:
            continue
        above = min(int(box[1]) for box in boxes)
        if above >= LEAST_ABOVE * image.shape[0]:
            found[WITHOUT].append(_jpeg(image[:above].astype(np.uint8)))
        if len(boxes) == 1:
            found[WITH_ONE].append(_jpeg(image.astype(np.uint8)))
    return found


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    enlarged = cv2.resize(image, SIZE, interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", enlarged, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def _spent(work: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    before = time.process_time()
    work()
    return 1000 * (time.process_time() - before)


if __name__ == "__main__":
    main()
