"""A barrier's worker that imports once and is forked for each round, so that it can be killed two hundred times.

`python barrier_forks.py DESTINATION` reads lines of JSON: `{"turns": 1}` with, if the fork is to die, `"calls": N`
(SIGKILL before the Nth function call, counted from the turn's begin) or `"at": ["call" | "return", NAME]`. It answers
each with a line: the fork's exit status and, with `"count": true`, how many calls it made. With `"signal": "SIGSTOP"`
the fork is stopped there instead, until the next line.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any
from uuid import UUID

from services.integrations.engine.discover import load
from services.integrations.engine.gatekeeper import Gatekeeper
from services.integrations.engine.outbox import Surroundings
from shared.db import session
from shared.media import MediaStore
from shared.secrets import Vault
from shared.settings import from_environment


class Killer:
    """Counts function calls, Python's and C's, and ends the process before one of them."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.made, self._calls, self._at = 0, asked.get("calls"), tuple(asked.get("at", ()))
        self._signal = signal.Signals[asked.get("signal", "SIGKILL")]

    def __call__(self, frame: Any, event: str, argument: Any) -> None:
        if event in {"call", "c_call"}:
            self.made += 1
            if self.made == self._calls:
                os.kill(os.getpid(), self._signal)
        if self._at and (event, frame.f_code.co_name) == self._at:
            os.kill(os.getpid(), self._signal)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    settings = from_environment()
    engine = session.connect(settings.sqlalchemy_url, pool=2)
    vault, media = Vault(settings.secret_key.get_secret_value()), MediaStore(settings.media_dir)
    around = Surroundings(engine, vault, media, lambda: "", settings.data_dir)
    gatekeeper = Gatekeeper(UUID(sys.argv[1]), load("barrier"), around)
    # Once as a rehearsal: what SQLAlchemy and httpx prepare is prepared, and the connections are given up.
    gatekeeper.turn()
    engine.dispose()
    say("ready")
    for line in sys.stdin:
        asked = json.loads(line)
        read, write = os.pipe()
        if (child := os.fork()) == 0:
            os.close(read)
            killer = Killer(asked)
            if asked.keys() & {"calls", "at", "count"}:
                sys.setprofile(killer)
            for _ in range(asked["turns"]):
                gatekeeper.turn()
            sys.setprofile(None)
            os.write(write, str(killer.made).encode())
            os._exit(0)
        os.close(write)
        status = os.waitpid(child, os.WUNTRACED)[1]
        if os.WIFSTOPPED(status):
            say("stopped")
            sys.stdin.readline()
            os.kill(child, signal.SIGCONT)
            status = os.waitpid(child, 0)[1]
        with os.fdopen(read) as pipe:
            made = pipe.read()
        ended = {"status": os.waitstatus_to_exitcode(status), "calls": int(made or 0)}
        say(json.dumps(ended))


if __name__ == "__main__":
    main()
