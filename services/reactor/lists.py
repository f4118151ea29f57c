"""Which lists hold a plate: exact entries by dictionary, patterns one by one, black before white before named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from shared.db.tables import ListEntry, PlateList
from shared.messages import ListHit
from shared.plates import matches, normalise

RANKS = {"black": 0, "white": 1, "named": 2}
MOST_CACHED = 10_000


@dataclass(frozen=True)
class Listed:
    """One entry: a plate or pattern in normal form, and when it counts."""

    name: str
    kind: str
    plate: str
    pattern: bool = False
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    @property
    def hit(self) -> ListHit:
        how = "pattern" if self.pattern else "exact"
        return ListHit.model_validate({"list": self.name, "kind": self.kind, "entry": self.plate, "how": how})

    def counts(self, at: datetime) -> bool:
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_to is None or at < self.valid_to)


class Lists:
    """All entries of all lists, ready for matching; never changed, only replaced."""

    def __init__(self, entries: Iterable[Listed] = ()) -> None:
        self._exact: defaultdict[str, list[Listed]] = defaultdict(list)
        self._patterns: list[Listed] = []
        for entry in entries:
            if entry.pattern:
                self._patterns.append(entry)
            else:
                self._exact[entry.plate].append(entry)
        self._found: dict[str, list[Listed]] = {}

    def of(self, plate: str, at: datetime) -> tuple[ListHit, ...]:
        """The entries that name the plate at that moment, in the lists' order."""
        valid = [entry for entry in self._entries(normalise(plate)) if entry.counts(at)]
        valid.sort(key=lambda entry: (RANKS[entry.kind], entry.name, entry.pattern, entry.plate))
        return tuple(entry.hit for entry in valid)

    def _entries(self, plate: str) -> list[Listed]:
        """Every vehicle in view is matched with each step, so the answer for a plate is kept."""
        if plate not in self._found:
            if len(self._found) >= MOST_CACHED:
                self._found.clear()
            hits = [entry for entry in self._patterns if matches(entry.plate, plate)]
            self._found[plate] = self._exact.get(plate, []) + hits
        return self._found[plate]


def fingerprint(session: Session) -> tuple[object, ...]:
    """Differs after every committed change of a list or an entry.

    Each change of a row gives it another xmin (the number of the transaction that wrote it). Their sum, unlike their
    maximum, also shows a transaction that began early and committed late.
    """
    sums = "SELECT count(*), coalesce(sum(xmin::text::bigint), 0) FROM"
    row = session.execute(text(f"SELECT * FROM ({sums} list_entries) AS e, ({sums} lists) AS l")).one()
    return tuple(row)


def load(session: Session) -> Lists:
    """Reads all lists from the database."""
    columns = (PlateList.name, PlateList.kind, ListEntry.plate, ListEntry.pattern)
    query = select(*columns, ListEntry.valid_from, ListEntry.valid_to).join(
        PlateList, PlateList.id == ListEntry.list_id
    )
    return Lists(Listed(*row) for row in session.execute(query))
