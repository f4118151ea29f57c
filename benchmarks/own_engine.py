"""Platewire's engines for the comparison, with a clock at each stage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2

from benchmarks.contracts import Plate, Stages
from services.recognizer.contracts import Ask, Locator, Picture, Place, RawText, Reader
from services.recognizer.engines import build
from services.recognizer.line_pipeline import LinePipeline
from services.recognizer.plate_pipeline import PlatePipeline
from services.recognizer.views import of_still
from shared.errors import BadPicture
from shared.pictures import decode


class TimedLocator:
    def __init__(self, inner: Locator, stages: Stages) -> None:
        self._inner, self._stages = inner, stages

    def locate(self, image: Picture) -> tuple[Place, ...]:
        return self._stages.of("locate", lambda: self._inner.locate(image))


class TimedReader:
    def __init__(self, inner: Reader, stages: Stages, stage: str) -> None:
        self._inner, self._stages, self._stage = inner, stages, stage

    def read(self, crops: Sequence[Picture]) -> tuple[RawText, ...]:
        return self._stages.of(self._stage, lambda: self._inner.read(crops))


class OwnEngine:
    """Raises what services.recognizer.engines.build does."""

    def __init__(self, name: str, device: str, threads: int, stages: Stages) -> None:
        cv2.setNumThreads(threads)
        self._stages = stages
        pipeline = build(name, device, threads)
        if isinstance(pipeline, LinePipeline | PlatePipeline):
            pipeline.locator = TimedLocator(pipeline.locator, stages)
            pipeline.reader = TimedReader(pipeline.reader, stages, "read")
        if isinstance(pipeline, PlatePipeline) and pipeline.thorough:
            pipeline.thorough = TimedReader(pipeline.thorough, stages, "read again")
        self._pipeline = pipeline

    def read(self, path: Path) -> list[Plate]:
        data = path.read_bytes()
        try:
            image = self._stages.of("decode", lambda: decode(data))
        except BadPicture:
            return []
        height, width = image.shape[:2]
        found = self._pipeline.read(image, Ask(views=of_still(width, height)))
        reads = [plate.as_read() for plate in found.plates]
        return [{"text": read.text, "confidence": read.confidence, "box": read.box.as_list()} for read in reads]
