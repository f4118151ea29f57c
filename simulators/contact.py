"""A relay's contact over time, with a timer of its own: what simulators of relays switch and tests count."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field


@dataclass
class Contact:
    """`edges` holds each change as (time, on). A timer is real: after its seconds the contact falls off by itself."""

    edges: list[tuple[float, bool]] = field(default_factory=list)
    timer_started: float = 0.0
    timer_seconds: float = 0.0
    _on: bool = False
    _timer: threading.Timer | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def on(self) -> bool:
        with self._lock:
            return self._on

    @property
    def rises(self) -> int:
        with self._lock:
            return sum(1 for _, on in self.edges if on)

    @property
    def held(self) -> list[float]:
        """For how many seconds it was on, each time that it was and fell off again."""
        with self._lock:
            times = [at for at, _ in self.edges]
        return [off - on for on, off in zip(times[::2], times[1::2], strict=False)]

    def switch(self, on: bool, seconds: float = 0.0) -> bool:
        """Returns what it was before."""
        with self._lock:
            before = self._on
            if self._timer:
                self._timer.cancel()
                self._timer = None
            if on != self._on:
                self._on = on
                self.edges.append((time.monotonic(), on))
            if on and seconds:
                self.timer_started, self.timer_seconds = time.time(), seconds
                self._timer = threading.Timer(seconds, self.switch, (False,))
                self._timer.daemon = True
                self._timer.start()
            return before

    def wait(self, on: bool, seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while self.on != on:
            assert time.monotonic() < deadline, f"the contact never became {'on' if on else 'off'}"
            time.sleep(0.01)

    def wait_for_rises(self, count: int, seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while self.rises < count:
            assert time.monotonic() < deadline, f"{self.rises} rising edges instead of {count}"
            time.sleep(0.01)
