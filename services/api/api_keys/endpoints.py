"""API keys; only who holds every scope may make one, so no key can grant more than its maker has."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api import audit
from services.api.access import Who, admin_only
from services.api.api_keys import queries
from services.api.api_keys.schemas import KeyIn, KeyOut, Keys, NewKey
from services.api.deps import Db
from shared.credentials import create_api_key

router = APIRouter(prefix="/api-keys", tags=["api keys"])


@router.get("")
@admin_only
def list_api_keys(session: Db) -> Keys:
    """All keys, without the secrets themselves."""
    return Keys(api_keys=[KeyOut.model_validate(key, from_attributes=True) for key in queries.all_keys(session)])


@router.post("", status_code=201)
@admin_only
def make_api_key(asked: KeyIn, session: Db, who: Who) -> NewKey:
    """Makes a key and shows it, this once."""
    key = create_api_key(session, asked.name, asked.scopes, asked.expires_at)
    audit.record(session, who, "api_key.make", asked.name, {"scopes": asked.scopes})
    return NewKey(name=asked.name, key=key)


@router.delete("/{key_id}", status_code=204)
@admin_only
def delete_api_key(key_id: UUID, session: Db, who: Who) -> None:
    """Takes a key away; it is refused from the next request on."""
    audit.record(session, who, "api_key.delete", queries.take_away(session, key_id))
