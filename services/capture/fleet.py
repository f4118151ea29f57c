"""Keeps one process per enabled camera: starts, restarts and ends them as the cameras in the database change."""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections.abc import Mapping
from ctypes import c_double
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext, ForkServerProcess
from uuid import UUID

from services.capture.backoff import BackOff
from services.capture.child import run_child
from services.capture.roster import Listed
from shared.settings import Settings

logger = logging.getLogger(__name__)

SILENT_SECONDS = 20.0
"""A process that gave no sign of life for so long hangs inside a library and is killed."""
GRACE_SECONDS = 5.0
HEALTHY_SECONDS = 60.0
"""A process that lived so long was well; its next fault counts as its first."""


@dataclass
class Post:
    """One camera's process, now or soon."""

    listed: Listed
    sign: c_double
    process: ForkServerProcess | None = None
    started: float = 0.0
    not_before: float = 0.0
    ends_by: float | None = None
    back_off: BackOff = field(default_factory=BackOff)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.is_alive()


class Fleet:
    """The processes. `turn()` never waits for any of them."""

    def __init__(self, settings: Settings, silent_seconds: float = SILENT_SECONDS) -> None:
        self._settings, self._silent_seconds = settings, silent_seconds
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        # Loaded once in the server that forks the children, so that each of them shares that memory.
        self._context.set_forkserver_preload(["av", "cv2", "numpy", "services.capture.child"])
        self._posts: dict[UUID, Post] = {}
        self.restarts = 0
        self.hung: set[UUID] = set()
        """Cameras whose process was killed because it gave no sign; cleared when it gives one again."""

    @property
    def running(self) -> int:
        return sum(post.alive for post in list(self._posts.values()))

    def pid(self, camera_id: UUID) -> int | None:
        """The camera's process, None while it has none."""
        post = self._posts.get(camera_id)
        return post.process.pid if post and post.process else None

    def holds(self, camera_id: UUID) -> bool:
        """Whether a process of this camera may still be publishing."""
        return camera_id in self._posts

    def turn(self, wanted: Mapping[UUID, Listed]) -> None:
        """Brings the processes one step closer to what is wanted: the enabled cameras."""
        for camera_id, listed in wanted.items():
            if camera_id not in self._posts:
                self._posts[camera_id] = Post(listed, self._context.RawValue(c_double, 0.0))
        for camera_id, post in list(self._posts.items()):
            if wanted.get(camera_id) == post.listed:
                self._keep(camera_id, post)
            elif self._ended(post):
                # A changed camera gets a new post in the next turn.
                del self._posts[camera_id]
                self.hung.discard(camera_id)

    def end(self) -> None:
        """Ends all processes and waits for them."""
        while any(not self._ended(post) for post in self._posts.values()):
            time.sleep(0.05)

    def _keep(self, camera_id: UUID, post: Post) -> None:
        clock = time.monotonic()
        if post.process is None:
            if clock >= post.not_before:
                self._start(camera_id, post)
        elif not post.process.is_alive():
            self._bury(camera_id, post, post.process)
        elif clock - post.sign.value > self._silent_seconds:
            logger.error("camera gives no sign of life, ending it", extra={"camera": str(camera_id)})
            self.hung.add(camera_id)
            post.process.kill()
        elif post.sign.value > post.started:
            self.hung.discard(camera_id)

    def _start(self, camera_id: UUID, post: Post) -> None:
        post.started = post.sign.value = time.monotonic()
        post.process = self._context.Process(
            target=run_child, args=(self._settings, camera_id, post.sign), name=f"camera-{camera_id}", daemon=True
        )
        post.process.start()

    def _bury(self, camera_id: UUID, post: Post, process: ForkServerProcess) -> None:
        if time.monotonic() - post.started > HEALTHY_SECONDS:
            post.back_off.reset()
        pause = post.back_off.pause()
        extra = {"camera": str(camera_id), "code": process.exitcode, "pause": round(pause, 1)}
        logger.warning("camera ended, starting it again", extra=extra)
        process.close()
        post.process, post.not_before = None, time.monotonic() + pause
        self.restarts += 1

    def _ended(self, post: Post) -> bool:
        """Asks the process to end, kills it when it does not; returns whether it is gone."""
        if not post.alive:
            return True
        clock = time.monotonic()
        if post.process and post.ends_by is None:
            post.ends_by = clock + GRACE_SECONDS
            post.process.terminate()
        elif post.process and post.ends_by is not None and clock > post.ends_by:
            post.process.kill()
        return False
