"""Lets the rules decide what must happen because of vehicles, inside the transaction that stores the vehicles.

Reactors that see one plate at two cameras at once take turns: each locks the plates whose cool-downs it is about to
look at until its transaction ends, so the second one sees what the first one did. What a killed reactor decided is gone
with its transaction, and is decided again by whoever goes on.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, literal_column, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.reactor.vote import Reading
from shared import site
from shared.db.tables import CoolDown, EventRow
from shared.messages import CameraCard, Event, Moment
from shared.plates import skeleton
from shared.rules.cool_downs import CoolDowns, Firing, Key
from shared.rules.facts import Circumstances, Facts
from shared.rules.round import Round
from shared.rules.rule import Rule
from shared.rules.trace import ReadingTrace, RoundTrace, stored, trace

_LOCKS = 7_052_024  # any number that only plates use
_KEPT = "interval '2 days'"


@dataclass(frozen=True)
class Asked:
    """A vehicle with a plate at a moment at which destinations may hear of it."""

    event: Event
    camera: CameraCard
    moment: Moment
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Decision:
    """What the rules said of it."""

    asked: Asked
    fired: tuple[Rule, ...]
    trace: RoundTrace


def decide(session: Session, asked: Sequence[Asked], rules: Sequence[Rule], now: datetime) -> list[Decision]:
    """Tries the rules for each vehicle in turn and stores which of them begin to cool down.

    A moment of which no destination wants to hear is left out, but for the first, which every event keeps.
    """
    wanted = {moment for rule in rules for moment in rule.moments} | {Moment.DETECT}
    asked = [one for one in asked if one.moment in wanted]
    if not asked:
        return []
    around = circumstances(session)
    cool_downs = _cool_downs(session, asked, rules)
    stopped = _stopped(session, [one.event.event_id for one in asked if one.moment is Moment.LOST])
    decisions: list[Decision] = []
    for one in asked:
        event_id = one.event.event_id
        found = Round(Facts.of_event(one.event), around, cool_downs, stopped_before=stopped.get(event_id))
        found.run(rules, one.moment)
        if found.stopped:
            stopped[event_id] = found.stopped.rule_id
        kept = trace(found, one.event, [_reading(reading) for reading in one.readings], one.moment, now)
        decisions.append(Decision(one, tuple(found.fired), kept))
    _save_cool_downs(session, cool_downs)
    return decisions


def circumstances(session: Session) -> Circumstances:
    """The site's settings as they are now, not as of the last look: a lock of all barriers must hold at once."""
    zone = site.load(session, site.TimeZone).zone
    return Circumstances(zone, barriers_locked=site.load(session, site.BarriersLocked).value)


def save_traces(session: Session, decisions: Sequence[Decision]) -> None:
    """Adds what was decided to events that the same transaction has stored."""
    for decision in decisions:
        event, column = decision.asked.event, stored([decision.trace])
        known = func.coalesce(EventRow.decision, literal_column("'{}'::jsonb"))
        session.execute(
            update(EventRow)
            .where(EventRow.event_id == event.event_id, EventRow.captured_at == event.captured_at)
            .values(decision=known.op("||")(column)),
            execution_options={"synchronize_session": False},
        )


def forget_cool_downs(session: Session) -> None:
    """Drops firings that can hold nothing back any more, so that one row a plate does not become millions."""
    session.execute(delete(CoolDown).where(CoolDown.noted_at < func.now() - literal_column(_KEPT)))


def _reading(reading: Reading) -> ReadingTrace:
    return ReadingTrace(text=reading.text, reads=reading.reads, share=reading.share)


def _cool_downs(session: Session, asked: Sequence[Asked], rules: Sequence[Rule]) -> CoolDowns:
    """What is cooling down for these plates; nobody else decides on them until the transaction ends."""
    cooling = {rule.rule_id for rule in rules if rule.enabled and rule.settings.cool_down}
    if not cooling:
        return CoolDowns()
    plates = {skeleton(one.event.plate) for one in asked}
    _lock(session, plates)
    query = select(CoolDown).where(CoolDown.reaction_id.in_(cooling), CoolDown.plate.in_(plates))
    found = session.scalars(query).all()
    return CoolDowns({Key(row.reaction_id, row.plate, row.origin): Firing(row.fired_at, row.event_id) for row in found})


def _lock(session: Session, plates: Collection[str]) -> None:
    """In one order for everybody, so that two reactors never wait for each other."""
    for number in sorted({zlib.crc32(plate.encode()) - 2**31 for plate in plates}):
        session.execute(text("SELECT pg_advisory_xact_lock(:locks, :plate)"), {"locks": _LOCKS, "plate": number})


def _stopped(session: Session, lost: Collection[UUID]) -> dict[UUID, UUID]:
    """The rule that ended the first round of each passage, where one did."""
    if not lost:
        return {}
    rule = EventRow.decision[Moment.DETECT.value]["stopped"].astext
    query = select(EventRow.event_id, rule).where(EventRow.event_id.in_(lost), rule.is_not(None))
    return {event_id: UUID(rule_id) for event_id, rule_id in session.execute(query)}


def _save_cool_downs(session: Session, cool_downs: CoolDowns) -> None:
    values = [
        {"reaction_id": key.rule_id, "plate": key.plate, "origin": key.origin, "fired_at": at, "event_id": event_id}
        for key, (at, event_id) in cool_downs.noted.items()
    ]
    if not values:
        return
    row = insert(CoolDown).values(values)
    newer = {"fired_at": row.excluded.fired_at, "event_id": row.excluded.event_id, "noted_at": func.now()}
    session.execute(row.on_conflict_do_update(index_elements=["reaction_id", "plate", "origin"], set_=newer))
