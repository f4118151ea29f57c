"""The SQL of commands: take one that may still be carried out, write down how it ended, end what nobody carries out.

At most once rests on one statement: `take` makes a command `sent` and commits, with the disk, before anything is said
to a relay. Whatever happens afterwards, nobody takes that row again, unless its own worker gives it back because the
relay certainly did nothing. All times are PostgreSQL's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, Update, exists, func, literal, or_, select, text, update
from sqlalchemy.orm import Session

from services.integrations.engine.hindrances import hindrance
from shared.clock import Clock
from shared.db.clock import skew, why_not_trusted
from shared.db.session import at_once, transaction
from shared.db.tables import Command, Destination, SiteSetting
from shared.integration import Terms
from shared.messages import CommandState
from shared.site import BarriersLocked

RESULT_LIMIT = 500
LOST_WORKER = "The worker ended in the middle: nobody can tell whether it opened"
_LOCK = "SELECT value FROM settings WHERE name = :name FOR SHARE"
_NEW = literal(CommandState.NEW.value, literal_execute=True)
"""Written into the statement, so that the index of new rows fits."""


@dataclass(frozen=True)
class Taken:
    """A command that is ours alone; `worker` is our proof of it."""

    command_id: UUID
    worker: UUID
    attempts: int
    seconds_left: float


def waiting(engine: Engine, destination_id: UUID) -> bool:
    """Whether there is anything to look at; cheap enough to be asked often."""
    with at_once(engine) as session:
        rows = exists().where(Command.destination_id == destination_id, Command.state == _NEW)
        return bool(session.scalar(select(rows)))


def take(engine: Engine, destination_id: UUID, revision: int, terms: Terms, clock: Clock) -> Taken | None:
    """Makes the oldest command that may be carried out now `sent`, on disk, or refuses it, or leaves it waiting.

    Args:
        revision: of the settings behind the terms; under others nothing is taken.
        clock: this machine's; a clock that differs from the database's refuses.

    Returns:
        The command, or None when there is none to carry out now.
    """
    with transaction(engine) as session:
        # Others wait here: what is decided below stays true until our commit.
        destination = session.scalar(
            select(Destination).where(Destination.id == destination_id).with_for_update(key_share=True)
        )
        if destination is None or not destination.enabled or destination.revision != revision:
            return None
        _end_late(session, Command.destination_id == destination_id, terms)
        oldest = select(Command).where(Command.destination_id == destination_id, Command.state == _NEW)
        command = session.scalar(oldest.order_by(Command.issued_at, Command.id).limit(1).with_for_update())
        if command is None:
            return None
        # Who locks the barriers waits for our commit, or we for theirs: after the switch nothing is taken.
        session.execute(text(_LOCK), {"name": BarriersLocked.name})
        refusal = why_not_trusted(skew(session, clock))
        held = None if refusal else hindrance(session, command, terms)
        if held and held.waits:
            command.result = held.sentence
            return None
        if refusal or held:
            _refuse(session, command.id, refusal or (held.sentence if held else ""))
            return None
        session.execute(text("SET LOCAL synchronous_commit = on"))
        return _send(session, command.id, terms)


def give_back(engine: Engine, taken: Taken, sentence: str) -> None:
    """The relay certainly did nothing: the command is new again and is judged anew, as long as its deadline lasts."""
    again = {"state": CommandState.NEW, "sent_at": None, "lease_until": None, "holds_until": None, "worker": None}
    _write(engine, _ours(taken).where(Command.state == CommandState.SENT).values(again | {"result": _short(sentence)}))


@dataclass(frozen=True)
class Ending:
    """How a command ended; `acted` is how many seconds ago the relay took it, None when it did not for sure."""

    state: CommandState
    sentence: str
    acted: float | None = None


def finish(engine: Engine, taken: Taken, ending: Ending) -> None:
    """Writes down how it ended; a late answer of the command's own worker counts although it was taken for dead."""
    state = ending.state
    values: dict[str, Any] = {
        "state": state,
        "finished_at": func.clock_timestamp(),
        "result": _short(ending.sentence),
    }
    if ending.acted is not None:
        values["acted_at"] = func.clock_timestamp() - timedelta(seconds=ending.acted)
    if state in {CommandState.FAILED, CommandState.EXPIRED}:
        values["holds_until"] = None
    _write(engine, _ours(taken).where(Command.state.in_([CommandState.SENT, CommandState.UNKNOWN])).values(values))
    if state is CommandState.DONE:
        whose = select(Command.destination_id).where(Command.id == taken.command_id).scalar_subquery()
        _write(engine, update(Destination).where(Destination.id == whose).values(last_success_at=func.now()))


def confirm(engine: Engine, taken: Taken) -> None:
    """Something that moved says that it opened."""
    may_have = [CommandState.DONE, CommandState.UNKNOWN]
    _write(engine, _ours(taken).where(Command.state.in_(may_have)).values(state=CommandState.CONFIRMED))


def note(engine: Engine, taken: Taken, sentence: str) -> None:
    """Adds a sentence to the result of a command that ended without being confirmed."""
    ended = [CommandState.DONE, CommandState.UNKNOWN]
    longer = func.left(func.concat_ws("; ", func.nullif(Command.result, ""), sentence), RESULT_LIMIT)
    _write(engine, _ours(taken).where(Command.state.in_(ended)).values(result=longer))


def sweep(engine: Engine, kind: str) -> tuple[int, int]:
    """Ends what nobody carries out any more: (expired, left unknown by a dead worker)."""
    kinds = Command.destination_id.in_(select(Destination.id).where(Destination.kind == kind))
    lost = (
        update(Command)
        .where(kinds, Command.state == CommandState.SENT, Command.lease_until < func.clock_timestamp())
        .values(state=CommandState.UNKNOWN, result=LOST_WORKER, finished_at=func.clock_timestamp())
    )
    with transaction(engine) as session:
        late = _end_late(session, kinds, None)
        return late, len(session.execute(lost.returning(Command.id)).all())


def backlog(engine: Engine, kind: str) -> tuple[int, float]:
    """How many commands of a kind wait, and for how many seconds the oldest has."""
    age = func.coalesce(func.extract("epoch", func.clock_timestamp() - func.min(Command.issued_at)), 0.0)
    query = select(func.count(), age).join(Destination, Destination.id == Command.destination_id)
    with transaction(engine) as session:
        count, seconds = session.execute(query.where(Destination.kind == kind, Command.state == _NEW)).one()
        return int(count), max(0.0, float(seconds))


def _send(session: Session, command_id: UUID, terms: Terms) -> Taken | None:
    """The one statement that lets a command out."""
    at, worker = func.clock_timestamp(), uuid4()
    locked = exists().where(SiteSetting.name == BarriersLocked.name, SiteSetting.value["value"].as_boolean().is_(True))
    expires = Command.seen_at + timedelta(seconds=terms.deadline)
    sent = (
        update(Command)
        .where(Command.id == command_id, Command.state == CommandState.NEW, ~locked)
        .where(Command.expires_at > at, expires > at, Command.issued_at <= at)
        .values(
            state=CommandState.SENT,
            sent_at=at,
            worker=worker,
            attempts=Command.attempts + 1,
            expires_at=func.least(Command.expires_at, expires),
            lease_until=at + timedelta(seconds=terms.longest),
            interlock=terms.interlock,
            holds_until=at + timedelta(seconds=terms.holds),
            result="",
        )
        .returning(Command.attempts, func.extract("epoch", Command.expires_at - at))
        .execution_options(synchronize_session=False)
    )
    row = session.execute(sent).one_or_none()
    return Taken(command_id, worker, row[0], float(row[1])) if row else None


def _refuse(session: Session, command_id: UUID, sentence: str) -> None:
    refused = update(Command).where(Command.id == command_id, Command.state == CommandState.NEW)
    values = {"state": CommandState.REFUSED, "result": _short(sentence), "finished_at": func.clock_timestamp()}
    session.execute(refused.values(values), execution_options={"synchronize_session": False})


def _end_late(session: Session, whose: Any, terms: Terms | None) -> int:
    """Ends new commands past their deadline, and such as a clock that was set back would revive."""
    at, expires = func.clock_timestamp(), func.least(Command.expires_at)
    if terms:
        expires = func.least(Command.expires_at, Command.seen_at + timedelta(seconds=terms.deadline))
    late = update(Command).where(whose, Command.state == _NEW, or_(expires <= at, Command.issued_at > at))
    values = {
        "state": CommandState.EXPIRED,
        "expires_at": expires,
        "finished_at": at,
        "result": func.concat_ws(": ", "Not opened in time", func.nullif(Command.result, "")),
    }
    ended = late.values(values).returning(Command.id).execution_options(synchronize_session=False)
    return len(session.execute(ended).all())


def _ours(taken: Taken) -> Update:
    return update(Command).where(Command.id == taken.command_id, Command.worker == taken.worker)


def _write(engine: Engine, statement: Update) -> None:
    with at_once(engine) as session:
        session.execute(statement, execution_options={"synchronize_session": False})


def _short(sentence: str) -> str:
    return sentence[:RESULT_LIMIT]
