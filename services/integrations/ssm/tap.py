"""Follows the camera's own event stream for one consumer, and begins anew when it breaks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from services.integrations.ssm.parts import boundary_of
from services.integrations.ssm.upstream import SILENCE, CameraAway, Session, Upstream, cut
from services.integrations.ssm.wire import Request

PAUSE = 10.0
"""Seconds before a broken stream is asked for again."""


@dataclass(frozen=True)
class Opened:
    """The camera begins a stream; its first part is a full status again."""

    boundary: bytes


@dataclass(frozen=True)
class Came:
    """Bytes of the stream."""

    data: bytes


@dataclass(frozen=True)
class Lost:
    """The stream ended or never began."""

    reason: str


Heard = Opened | Came | Lost


class Tap:
    """Reads in a thread until `stop`; `put` takes what is heard and says whether there was room."""

    def __init__(self, upstream: Upstream, request: Request, put: Callable[[Heard], bool]) -> None:
        self._upstream, self._request, self._put = upstream, request, put
        self._stopping = threading.Event()
        self._answer: httpx.Response | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="ssm/tap", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the camera's stream too; waits a moment for the thread."""
        self._stopping.set()
        with self._lock:
            if self._answer:
                cut(self._answer)
        self._thread.join(5.0)

    def _run(self) -> None:
        session = self._upstream.session()
        try:
            while not self._stopping.is_set():
                try:
                    self._follow(session)
                except CameraAway as error:
                    self._tell(str(error))
                self._stopping.wait(PAUSE)
        finally:
            session.close()

    def _follow(self, session: Session) -> None:
        """One stream from its beginning to its end. Raises CameraAway."""
        with session.ask(self._request, silence=SILENCE) as answer:
            boundary = boundary_of(answer.headers.get("content-type", ""))
            if boundary is None:
                raise CameraAway("The camera does not answer this request with events")
            with self._lock:
                self._answer = answer
            if self._stopping.is_set():
                return
            self._put(Opened(boundary))
            for data in answer.iter_raw():
                if self._stopping.is_set() or not self._put(Came(data)):
                    return
        raise CameraAway("The camera ended its event stream")

    def _tell(self, reason: str) -> None:
        if not self._stopping.is_set():
            self._upstream.note(reason)
            self._put(Lost(reason))
