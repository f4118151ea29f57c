"""Times the stages of recognition, on the demo road or on given pictures; `make bench` runs it.

Prints one JSON object: per stage the median and 95th percentile in milliseconds of processor time of this process, so
that other work on the machine does not count, and the share of the whole. For accuracy use `platewire read --json`.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import TypeVar

import cv2

from services.capture.demo.scene import Scene
from services.recognizer.contracts import Locator, Picture, RawText, Reader
from services.recognizer.engines import build
from shared.geometry import Quad
from shared.pictures import decode

Result = TypeVar("Result")


class StageTimes:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, list[float]] = defaultdict(list)

    def of(self, stage: str, work: Callable[[], Result]) -> Result:
        started = time.process_time()
        result = work()
        self.spent[stage].append((time.process_time() - started) * 1000)
        return result

    def summary(self) -> dict[str, dict[str, float]]:
        whole = sum(self.spent["whole picture"])
        return {
            stage: {
                "median_ms": round(median(times), 1),
                "p95_ms": round(quantiles(times, n=20)[-1], 1),
                "share": round(sum(times) / whole, 3),
            }
            for stage, times in self.spent.items()
        }


class TimedLocator:
    def __init__(self, inner: Locator, times: StageTimes) -> None:
        self._inner, self._times = inner, times

    def locate(self, image: Picture) -> tuple[Quad, ...]:
        return self._times.of("locate", lambda: self._inner.locate(image))


class TimedReader:
    def __init__(self, inner: Reader, times: StageTimes) -> None:
        self._inner, self._times = inner, times

    def read(self, crops: Sequence[Picture]) -> tuple[RawText, ...]:
        return self._times.of("read", lambda: self._inner.read(crops))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="*", type=Path, help="instead of frames of the demo road")
    parser.add_argument("--engine", default="paddle")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda", "auto"))
    parser.add_argument("--threads", type=int, default=1, help="inference threads")
    options = parser.parse_args()
    cv2.setNumThreads(options.threads)
    times = StageTimes()
    pipeline = build(options.engine, options.device, options.threads)
    pipeline.locator, pipeline.reader = TimedLocator(pipeline.locator, times), TimedReader(pipeline.reader, times)
    jpegs = [file.read_bytes() for file in options.pictures] or _demo_frames()
    pipeline.read(decode(jpegs[0]))
    times.spent.clear()
    plates = 0
    for jpeg in jpegs:
        image = times.of("decode JPEG", partial(decode, jpeg))
        plates += len(times.of("whole picture", partial(pipeline.read, image)))
    report = {"pictures": len(jpegs), "plates": plates, "engine": options.engine, "threads": options.threads}
    print(json.dumps(report | {"machine": platform.processor() or platform.machine(), "stages": times.summary()}))


def _demo_frames() -> list[bytes]:
    """Every second second of one loop, as a camera would send it."""
    scene = Scene()
    frames = (scene.frame(second) for second in range(1, round(scene.period), 2))
    return [cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes() for frame in frames]


if __name__ == "__main__":
    main()
