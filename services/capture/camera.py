"""The loop of one camera: open its source, choose pictures, publish them as frames, and try again when it fails."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from uuid import UUID

from services.capture.backoff import BackOff
from services.capture.board import Board
from services.capture.gate import Area, MotionGate
from services.capture.pictures import jpeg_of, luma
from services.capture.progress import Progress
from services.capture.publish import LivePublisher, LosslessPublisher, Outage
from services.capture.sources import opener_of
from services.capture.sources.contracts import Opening, Picture
from services.capture.viewfinder import Viewfinder
from shared import streams
from shared.cameras import AnySource, CameraSettings, FileSource
from shared.clock import now
from shared.errors import BadPicture, SourceError
from shared.messages import Frame, Origin
from shared.process import Stop
from shared.settings import Settings
from shared.status import CameraState

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Camera:
    """One camera as it is set up now. Never logged: its source may hold a password."""

    camera_id: UUID
    source: AnySource
    settings: CameraSettings


class CameraLoop:
    """Runs one camera until it is told to stop."""

    def __init__(self, camera: Camera, settings: Settings, progress: Progress, board: Board, stop: Stop) -> None:
        self.camera, self.settings, self.stop = camera, settings, stop
        self.progress, self.board = progress, board
        self.frames = streams.connect(settings.redis_frames_url)
        self._view = Viewfinder(self.frames, camera.camera_id)
        self._back_off = BackOff()
        self._outage = Outage(board)
        self._failure = ""
        self._housekeeping: Callable[[], None] = lambda: None

    def run(self) -> None:
        """Plays the source; a failure is told in the status and tried again later."""
        play = self._play_live if self.camera.source.origin is Origin.LIVE else self._play_kept
        while not self.stop():
            self.board.opens()
            try:
                play()
            except SourceError as error:
                self._fails(str(error))

    def _fails(self, sentence: str) -> None:
        if sentence != self._failure:
            extra = {"camera": str(self.camera.camera_id), "reason": sentence}
            logger.warning("camera cannot be read, trying again and again", extra=extra)
        self._failure = sentence
        self.board.fails(sentence)
        self._housekeeping = lambda: None
        self._wait(self._back_off.pause())

    def _succeeds(self, picture: Picture) -> None:
        self.board.sees(picture)
        self._back_off.reset()
        if self._failure:
            logger.info("camera can be read again", extra={"camera": str(self.camera.camera_id)})
        self._failure = ""

    def _play_live(self) -> None:
        publisher = LivePublisher(self.frames, streams.frames(self.camera.camera_id), self._outage)
        gate = MotionGate(self.camera.settings.regions) if self.camera.settings.motion else None
        run = token_hex(4)
        for picture in self._pictures(now(), 0):
            try:
                if gate and not gate.admits(luma(picture), picture.captured_at.timestamp()):
                    self.board.still()
                    continue
                jpeg = jpeg_of(picture)
            except BadPicture:
                self.board.damaged()
                continue
            if publisher.publish(self._frame(picture, run, gate.area if gate else None), jpeg):
                self.board.published()
            else:
                self.board.stale()

    def _play_kept(self) -> None:
        run = self.progress.begin()
        if run.finished:
            self._rest()
            return
        stream = streams.frames(self.camera.camera_id)
        publisher = LosslessPublisher(self.frames, stream, self._wait, self._outage, position=run.position)

        def keep_up() -> None:
            publisher.settle(0.5)
            self.progress.save(run, publisher.position)

        self._housekeeping = keep_up
        for picture in self._pictures(run.started_at, run.position):
            if publisher.put(self._frame(picture, run.run), jpeg_of(picture), picture.when_done):
                self.board.published()
            keep_up()
        if self.stop() or not publisher.drain():
            return
        if isinstance(self.camera.source, FileSource) and self.camera.source.loop:
            self.progress.restart()
        else:
            self.progress.finish(run, publisher.position)
            self._rest()

    def _pictures(self, started_at: datetime, position: int) -> Iterator[Picture]:
        opening = Opening(
            camera_id=self.camera.camera_id,
            rate=self.camera.settings.rate,
            data_dir=self.settings.data_dir,
            uploads=self.settings.uploads_dir / str(self.camera.camera_id),
            started_at=started_at,
            position=position,
            stopping=self.stop,
            wait=self._wait,
            notes=self.board,
        )
        with closing(opener_of(self.camera.source.kind)(self.camera.source, opening)) as pictures:
            for picture in pictures:
                self._succeeds(picture)
                self._view.see(picture)
                yield picture

    def _frame(self, picture: Picture, run: str, moving: Area | None = None) -> Frame:
        place = picture.key or f"{run}-{picture.index}"
        return Frame(
            frame_id=f"{self.camera.camera_id.hex}-{place}",
            camera_id=self.camera.camera_id,
            captured_at=picture.captured_at,
            origin=self.camera.source.origin,
            index=picture.index,
            width=picture.width,
            height=picture.height,
            regions=self.camera.settings.regions,
            countries=self.camera.settings.countries,
            moving=moving,
            ends=picture.ends,
        )

    def _rest(self) -> None:
        self.board.becomes(CameraState.FINISHED)
        self._housekeeping = lambda: None
        while not self._wait(3600):
            pass

    def _wait(self, seconds: float) -> bool:
        """Sleeps while signs of life and housekeeping go on; returns whether to stop."""
        until = time.monotonic() + seconds
        while True:
            self.board.alive()
            self._housekeeping()
            left = until - time.monotonic()
            if self.stop.wait(max(0.0, min(left, 0.5))) or left <= 0.5:
                return self.stop()
