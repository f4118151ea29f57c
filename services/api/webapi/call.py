"""One call of one command: who asks, what for, and what the commands remember between calls."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi import Request, Response
from sqlalchemy.orm import Session

from services.api.deps import State
from services.api.errors import TooMany
from services.api.paging import Place, open_place, seal_place
from services.api.webapi.door import Caller, Door
from services.api.webapi.given import Given
from services.api.webapi.rate import Rates
from shared.credentials import Scope
from shared.db.session import transaction
from shared.errors import Invalid

EXPORTS_AT_ONCE = 4
CAPPED_FOR, MOST_TOTALS = 60.0, 1000


class Cursors:
    """Cursors that belong to the search which they were given for, and to no other."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.new(secret.encode(), b"webapi cursors", hashlib.sha256).digest()

    def seal(self, place: Place, search: bytes) -> str:
        told = seal_place(*place)
        return f"{told}.{self._proof(told, search)}"

    def open(self, cursor: str, search: bytes) -> Place:
        """Raises Invalid for a cursor of another search, and for one that was never given."""
        told, _, proof = cursor.rpartition(".")
        if not hmac.compare_digest(proof.encode(), self._proof(told, search).encode()):
            raise Invalid("The cursor belongs to another search", "cursor")
        return open_place(told)

    def _proof(self, told: str, search: bytes) -> str:
        return hmac.new(self._key, told.encode() + b"\0" + search, hashlib.sha256).hexdigest()[:32]


class Totals:
    """Remembers of which searches more match than is ever counted: events only become more, until retention comes."""

    def __init__(self) -> None:
        self._capped: dict[bytes, tuple[float, int]] = {}

    def of(self, search: bytes, count: Callable[[], tuple[int, bool]], within: Sequence[object]) -> tuple[int, bool]:
        """The total of a search and whether it is capped. Who sees some cameras only has it counted each time."""
        until, total = self._capped.get(search, (0.0, 0))
        if not within and time.monotonic() < until:
            return total, True
        total, capped = count()
        if capped and not within:
            if len(self._capped) >= MOST_TOTALS:
                self._capped.clear()
            self._capped[search] = time.monotonic() + CAPPED_FOR, total
        return total, capped


class _Place:
    """One download under way."""


class Exports:
    """Bounds how many downloads hold a connection to the database at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Weak, for downloads that nobody ever begins to read.
        self._taken: weakref.WeakSet[_Place] = weakref.WeakSet()

    def begin(self, stream: Iterator[bytes]) -> Iterator[bytes]:
        """The stream, counted until it ends or is dropped. Raises TooMany."""
        place = _Place()
        with self._lock:
            if len(self._taken) >= EXPORTS_AT_ONCE:
                raise TooMany(f"{EXPORTS_AT_ONCE} downloads are under way, try again later", after=10)
            self._taken.add(place)
        return self._counted(stream, place)

    def _counted(self, stream: Iterator[bytes], place: _Place) -> Iterator[bytes]:
        try:
            yield from stream
        finally:
            self._taken.discard(place)


class Keeper:
    """What is remembered between calls; one for each application."""

    def __init__(self, secret: str) -> None:
        self.door, self.cursors, self.exports, self.rates = Door(secret), Cursors(secret), Exports(), Rates()
        self.totals = Totals()


@dataclass(frozen=True)
class Call:
    request: Request
    site: State
    keeper: Keeper
    caller: Caller
    given: Given

    @contextmanager
    def change(self) -> Iterator[Session]:
        """A transaction for a change. Raises CredentialsNeeded when the credential was taken away meanwhile."""
        with transaction(self.site.engine) as session:
            if not self.caller.still_there(session):
                raise self.keeper.door.refuse()
            yield session

    def check_still_there(self) -> None:
        """For answers that last. Raises CredentialsNeeded, which breaks them off, when the credential is gone."""
        with self.change():
            return


@dataclass(frozen=True)
class Command:
    """`scope` reads which right a call needs; `run` answers it."""

    scope: Callable[[Request], Scope]
    run: Callable[[Call], Response]
