"""Counts what a rule would have done with the stored events; changes nothing."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.orm import Session

from services.api.reactions.dry_run_schemas import DayCount, Draft, DryRunIn, DryRunOut, Firing
from services.api.reactions.queries import check
from shared import stored_rules
from shared.db.tables import Destination, EventRow
from shared.db.tables.base import Json
from shared.errors import Invalid
from shared.messages import ListHit, Moment
from shared.rules.conditions import Why
from shared.rules.cool_downs import CoolDowns
from shared.rules.facts import Circumstances, Facts
from shared.rules.round import Round
from shared.rules.rule import Rule
from shared.site import TimeZone, load

MOST_EVENTS, SHOWN = 500_000, 50
AT_ONCE, FORGET_EVERY = 2000, 20_000


@dataclass
class _Count:
    """What is kept of a run, however many events it looks at."""

    looked_at: int = 0
    fired: int = 0
    by_day: Counter[date] = field(default_factory=Counter)
    not_fired: Counter[Why] = field(default_factory=Counter)
    newest: deque[UUID] = field(default_factory=lambda: deque(maxlen=SHOWN))
    stopped_at: datetime | None = None

    def note(self, facts: Facts, why: Why | None, around: Circumstances) -> None:
        self.looked_at += 1
        if why:
            self.not_fired[why] += 1
            return
        self.fired += 1
        self.by_day[facts.at.astimezone(around.zone).date()] += 1
        self.newest.append(facts.event_id)


def run(session: Session, asked: DryRunIn) -> DryRunOut:
    """Raises Invalid for a list, camera or destination that is not there, and for a time that ends before it begins."""
    if asked.since >= asked.until:
        raise Invalid("The time ends before it begins", "to")
    check(session, asked.rule.settings, asked.rule.destination_id)
    candidate, around = _candidate(session, asked.rule), Circumstances(load(session, TimeZone).zone)
    with closing(_events(session, asked)) as events:
        counted = _count(events, [*_ahead(session, candidate), candidate], around)
    return DryRunOut(
        fired=counted.fired,
        looked_at=counted.looked_at,
        by_day=[DayCount(day=day.isoformat(), fired=fired) for day, fired in sorted(counted.by_day.items())],
        not_fired={why.value: count for why, count in counted.not_fired.most_common()},
        newest=_shown(session, asked, counted.newest),
        stopped_at=counted.stopped_at,
    )


def _candidate(session: Session, draft: Draft) -> Rule:
    """The rule as if it were switched on; without a destination it is one that opens nothing."""
    destination = session.get(Destination, draft.destination_id) if draft.destination_id else None
    return Rule(
        rule_id=draft.id or uuid4(),
        name=draft.name,
        settings=draft.settings,
        destination_id=destination.id if destination else uuid4(),
        destination=destination.name if destination else "",
        kind=destination.kind if destination else "",
        moments=stored_rules.moments_of(destination.send_on) if destination else frozenset(Moment),
    )


def _ahead(session: Session, candidate: Rule) -> list[Rule]:
    """Rules that are tried before it and may keep it from firing: those that stop others, or tell its destination."""
    rows = stored_rules.rows(session)
    ages = {row.id: age for age, row in enumerate(rows)}
    place = candidate.settings.priority, ages.get(candidate.rule_id, len(rows))
    first = Moment.DETECT if Moment.DETECT in candidate.moments else Moment.LOST
    return [
        replace(rule, moments=candidate.moments)
        for rule in stored_rules.rules(rows)
        if rule.enabled
        and rule.rule_id != candidate.rule_id
        and (rule.settings.priority, ages[rule.rule_id]) < place
        and (rule.settings.stop or rule.destination_id == candidate.destination_id)
        and (first is Moment.LOST or Moment.DETECT in rule.moments)
    ]


def _count(events: Iterator[Facts], rules: Sequence[Rule], around: Circumstances) -> _Count:
    """Tries the rules, of which the last is the candidate, at the moment at which its destination hears first."""
    counted, cool_downs, wanted = _Count(), CoolDowns(), rules[-1].moments
    moment = Moment.DETECT if Moment.DETECT in wanted else Moment.LOST
    for facts in events:
        if counted.looked_at == MOST_EVENTS:
            counted.stopped_at = facts.at
            break
        found = Round(facts, around, cool_downs)
        found.run(rules, moment)
        counted.note(facts, found.tried[-1].why, around)
        if counted.looked_at % FORGET_EVERY == 0:
            cool_downs.forget_before(facts.at)
    return counted


def _events(session: Session, asked: DryRunIn) -> Generator[Facts]:
    """Events with a plate in that time, oldest first, a few at once in memory."""
    query = select(*_COLUMNS).where(*_in_time(asked), _EVENTS.plate != "")
    query = query.order_by(_EVENTS.captured_at, _EVENTS.event_id)
    # Past the mapper, which would double the time that a row takes.
    found = session.connection().execute(query, execution_options={"yield_per": AT_ONCE})
    with closing(found) as rows:
        for row in rows:
            lists, hits = row[-2], row[-1]
            listed = (lists or (), _hits(lists or (), hits or ())) if lists or hits else _ON_NO_LIST
            yield Facts._make((*row[:-2], *listed))


_EVENTS = EventRow.__table__.c
_ON_NO_LIST: tuple[tuple[str, ...], tuple[ListHit, ...]] = (), ()
_COLUMNS = (
    _EVENTS.event_id,
    _EVENTS.plate,
    _EVENTS.country,
    _EVENTS.camera_id,
    _EVENTS.zone,
    _EVENTS.direction,
    _EVENTS.confidence,
    _EVENTS.captured_at,
    _EVENTS.origin,
    # Most plates are on no list, and NULL is quicker to read than an empty array.
    func.nullif(_EVENTS.lists, literal_column("'{}'::text[]")),
    func.nullif(_EVENTS.hits, literal_column("'[]'::jsonb")),
)


def _hits(lists: Sequence[str], hits: Sequence[Json]) -> list[ListHit]:
    """The stored hits; events from before hits were stored were on their lists by exact entries or by wildcards."""
    if hits:
        return [ListHit.model_validate(hit) for hit in hits]
    kinds = {name: name if name in ("black", "white") else "named" for name in lists}
    found = [{"list": name, "kind": kind, "entry": "", "how": "exact"} for name, kind in kinds.items()]
    return [ListHit.model_validate(hit) for hit in found]


def _in_time(asked: DryRunIn) -> tuple[ColumnElement[bool], ...]:
    return EventRow.captured_at >= asked.since, EventRow.captured_at < asked.until


def _shown(session: Session, asked: DryRunIn, events: Iterable[UUID]) -> list[Firing]:
    newest = (EventRow.captured_at.desc(), EventRow.event_id.desc())
    query = select(EventRow).where(EventRow.event_id.in_(events), *_in_time(asked)).order_by(*newest)
    return [Firing.model_validate(row, from_attributes=True) for row in session.scalars(query)]
