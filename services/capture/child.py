"""The process of one camera: whatever hangs or crashes in a camera's stream ends nothing but this."""

from __future__ import annotations

import faulthandler
import logging
import multiprocessing
import os
import sys
import threading
import time
from ctypes import c_double
from uuid import UUID

import cv2
from sqlalchemy import Engine

from services.capture.board import Board, report_each_second
from services.capture.camera import Camera, CameraLoop
from services.capture.progress import Progress
from services.capture.roster import load_camera
from shared import logs, streams
from shared.db import session
from shared.db.session import DATABASE_DOWN
from shared.errors import PlatewireError, SourceError
from shared.process import Stop, stop_on_signals
from shared.secrets import Vault
from shared.settings import Settings
from shared.status import CameraState

logger = logging.getLogger(__name__)


def run_child(settings: Settings, camera_id: UUID, sign: c_double) -> None:
    """Runs one camera until SIGTERM or until the parent is gone; `sign` gets the monotonic second of the last life."""
    logs.configure("capture")
    faulthandler.enable()
    cv2.setNumThreads(1)
    stop = stop_on_signals()
    _end_with_parent()

    def beat() -> None:
        sign.value = time.monotonic()

    beat()
    board = Board(beat)
    try:
        _run_camera(settings, camera_id, board, stop)
    except Exception:
        logger.exception("camera ends by a fault", extra={"camera": str(camera_id)})
        sys.exit(1)


def _run_camera(settings: Settings, camera_id: UUID, board: Board, stop: Stop) -> None:
    engine = session.connect(settings.sqlalchemy_url, pool=1)
    report_each_second(streams.connect(settings.redis_events_url), camera_id, board)
    try:
        camera, revision = _load(engine, settings, camera_id, board, stop)
    except PlatewireError as error:
        _say_why_not(board, str(error), stop)
        return
    # Live cameras do not need the database any more; files connect again for their progress.
    engine.dispose()
    CameraLoop(camera, settings, Progress(engine, camera_id, revision), board, stop).run()


def _load(engine: Engine, settings: Settings, camera_id: UUID, board: Board, stop: Stop) -> tuple[Camera, int]:
    vault = Vault(settings.secret_key.get_secret_value())
    while not stop():
        board.alive()
        try:
            return load_camera(engine, vault, camera_id)
        except DATABASE_DOWN:
            board.becomes(CameraState.WAITING, "The database does not answer")
        stop.wait(1)
    raise SourceError("The camera was stopped before its settings could be read")


def _say_why_not(board: Board, sentence: str, stop: Stop) -> None:
    """A camera whose settings cannot be used waits until somebody changes them."""
    logger.error("camera cannot be started", extra={"reason": sentence})
    board.becomes(CameraState.WAITING, sentence)
    while not stop.wait(1):
        board.alive()


def _end_with_parent() -> None:
    """Ends this process when its parent was killed, else two processes would read one camera after a restart."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(3)

    threading.Thread(target=watch, name="parent", daemon=True).start()
