"""Pages, totals and whole streams of what matches, newest or oldest first."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import Session, defer

from services.api.paging import Place
from services.api.search.conditions import conditions
from services.api.search.criteria import Criteria
from shared.db.tables import EventRow

COUNTED = 10_000
"""A total is exact up to here; counting on would cost more than anybody has from it."""
BATCH = 1000
Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True)
class Slice:
    """Which of the matching rows."""

    limit: int
    after: Place | None = None
    offset: int = 0
    oldest_first: bool = False


def page(
    session: Session, asked: Criteria, part: Slice, within: Conditions = ()
) -> tuple[list[EventRow], Place | None]:
    """The rows, and the place behind which the next page begins; None at the end. Raises Invalid.

    `within` bounds what may be found at all, whatever is asked.
    """
    query = _ordered(asked, part.oldest_first).where(*within)
    if part.after:
        query = query.where(_behind(part.after, part.oldest_first))
    rows = list(session.scalars(query.offset(part.offset).limit(part.limit + 1)))
    more = len(rows) > part.limit
    rows = rows[: part.limit]
    return rows, (rows[-1].captured_at, rows[-1].event_id) if more else None


def total(session: Session, asked: Criteria, within: Conditions = ()) -> tuple[int, bool]:
    """How many match, and whether there are more than were counted."""
    some = select(EventRow.event_id).where(*within, *conditions(asked)).limit(COUNTED + 1).subquery()
    found = session.scalar(select(func.count()).select_from(some)) or 0
    return min(found, COUNTED), found > COUNTED


def stream(
    session: Session, asked: Criteria, most: int, *, oldest_first: bool, within: Conditions = ()
) -> Generator[list[EventRow]]:
    """All that match in batches, by a cursor in the server: neither side ever holds them all."""
    query = _ordered(asked, oldest_first).where(*within).limit(most).execution_options(yield_per=BATCH)
    with closing(session.scalars(query)) as found:
        for rows in found.partitions():
            yield list(rows)


def _ordered(asked: Criteria, oldest_first: bool) -> Select[EventRow]:
    columns = (EventRow.captured_at, EventRow.event_id)
    order = columns if oldest_first else tuple(column.desc() for column in columns)
    # Each character with its candidates is most of a row, and only the page of one event shows it.
    unseen = (defer(EventRow.characters, raiseload=True), defer(EventRow.readings, raiseload=True))
    return select(EventRow).options(*unseen).where(*conditions(asked)).order_by(*order)


def _behind(place: Place, oldest_first: bool) -> ColumnElement[bool]:
    row = tuple_(EventRow.captured_at, EventRow.event_id)
    return row > tuple_(*place) if oldest_first else row < tuple_(*place)
