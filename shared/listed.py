"""Which lists name a plate: asked of the database by index, once for each plate until a list changes (ADR-0011)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby, islice
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import Row, exists, func, select, text
from sqlalchemy.orm import Session

from shared import site
from shared.db.tables import ListChange, ListEntry, PlateList
from shared.matching import HOWS, how, keys, masks
from shared.messages import ListHit
from shared.plates import LOOK_ALIKES, normalise, skeleton
from shared.schedules import Schedule

logger = logging.getLogger(__name__)

RANKS = {"black": 0, "white": 1, "named": 2}
MOST_KEPT = 10_000
MOST_OF_A_LIST = 5
"""Hits of one list that an event names, surest first; a busy list may hold a hundred neighbours of a plate."""

# The index gives what may match, a hundred patterns in a million entries; the last condition spares the reactor most of
# what does not. Each entry is looked at by the one comparison that fits it, which halves the time.
_SKELETON = f"translate(e.plate, '{LOOK_ALIKES[0]}?*', '{LOOK_ALIKES[1]}_%')"
_CANDIDATES = text(
    f"""
    SELECT l.name, l.kind, l.match, e.plate, e.valid_from, e.valid_to, e.schedule
    FROM list_entries e JOIN lists l ON l.id = e.list_id
    WHERE list_key(e.plate) = ANY(CAST(string_to_array(:keys, ',') AS bytea[]))
      AND CASE WHEN e.plate LIKE '%?%' OR e.plate LIKE '%*%' THEN :skeleton LIKE {_SKELETON}
          ELSE {_SKELETON} LIKE ANY(string_to_array(:masks, ',')) END
    """
).columns(
    *(PlateList.__table__.c[name] for name in ("name", "kind", "match")),
    *(ListEntry.__table__.c[name] for name in ("plate", "valid_from", "valid_to", "schedule")),
)


@dataclass(frozen=True)
class Named:
    """An entry that names a plate, and when it does."""

    hit: ListHit
    valid_from: datetime | None
    valid_to: datetime | None
    schedule: Schedule | None

    def counts(self, at: datetime, zone: ZoneInfo) -> bool:
        return (
            (self.valid_from is None or self.valid_from <= at)
            and (self.valid_to is None or at < self.valid_to)
            and (self.schedule is None or self.schedule.holds(at, zone))
        )


class Lists:
    """What the lists say of plates, as long as none of them changes; then a new one takes its place.

    Args:
        zone: by whose clocks schedules are meant.
        one_off: whether any list takes plates that are one character apart for the same.
    """

    def __init__(self, zone: ZoneInfo, *, one_off: bool) -> None:
        self._zone, self._one_off = zone, one_off
        self._named: dict[str, tuple[Named, ...]] = {}

    def of(self, session: Session, plate: str, at: datetime) -> tuple[ListHit, ...]:
        """The entries that name the plate at that moment as their lists match: black before white before named."""
        if plate not in self._named:
            if len(self._named) >= MOST_KEPT:
                self._named.clear()
            self._named[plate] = self._ask(session, normalise(plate))
        hits = (named.hit for named in self._named[plate] if named.counts(at, self._zone))
        of_lists = (islice(found, MOST_OF_A_LIST) for _, found in groupby(hits, key=lambda hit: hit.list))
        return tuple(chain.from_iterable(of_lists))

    def _ask(self, session: Session, plate: str) -> tuple[Named, ...]:
        if not plate.isalnum():
            return ()
        wanted = {
            "keys": ",".join(keys(plate, one_off=self._one_off)),
            "masks": ",".join(masks(plate, one_off=self._one_off)),
            "skeleton": skeleton(plate),
        }
        return tuple(sorted(_named(session.execute(_CANDIDATES, wanted), plate), key=_order))


def revision(session: Session) -> tuple[object, ...]:
    """Differs after every committed change of a list, an entry or the site's time zone."""
    counted = select(func.count(), func.coalesce(func.sum(ListChange.changes), 0)).select_from(ListChange)
    return (*session.execute(counted).one(), site.load(session, site.TimeZone).value)


def load(session: Session) -> Lists:
    one_off = session.scalar(select(exists().where(PlateList.match == "one_off")))
    return Lists(site.load(session, site.TimeZone).zone, one_off=bool(one_off))


def _named(candidates: Iterable[Row[tuple[str, ...]]], plate: str) -> Iterable[Named]:
    for row in candidates:
        if (found := how(row.plate, plate, row.match)) is None:
            continue
        try:
            schedule = Schedule.model_validate(row.schedule) if row.schedule else None
        except ValidationError as error:
            logger.error("entry is left out", extra={"list": row.name, "reason": f"{error.error_count()} faults"})
            continue
        hit = ListHit(list=row.name, kind=row.kind, entry=row.plate, how=found)
        yield Named(hit, row.valid_from, row.valid_to, schedule)


def _order(named: Named) -> tuple[int, str, int, str]:
    hit = named.hit
    return RANKS[hit.kind], hit.list, HOWS.index(hit.how), hit.entry
