"""Reads and takes away API keys."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.db.tables import ApiKey
from shared.errors import Missing


def all_keys(session: Session) -> list[ApiKey]:
    return list(session.scalars(select(ApiKey).order_by(ApiKey.name)))


def take_away(session: Session, key_id: UUID) -> str:
    """Returns the name of the key that is gone. Raises Missing."""
    key = session.get(ApiKey, key_id)
    if key is None:
        raise Missing("API key", key_id)
    session.delete(key)
    return key.name
