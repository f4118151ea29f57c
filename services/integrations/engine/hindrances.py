"""What keeps a command from being carried out now: the kill switch, a cool-down, a pause, an interlock.

Asked inside the transaction that would send it, after its destination's row was locked, so that two workers never
both find the way free.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from shared import site
from shared.db.tables import Command, Destination
from shared.integration import Terms
from shared.messages import CommandState

_GROUPS = 7_052_027  # any number that only interlocks use
_MAY_HAVE_OPENED = [CommandState.SENT, CommandState.DONE, CommandState.CONFIRMED, CommandState.UNKNOWN]


@dataclass(frozen=True)
class Hindrance:
    """Why not now; what `waits` may be carried out a moment later."""

    sentence: str
    waits: bool = False


def hindrance(session: Session, command: Command, terms: Terms) -> Hindrance | None:
    """The first thing that is in the way, None when nothing is."""
    lock = site.load(session, site.BarriersLocked)
    if lock.value:
        return Hindrance("All barriers of the site are locked" + (f": {lock.reason}" if lock.reason else ""))
    if terms.cool_down and command.skeleton and _opened_for(session, command, terms.cool_down):
        return Hindrance(f"It opened for this plate less than {terms.cool_down:g} s ago")
    if terms.pause and _exists(session, _here(command), _within(terms.pause)):
        return Hindrance(f"It waits {terms.pause:g} s between two orders", waits=True)
    if terms.interlock and (other := _open_in_group(session, command, terms.interlock)):
        return Hindrance(f"{other} may still be open, and only one of {terms.interlock} may be", waits=True)
    return None


def _opened_for(session: Session, command: Command, seconds: float) -> bool:
    return _exists(session, _here(command), _within(seconds), Command.skeleton == command.skeleton)


def _open_in_group(session: Session, command: Command, group: str) -> str | None:
    """The name of another barrier of the group that holds; the group is ours until our transaction ends."""
    numbers = {"groups": _GROUPS, "group": zlib.crc32(group.encode()) - 2**31}
    session.execute(text("SELECT pg_advisory_xact_lock(:groups, :group)"), numbers)
    query = (
        select(Destination.name)
        .join(Command, Command.destination_id == Destination.id)
        .where(Command.interlock == group, Command.destination_id != command.destination_id)
        .where(Command.state.in_(_MAY_HAVE_OPENED), Command.holds_until > func.clock_timestamp())
    )
    return session.scalar(query.limit(1))


def _here(command: Command) -> ColumnElement[bool]:
    return Command.destination_id == command.destination_id


def _within(seconds: float) -> ColumnElement[bool]:
    """Orders that may have opened so lately."""
    return Command.sent_at > func.clock_timestamp() - timedelta(seconds=seconds)


def _exists(session: Session, *conditions: ColumnElement[bool]) -> bool:
    query = select(Command.id).where(Command.state.in_(_MAY_HAVE_OPENED), *conditions)
    return session.scalar(query.limit(1)) is not None
