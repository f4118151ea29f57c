"""Orders barriers by hand and reads what became of orders."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.api.access import Identity
from services.api.commands.schemas import CommandFilter, CommandOut
from services.api.paging import open_place, seal_place
from services.api.repeats.queries import HEADER
from shared import site
from shared.db.tables import Command, Destination
from shared.errors import Conflict, Invalid, Missing
from shared.reactions import BARRIER, LONGEST_DEADLINE


def order(
    session: Session, destination_id: UUID, who: Identity, reason: str, key: str | None
) -> tuple[CommandOut, bool]:
    """Enters an order and says whether it is new: one key of one person orders once.

    Raises:
        Missing: there is no such destination, or it is no barrier.
        Invalid: the key was used for another order.
        Conflict: it is switched off, or all barriers are locked.
    """
    destination = session.get(Destination, destination_id, with_for_update={"read": True, "key_share": True})
    if destination is None or destination.kind != BARRIER:
        raise Missing("barrier", destination_id)
    command_id = uuid4()
    values = {
        "id": command_id,
        "destination_id": destination_id,
        "actor": who.actor,
        "reason": reason,
        "idempotency_key": key,
        "expires_at": func.clock_timestamp() + LONGEST_DEADLINE,
    }
    statement = insert(Command).values(values).on_conflict_do_nothing(index_elements=["actor", "idempotency_key"])
    added = session.scalar(statement.returning(Command.id))
    if added is None:
        return _ordered_before(session, who, key, (destination_id, reason)), False
    _check_free(session, destination)
    return command(session, command_id, who), True


def page(session: Session, asked: CommandFilter, who: Identity) -> tuple[list[CommandOut], str | None]:
    """One page, newest first, and the cursor of the next. Raises Invalid."""
    newest = (Command.issued_at.desc(), Command.id.desc())
    query = _joined().where(*_of_cameras(who), *_conditions(asked)).order_by(*newest).limit(asked.limit + 1)
    rows = [_out(row, name) for row, name in session.execute(query)]
    more = len(rows) > asked.limit
    rows = rows[: asked.limit]
    return rows, seal_place(rows[-1].issued_at, rows[-1].id) if more else None


def command(session: Session, command_id: UUID, who: Identity) -> CommandOut:
    """Raises Missing, also for one that `who` may not see."""
    found = session.execute(_joined().where(Command.id == command_id, *_of_cameras(who))).one_or_none()
    if found is None:
        raise Missing("command", command_id)
    return _out(*found)


def _check_free(session: Session, destination: Destination) -> None:
    """Raised after the row was entered: a repeated request gets the answer of the first, locked or not."""
    lock = site.load(session, site.BarriersLocked)
    if lock.value:
        raise Conflict("All barriers of the site are locked" + (f": {lock.reason}" if lock.reason else ""))
    if not destination.enabled:
        raise Conflict(f"{destination.name} is switched off")


def _ordered_before(session: Session, who: Identity, key: str | None, same: tuple[UUID, str]) -> CommandOut:
    query = _joined().where(Command.actor == who.actor, Command.idempotency_key == key)
    row, name = session.execute(query).one()
    if (row.destination_id, row.reason) != same:
        raise Invalid("This key was used for another order; take a new one for each", HEADER)
    return _out(row, name)


def _joined() -> Select[Command, str]:
    return select(Command, Destination.name).join(Destination, Destination.id == Command.destination_id)


def _of_cameras(who: Identity) -> list[ColumnElement[bool]]:
    """As `visible`, by the copy of the event that a command holds; orders by hand are of no camera."""
    if who.cameras is None:
        return []
    return [Command.event["camera_id"].as_string().in_([str(camera) for camera in who.cameras])]


def _conditions(asked: CommandFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.destination:
        found.append(Command.destination_id == asked.destination)
    if asked.event:
        found.append(Command.event_id == asked.event)
    if asked.state:
        found.append(Command.state == asked.state.value)
    if asked.cursor:
        found.append(tuple_(Command.issued_at, Command.id) < tuple_(*open_place(asked.cursor)))
    return found


def _out(row: Command, destination: str) -> CommandOut:
    values = {name: getattr(row, name) for name in CommandOut.model_fields if hasattr(row, name)}
    return CommandOut.model_validate(values | {"destination": destination, "plate": (row.event or {}).get("plate", "")})
