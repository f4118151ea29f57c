"""`make bench-frame`: what one camera frame of 1080p costs the recognizer, from its JPEG, without a plate and with one.

Frames of the drawn road, looked at as those of a live camera are: as a whole. Processor time of one process, so other
programs matter little; the median of all frames and rounds is what counts.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable
from functools import partial
from uuid import uuid4

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from services.capture.demo.scene import Scene
from services.recognizer.engines import build
from services.recognizer.findings import Findings
from services.recognizer.looking import find
from services.recognizer.settings import DEFAULT_ENGINE
from shared.clock import now
from shared.messages import Frame, Origin

WIDTH, HEIGHT = 1920, 1080
QUALITY = 88
STEP = 0.5
"""Seconds between frames of the road."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default=DEFAULT_ENGINE)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    pipeline, console = build(options.engine, "cpu", 1), Console()
    frame = Frame(
        frame_id="bench",
        camera_id=uuid4(),
        captured_at=now(),
        origin=Origin.LIVE,
        index=0,
        width=WIDTH,
        height=HEIGHT,
    )
    frames = road(lambda jpeg: find(pipeline, frame, jpeg), console)
    table = Table("frames", "how many", "median ms", "95 % ms", title=f"1080p frame, {platform.machine()}, one thread")
    for name, jpegs in frames.items():
        spent = [_spent(partial(find, pipeline, frame, jpeg)) for _ in range(options.rounds) for jpeg in jpegs]
        middle, slow = np.percentile(spent, (50, 95))
        table.add_row(name, str(len(jpegs)), f"{middle:.1f}", f"{slow:.1f}")
    console.print(table)


def road(look: Callable[[bytes], Findings], console: Console) -> dict[str, list[bytes]]:
    """JPEGs of one loop of the road: those on which nothing is found, and those with one plate."""
    scene, found = (
        Scene(width=WIDTH, height=HEIGHT),
        {"without a plate": list[bytes](), "with one plate": list[bytes]()},
    )
    for second in track(np.arange(0, scene.period, STEP), "Drawing the road", console=console):
        done, jpeg = cv2.imencode(".jpg", scene.frame(float(second)), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        seen = look(jpeg.tobytes()) if done else Findings()
        if not seen.unread and len(seen.plates) < len(found):
            found[tuple(found)[len(seen.plates)]].append(jpeg.tobytes())
    return found


def _spent(work: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    before = time.process_time()
    work()
    return 1000 * (time.process_time() - before)


if __name__ == "__main__":
    main()
