"""API keys; only who holds every scope may make one, so no key can grant more than its maker has."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter

from services.api import audit
from services.api.access import Who, admin_only
from services.api.api_keys import queries
from services.api.api_keys.schemas import KeyIn, KeyOut, Keys, NewKey, Rotation
from services.api.asked import Body
from services.api.deps import Db, Site, State
from services.api.people.queries import known_cameras
from services.api.repeats import OnceRoute, once
from shared.clock import now
from shared.credentials import KeyLimits, create_api_key, parse_scopes, token_hash
from shared.push_passwords import may_have_one, push_passwords

router = APIRouter(prefix="/api-keys", tags=["api keys"], route_class=OnceRoute)


@router.get("")
@admin_only
def list_api_keys(session: Db) -> Keys:
    """All keys, without the secrets themselves."""
    return Keys(api_keys=[KeyOut.model_validate(key, from_attributes=True) for key in queries.all_keys(session)])


@router.post("", status_code=201)
@admin_only
@once
def make_api_key(asked: Body[KeyIn], session: Db, site: Site, who: Who) -> NewKey:
    """Makes a key and shows it, this once. A key that makes one cannot give it a longer life or more networks."""
    limits = KeyLimits(known_cameras(session, asked.cameras), asked.addresses)
    queries.check_ahead(asked.expires_at)
    queries.check_within(who, asked.expires_at, limits.addresses)
    key = create_api_key(session, asked.name, asked.scopes, asked.expires_at, limits, who.actor)
    audit.record(session, who, "api_key.make", asked.name, asked.model_dump(mode="json", exclude={"name"}))
    return _shown(site, asked.name, asked.scopes, key)


@router.post("/{key_id}/rotate")
@admin_only
@once
def rotate_api_key(key_id: UUID, asked: Body[Rotation], session: Db, site: Site, who: Who) -> NewKey:
    """Gives a key a new secret, shown this once; the one before works on for the grace, so that it can be replaced."""
    row, key = queries.rotate(session, who, key_id, asked.grace_minutes, now())
    audit.record(session, who, "api_key.rotate", row.name, {"grace_minutes": asked.grace_minutes})
    return _shown(site, row.name, row.scopes, key)


@router.delete("/{key_id}", status_code=204)
@admin_only
def delete_api_key(key_id: UUID, session: Db, who: Who) -> None:
    """Takes a key away; it is refused from the next request on, and answers that still flow end."""
    audit.record(session, who, "api_key.delete", queries.take_away(session, key_id))


def _shown(site: State, name: str, scopes: Sequence[str], key: str) -> NewKey:
    passwords = push_passwords(site.settings.secret_key.get_secret_value(), token_hash(key))
    return NewKey(
        name=name, key=key, device_password=passwords[0] if may_have_one(name, parse_scopes(scopes)) else None
    )
