"""The events of an export, as one moment has them, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from services.api.events.queries import told
from services.api.events.schemas import NOTHING_TOLD, Told
from services.api.search import pages
from services.api.search.conditions import conditions
from services.api.search.criteria import Criteria
from shared import site
from shared.db.tables import EventExport, EventRow
from shared.errors import Invalid

MOST = {"csv": 1_000_000, "xlsx": 1_000_000, "zip": 20_000}
"""Events of one file: a sheet has 1,048,576 rows, and pictures of more would fill the disk."""


@dataclass(frozen=True)
class Batch:
    """Some events and what belongs to each."""

    rows: Sequence[EventRow]
    about: dict[UUID, Told]

    def tags(self, row: EventRow) -> Sequence[str]:
        return self.about.get(row.event_id, NOTHING_TOLD).tags


@dataclass(frozen=True)
class Found:
    """What an export asks for; `progress` is told after each batch how many events there were."""

    session: Session
    criteria: Criteria
    within: Sequence[ColumnElement[bool]]
    zone: ZoneInfo
    progress: Callable[[int], None]

    @classmethod
    def of(cls, session: Session, row: EventExport, progress: Callable[[int], None]) -> Found:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        session.execute(text("SET LOCAL statement_timeout = '120s'"))
        zone = site.load(session, site.TimeZone).zone
        return cls(session, Criteria.model_validate(row.asked["criteria"]), _within(row.asked), zone, progress)

    def total(self, form: str) -> int:
        """Raises Invalid for more than a file may hold."""
        most = MOST[form]
        some = select(EventRow.event_id).where(*self.within, *conditions(self.criteria)).limit(most + 1).subquery()
        found = self.session.scalar(select(func.count()).select_from(some)) or 0
        if found > most:
            raise Invalid(f"There are more than {most:,} events, the most that one file takes; narrow the search")
        return found

    def batches(self) -> Iterator[Batch]:
        """Newest first."""
        done = 0
        for rows in pages.stream(
            self.session, self.criteria, max(MOST.values()), oldest_first=False, within=self.within
        ):
            yield Batch(rows, told(self.session, [row.event_id for row in rows]))
            done += len(rows)
            self.progress(done)


def _within(asked: dict[str, Any]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked["cameras"] is not None:
        found.append(EventRow.camera_id.in_([UUID(camera) for camera in asked["cameras"]]))
    if asked["ids"] is not None:
        found.append(EventRow.event_id.in_([UUID(one) for one in asked["ids"]]))
    return found
