"""Reads and writes reactions; what their settings name must exist."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.deps import no_double
from services.api.lists.queries import RESERVED
from services.api.reactions.schemas import ReactionIn, ReactionPatch
from shared.db.tables import Camera, Destination, PlateList, ReactionRule
from shared.errors import Invalid, Missing
from shared.reactions import RuleSettings


def all_reactions(session: Session) -> list[ReactionRule]:
    """In the order in which they are tried."""
    found = session.scalars(select(ReactionRule).order_by(ReactionRule.created_at, ReactionRule.id))
    return sorted(found, key=lambda row: RuleSettings.model_validate(row.settings).priority)


def reaction(session: Session, reaction_id: UUID, *, lock: bool = False) -> ReactionRule:
    """Raises Missing."""
    found = session.get(ReactionRule, reaction_id, with_for_update=lock)
    if found is None:
        raise Missing("reaction", reaction_id)
    return found


def add(session: Session, asked: ReactionIn) -> ReactionRule:
    """Raises Invalid for a list, camera or destination that is not there, Conflict for a name that is taken."""
    check(session, asked.settings, asked.destination_id)
    values = asked.model_dump(exclude={"settings"})
    row = ReactionRule(**values, settings=asked.settings.model_dump(mode="json"))
    session.add(row)
    _store(session, asked.name)
    return row


def change(session: Session, reaction_id: UUID, asked: ReactionPatch) -> ReactionRule:
    """Raises Missing, Invalid, Conflict."""
    row = reaction(session, reaction_id, lock=True)
    check(session, asked.settings or RuleSettings(), asked.destination_id or row.destination_id)
    if asked.settings is not None:
        row.settings = asked.settings.model_dump(mode="json")
    row.name = asked.name or row.name
    row.destination_id = asked.destination_id or row.destination_id
    row.enabled = row.enabled if asked.enabled is None else asked.enabled
    _store(session, row.name)
    return row


def remove(session: Session, reaction_id: UUID) -> str:
    """Returns the name of what is gone. Raises Missing."""
    row = reaction(session, reaction_id, lock=True)
    session.delete(row)
    return row.name


def check(session: Session, settings: RuleSettings, destination_id: UUID | None) -> None:
    """Raises Invalid for a list, camera or destination that is not there."""
    if destination_id and session.get(Destination, destination_id) is None:
        raise Invalid(f"There is no destination {destination_id}", "destination_id")
    wanted = set(settings.lists) - RESERVED
    if absent := wanted - set(session.scalars(select(PlateList.name).where(PlateList.name.in_(wanted)))):
        raise Invalid(f"There is no list {', '.join(sorted(absent))}", "settings.lists")
    known = set(session.scalars(select(Camera.id).where(Camera.id.in_(settings.cameras))))
    if unknown := set(settings.cameras) - known:
        raise Invalid(f"There is no camera {', '.join(sorted(map(str, unknown)))}", "settings.cameras")


def _store(session: Session, name: str) -> None:
    with no_double(f"There is already a reaction {name}"):
        session.flush()
    session.expire_all()
