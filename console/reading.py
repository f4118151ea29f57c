"""Reads files in this process: the recognizer for pictures, the reactor's tracker on top of it for videos."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import NotRequired, TypedDict
from uuid import UUID, uuid5

from services.capture.sources import file as video_file
from services.capture.sources.contracts import Opening
from services.reactor.tracker import Change, Tracker
from services.recognizer.contracts import Ask
from services.recognizer.engines import build
from services.recognizer.findings import UnreadPlate
from services.recognizer.views import of_still
from shared.cameras import CameraSettings, FileSource
from shared.errors import BadPicture
from shared.messages import EventState, FrameReads, Origin
from shared.pictures import decode

_NAMESPACE = UUID("6f1c1a0e-6d0e-4f0e-9d0b-3b6c7f0c8a11")


class Plate(TypedDict):
    """One answer; `box` is x, y, width, height in pixels. A plate without a text says in `unread` why."""

    text: str
    confidence: float
    country: str
    box: list[int]
    unread: NotRequired[str]


class _Silence:
    """A source reports its progress to nobody here."""

    def alive(self) -> None: ...
    def ready(self) -> None: ...
    def arrived(self) -> None: ...
    def damaged(self) -> None: ...


class FileReader:
    """One loaded engine and what to do with its finds."""

    def __init__(self, engine: str, device: str, threads: int, countries: tuple[str, ...], rate: float) -> None:
        self._pipeline = build(engine, device, threads)
        self._countries, self._rate = countries, rate

    def picture(self, path: Path) -> list[Plate]:
        """Plates of one picture. Raises BadPicture with one sentence."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BadPicture(f"{path} cannot be read: {error.strerror}") from None
        image = decode(data)
        views = of_still(image.shape[1], image.shape[0])
        found = self._pipeline.read(image, Ask(countries=self._countries, views=views))
        read = [_plate(p.text, p.settled.confidence, p.settled.country, p.box.as_list()) for p in found.plates]
        return [*read, *(_unread(p) for p in found.unread)]

    def video(self, path: Path) -> list[Plate]:
        """One plate for each vehicle that passes. Raises SourceError with one sentence."""
        camera = uuid5(_NAMESPACE, str(path))
        tracker = Tracker(camera, CameraSettings(rate=self._rate, countries=self._countries))
        lost = []
        for picture in video_file.open_source(FileSource(path=path), _opening(camera, self._rate)):
            assert picture.image is not None
            found = self._pipeline.read(picture.image, Ask(countries=self._countries))
            frame = FrameReads(
                frame_id=f"{camera.hex}-file-{picture.index}",
                camera_id=camera,
                captured_at=picture.captured_at,
                origin=Origin.FILE,
                index=picture.index,
                width=picture.width,
                height=picture.height,
                ends=picture.ends,
                reads=tuple(plate.as_read() for plate in found.plates),
                unread=tuple(plate.as_unread() for plate in found.unread),
            )
            lost += [change for change in tracker.step(frame, picture.captured_at) if change.state is EventState.LOST]
        lost += [change for change in tracker.finish() if change.state is EventState.LOST]
        return [_of_passage(change) for change in lost if change.told.plate]


def _of_passage(change: Change) -> Plate:
    verdict = change.verdict
    return _plate(verdict.text, verdict.confidence, verdict.country, verdict.evidence.box.as_list())


def _unread(plate: UnreadPlate) -> Plate:
    return _plate("", 0.0, "", plate.box.as_list()) | {"unread": plate.reason.value}


def _plate(text: str, confidence: float, country: str, box: list[int]) -> Plate:
    return {"text": text, "confidence": round(confidence, 4), "country": country, "box": box}


def _opening(camera: UUID, rate: float) -> Opening:
    return Opening(
        camera_id=camera,
        rate=rate,
        data_dir=Path(),
        uploads=Path(),
        started_at=datetime.now(UTC),
        position=0,
        stopping=lambda: False,
        wait=Event().wait,
        notes=_Silence(),
    )
