"""What every service's `__main__` does, and the supervisor that keeps children running without containers."""

from __future__ import annotations

import ctypes
import faulthandler
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from shared import logs
from shared.errors import PlatewireError

logger = logging.getLogger(__name__)

RESTARTS, RESTART_WINDOW = 5, 60.0
"""More restarts than this within the window (seconds) mean a fault that waiting may mend: back off and say so."""


class Stop:
    """Becomes true on SIGTERM or SIGINT."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __call__(self) -> bool:
        return self._event.is_set()

    def set(self) -> None:
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """Sleeps, but no longer than until the stop; returns whether to stop."""
        return self._event.wait(seconds)


def stop_on_signals() -> Stop:
    stop = Stop()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


def heartbeat_file(service: str) -> Path:
    """The file a service touches about each second; `platewire alive SERVICE` and health checks look at its age."""
    return Path(os.environ.get("PLATEWIRE_RUN_DIR", "/tmp")) / f"platewire-{service}.alive"


def run_service(service: str, main: Callable[[Stop], None]) -> None:
    """Runs a service's main loop with logging and signals set; exits 2 with one sentence on a mistake in its set-up."""
    logs.configure(service)
    faulthandler.enable()
    stop = stop_on_signals()
    try:
        main(stop)
    except PlatewireError as error:
        logger.error(str(error))
        sys.exit(2)
    except Exception:
        logger.exception("service ends by a fault")
        sys.exit(1)


@dataclass
class Child:
    """One supervised process."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path | None = None
    inherits: tuple[int, ...] = ()
    """Open files that it gets under the same numbers."""
    process: subprocess.Popen[bytes] | None = None
    starts: deque[float] = field(default_factory=lambda: deque(maxlen=RESTARTS))
    not_before: float = 0.0


class Supervisor:
    """Starts children, restarts those that die, and stops them in the end."""

    def __init__(self, children: Sequence[Child], grace: float = 10.0) -> None:
        self.children = list(children)
        self.grace = grace

    def run(self, stop: Stop, each_turn: Callable[[], None] = lambda: None) -> None:
        """Keeps the children running until `stop`, then ends them."""
        try:
            while not stop.wait(0.25):
                for child in self.children:
                    self._care(child)
                each_turn()
        finally:
            self.end()

    def end(self) -> None:
        """SIGTERM to all, `grace` seconds, then SIGKILL."""
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + self.grace
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _care(self, child: Child) -> None:
        if child.process and child.process.poll() is None:
            return
        now = time.monotonic()
        if child.process and child.not_before == 0.0:
            child.not_before = now + self._pause(child, now)
        if now < child.not_before:
            return
        child.not_before = 0.0
        child.starts.append(now)
        child.process = _spawn(child)

    def _pause(self, child: Child, now: float) -> float:
        code = child.process.returncode if child.process else 0
        often = len(child.starts) == RESTARTS and now - child.starts[0] < RESTART_WINDOW
        hint = ", was it out of memory?" if code == -signal.SIGKILL else ""
        level = logging.ERROR if often else logging.WARNING
        logger.log(level, f"{child.name} ended, starting it again{hint}", extra={"child": child.name, "code": code})
        return 15.0 if often else 0.5


def _spawn(child: Child) -> subprocess.Popen[bytes]:
    # Its own session, so that Ctrl-C reaches only the supervisor, which then ends the children in order.
    output = child.log.open("ab") if child.log else None
    try:
        return subprocess.Popen(
            child.command,
            env=dict(child.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
            pass_fds=child.inherits,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  the supervisor has one thread
        )
    finally:
        if output:
            output.close()


def _die_with_parent() -> None:
    """Asks Linux to end this process when its parent dies, so that a killed supervisor leaves no orphans."""
    pr_set_pdeathsig = 1
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
