"""Users that are devices: what HTTP Digest needs in place of their password is kept encrypted, and only for them.

Digest cannot be checked against a password hash of today. So its own hashes (HA1, RFC 7616) are made when somebody who
knows the password marks the account; from the moment on when the account has another password they are worth nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.credentials import password_fits
from shared.db.tables import DeviceAccount, User
from shared.errors import Invalid
from shared.secrets import Vault

REALM = "Platewire"
DIGEST_HASHES: dict[str, Callable[[bytes], str]] = {
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
}
"""What the protocol prescribes, in the order in which it is offered: clients take the first that they know."""
_MADE_FOR = "password_hash"


def ha1(algorithm: str, user: str, password: str, realm: str = REALM) -> str:
    """What is kept in place of the password; whoever has it can sign in by Digest."""
    return DIGEST_HASHES[algorithm](f"{user}:{realm}:{password}".encode())


def mark_device(session: Session, vault: Vault, user: User, password: str) -> None:
    """Lets a user sign in by Digest from now on. Raises Invalid when this is not the user's password."""
    if not password_fits(user, password):
        raise Invalid("This is not the password of the account", "password")
    if ":" in user.name:
        raise Invalid("The name of a device cannot hold a colon", "name")
    kept = {name: ha1(name, user.name, password) for name in DIGEST_HASHES}
    values = {"user_id": user.id, "secrets": vault.seal({**kept, _MADE_FOR: _fingerprint(user)})}
    row = insert(DeviceAccount).values(values)
    session.execute(row.on_conflict_do_update(index_elements=["user_id"], set_={"secrets": row.excluded.secrets}))


def unmark_device(session: Session, user_id: UUID) -> None:
    """Ends signing in by Digest; a user that is no device stays as it is."""
    session.execute(delete(DeviceAccount).where(DeviceAccount.user_id == user_id))


def device_hashes(session: Session, vault: Vault, user: User) -> Mapping[str, str] | None:
    """HA1 by algorithm; None for a user that is no device or has another password since."""
    row = session.get(DeviceAccount, user.id)
    if row is None:
        return None
    kept: dict[str, str] = vault.open(row.secrets)
    return kept if kept.pop(_MADE_FOR, "") == _fingerprint(user) else None


def _fingerprint(user: User) -> str:
    return hashlib.sha256(user.password_hash.encode()).hexdigest()
