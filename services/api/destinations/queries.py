"""Reads and writes destinations; settings are checked by their integration's schema and sealed."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api import settings_schema
from services.api.deps import no_double
from services.api.destinations.schemas import DestinationIn, DestinationOut, DestinationPatch
from shared.db.tables import Destination, IntegrationKind
from shared.errors import Invalid, Missing
from shared.secrets import Vault


def kinds(session: Session) -> list[IntegrationKind]:
    return list(session.scalars(select(IntegrationKind).order_by(IntegrationKind.title)))


def all_destinations(session: Session, vault: Vault) -> list[DestinationOut]:
    return [shown(session, vault, row) for row in session.scalars(select(Destination).order_by(Destination.name))]


def destination(session: Session, destination_id: UUID, *, lock: bool = False) -> Destination:
    """Raises Missing."""
    found = session.get(Destination, destination_id, with_for_update=lock)
    if found is None:
        raise Missing("destination", destination_id)
    return found


def shown(session: Session, vault: Vault, row: Destination) -> DestinationOut:
    """The destination as it may leave: secrets masked, and without any settings when their schema is gone."""
    kind = session.get(IntegrationKind, row.kind)
    settings = settings_schema.masked(kind.settings_schema, vault.open(row.settings)) if kind else {}
    stored = {name: getattr(row, name) for name in DestinationOut.model_fields if name != "settings"}
    return DestinationOut.model_validate({**stored, "settings": settings})


def add(session: Session, vault: Vault, asked: DestinationIn) -> Destination:
    """Raises Invalid, Conflict."""
    schema = _schema(session, asked.kind)
    settings = settings_schema.unmasked(schema, asked.settings, {})
    settings_schema.check(schema, settings)
    row = Destination(
        name=asked.name,
        kind=asked.kind,
        settings=vault.seal(settings),
        send_on=asked.send_on,
        enabled=asked.enabled,
    )
    session.add(row)
    _store(session, asked.name)
    return row


def change(session: Session, vault: Vault, destination_id: UUID, asked: DestinationPatch) -> Destination:
    """Raises Missing, Invalid, Conflict. New settings also end the pause after failures."""
    row = destination(session, destination_id, lock=True)
    if asked.settings is not None:
        schema = _schema(session, row.kind)
        settings = settings_schema.unmasked(schema, asked.settings, vault.open(row.settings))
        settings_schema.check(schema, settings)
        row.settings, row.open_until, row.failures_in_a_row = vault.seal(settings), None, 0
    row.name = asked.name or row.name
    row.send_on = asked.send_on or row.send_on
    row.enabled = row.enabled if asked.enabled is None else asked.enabled
    row.revision += 1
    _store(session, row.name)
    return row


def remove(session: Session, destination_id: UUID) -> str:
    """Returns the name of what is gone, together with its deliveries and reactions. Raises Missing."""
    row = destination(session, destination_id, lock=True)
    session.delete(row)
    return row.name


def _schema(session: Session, name: str) -> settings_schema.Schema:
    kind = session.get(IntegrationKind, name)
    if kind is None:
        known = ", ".join(row.name for row in kinds(session)) or "none, does the integrations service run?"
        raise Invalid(f"There is no integration {name}; there are {known}", "kind")
    return kind.settings_schema


def _store(session: Session, name: str) -> None:
    with no_double(f"There is already a destination {name}"):
        session.flush()
    session.expire_all()
