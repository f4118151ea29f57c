"""The nightly run: PostgreSQL says when it is due, and each step is small enough to be broken off and gone on with."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Engine
from sqlalchemy.orm import Session

from services.api.retention import pictures, rows
from services.api.transfer.work import lock
from shared import audit, site
from shared.clock import now
from shared.db.partitions import drop_empty
from shared.db.session import connect, transaction
from shared.db.tables import EventRow
from shared.media import MediaStore
from shared.retention import Cutoffs, Retention, RetentionRun
from shared.settings import from_environment

logger = logging.getLogger(__name__)

HOUR = 3
"""Of the site's clocks, when few vehicles pass."""
LONGEST = 600.0
"""Seconds of one job; the rest is done by the next."""
ACTOR = "system:retention"
_ID = UUID("5d0e2f2c-30cb-4b6c-9a3e-8c2f5f7f6d11")


def run_retention(_night: str) -> None:
    """Runs as an RQ job (see shared/jobs.py)."""
    settings = from_environment()
    engine = connect(settings.sqlalchemy_url, pool=2, statement_timeout_ms=60_000)
    try:
        run(engine, MediaStore(settings.media_dir), now())
    finally:
        engine.dispose()


def due(session: Session, moment: datetime) -> str | None:
    """The night whose run is due and that nobody is at; None otherwise. A new site waits for its first night."""
    if site.load(session, RetentionRun).at is None:
        site.save(session, RetentionRun(at=moment, sentence="Nothing was deleted yet"))
        return None
    night = _missed(session, moment)
    return f"{night:%Y-%m-%d}" if night and lock(session, _ID) else None


def run(engine: Engine, media: MediaStore, moment: datetime) -> Counter[str]:
    """Deletes what is due; what went, by kind. A run that is asked for twice is done once."""
    with transaction(engine) as holding:
        if not lock(holding, _ID):
            return Counter()
        with transaction(engine) as session:
            if _missed(session, moment) is None:
                return Counter()
            cutoffs = Cutoffs.of(site.load(session, Retention), moment)
        done = _Run(engine, media, cutoffs, moment)
        whole = done.all()
        with transaction(engine) as session:
            sentence = done.sentence()
            if whole:
                site.save(session, RetentionRun(at=moment, sentence=sentence))
            if done.gone:
                audit.record(session, ACTOR, "retention.run", "site", dict(done.gone))
    logger.info("old data is deleted", extra=dict(done.gone))
    return done.gone


def _missed(session: Session, moment: datetime) -> datetime | None:
    """The last night, unless there was a run since."""
    local = moment.astimezone(site.load(session, site.TimeZone).zone)
    night = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    night = night if night <= local else night - timedelta(days=1)
    last = site.load(session, RetentionRun).at
    return night if last is not None and last < night else None


@dataclass
class _Run:
    """One run: its steps in an order in which nothing is left that leads to what is gone."""

    engine: Engine
    media: MediaStore
    cutoffs: Cutoffs
    moment: datetime
    gone: Counter[str] = field(default_factory=Counter)
    _until: float = field(default_factory=lambda: time.monotonic() + LONGEST)

    def all(self) -> bool:
        """Whether everything was done in time."""
        for kind, step in self._steps():
            for count in step:
                if count:
                    self.gone[kind] += count
                if time.monotonic() > self._until:
                    return False
        return True

    def _steps(self) -> Iterator[tuple[str, Iterator[int]]]:
        engine, cutoffs = self.engine, self.cutoffs
        for wanted in old_pictures(cutoffs):
            yield "pictures", pictures.delete_pictures(engine, self.media, wanted)
        if cutoffs.unread:
            yield "unread", rows.delete_events(engine, old_unread(cutoffs.unread))
        if cutoffs.events:
            yield "events", rows.delete_events(engine, EventRow.captured_at < cutoffs.events)
            yield "deliveries", rows.delete_deliveries(engine, cutoffs.events)
            yield "commands", rows.delete_commands(engine, cutoffs.events)
            yield "months", iter([drop_empty(engine, cutoffs.events)])
        yield "orphaned_pictures", pictures.sweep(engine, self.media, cutoffs.pictures, self.moment)
        if cutoffs.audit:
            yield "audit", rows.forget_audit(engine, cutoffs.audit)

    def sentence(self) -> str:
        told = ", ".join(f"{n} {kind.replace('_', ' ')}" for kind, n in sorted(self.gone.items()))
        return f"Deleted {told}" if told else "There was nothing to delete"


def old_pictures(cutoffs: Cutoffs) -> list[ColumnElement[bool]]:
    """Events that lose their pictures, by the site's days and by those of single cameras."""
    found: list[ColumnElement[bool]] = [
        (EventRow.camera_id == camera) & (EventRow.captured_at < cutoff) for camera, cutoff in cutoffs.cameras.items()
    ]
    if cutoffs.pictures:
        of_others = EventRow.captured_at < cutoffs.pictures
        found.append(of_others & EventRow.camera_id.not_in(cutoffs.cameras) if cutoffs.cameras else of_others)
    if cutoffs.unread:
        found.append(old_unread(cutoffs.unread))
    return found


def old_unread(cutoff: datetime) -> ColumnElement[bool]:
    return (EventRow.unread != "") & (EventRow.captured_at < cutoff)
