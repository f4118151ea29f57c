"""Reads, rotates and takes away API keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.access import Identity
from services.api.errors import NotAllowed
from shared.clock import now
from shared.credentials import new_api_key, token_hash, within
from shared.db.tables import ApiKey
from shared.errors import Invalid, Missing


def all_keys(session: Session) -> list[ApiKey]:
    return list(session.scalars(select(ApiKey).order_by(ApiKey.name)))


def check_ahead(expires_at: datetime | None) -> None:
    """Raises Invalid for a key that would be over before anybody has it."""
    if expires_at is not None and expires_at <= now():
        raise Invalid("The key would have expired already", "expires_at")


def check_within(who: Identity, expires_at: datetime | None, addresses: Sequence[str]) -> None:
    """Raises NotAllowed when a key would outlive its maker, itself a key, or could be used from elsewhere."""
    if who.expires_at and (expires_at is None or expires_at > who.expires_at):
        raise NotAllowed("A key cannot make one that lives longer than itself")
    if not within(addresses, who.addresses):
        raise NotAllowed("A key that is bound to networks can only make keys that are bound to these")


def rotate(session: Session, who: Identity, key_id: UUID, grace_minutes: int, moment: datetime) -> tuple[ApiKey, str]:
    """The key and its new secret. Raises Missing, NotAllowed."""
    row = _key(session, key_id)
    check_within(who, row.expires_at, row.addresses)
    token = new_api_key(row.scopes)
    row.previous_hash = row.key_hash if grace_minutes else None
    row.previous_until = moment + timedelta(minutes=grace_minutes) if grace_minutes else None
    row.key_hash = token_hash(token)
    session.flush()
    return row, token


def take_away(session: Session, key_id: UUID) -> str:
    """Returns the name of the key that is gone. Raises Missing."""
    key = _key(session, key_id)
    session.delete(key)
    return key.name


def _key(session: Session, key_id: UUID) -> ApiKey:
    key = session.get(ApiKey, key_id, with_for_update=True)
    if key is None:
        raise Missing("API key", key_id)
    return key
