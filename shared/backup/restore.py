"""Backs a site up into a file, previews what a backup would change, and makes the site so: whole or not at all."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID

from alembic.script import ScriptDirectory
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.audit import record
from shared.backup import entries
from shared.backup.container import Seal, check_passphrase, read, write
from shared.backup.content import ENTRIES, KINDS, closed, lines, parse
from shared.backup.plan import Change, Mode, Plan, Planner, check_schema
from shared.credentials import Role
from shared.db.migrate import config
from shared.db.session import transaction
from shared.db.tables import LoginSession, SiteSetting, User
from shared.errors import Conflict
from shared.secrets import Vault

KEY_NAME = "backup_key"
_REVISED = {"cameras", "destinations"}
"""Services notice a changed row of these by its revision."""
_SIGNED_IN = frozenset({"password_hash", "role", "enabled", "cameras", "totp_secret", "oidc_subject"})


@dataclass(frozen=True)
class Source:
    """A backup to restore: `file` can be read from its beginning more than once."""

    file: BinaryIO
    passphrase: str
    mode: Mode = Mode.MERGE
    keep: UUID | None = None
    """A user who is not taken away: whoever restores."""


@dataclass(frozen=True)
class Preview:
    """What a restore would do, and who made the backup. `own` tells whether this very site did."""

    plan: Plan
    seal: Seal
    own: bool


def back_up(engine: Engine, vault: Vault, passphrase: str, actor: str) -> Iterator[bytes]:
    """The file, piece by piece. Raises Invalid for a short passphrase, before the first piece."""
    check_passphrase(passphrase)
    with transaction(engine) as session:
        key = _signing_key(session, vault)
        record(session, actor, "backup.make", "site")
    return _pieces(engine, vault, passphrase, key, actor)


def preview(engine: Engine, vault: Vault, source: Source) -> Preview:
    """Changes nothing. Raises Damaged, WrongPassphrase, Invalid, Conflict."""
    with Session(engine) as session:
        try:
            return _preview(session, vault, source)
        finally:
            session.rollback()


def restore(engine: Engine, vault: Vault, source: Source, digest: str, actor: str) -> Preview:
    """Makes the site as a preview told.

    Args:
        digest: of the preview's plan.

    Raises:
        Conflict: the site has changed since, or nobody could sign in afterwards.
        Damaged, WrongPassphrase, Invalid: as preview.
    """
    try:
        with transaction(engine) as session:
            found = _preview(session, vault, source)
            if found.plan.digest != digest:
                raise Conflict("The site has changed since the preview: look at the difference again")
            _apply(session, vault, found.plan)
            _check_admin(session)
            record(session, actor, "backup.restore", "site", _told(found))
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "table_name", "") or "a table"
        raise Conflict(f"The backup contradicts what the site holds in {name}") from None
    return found


def _pieces(
    engine: Engine, vault: Vault, passphrase: str, key: Ed25519PrivateKey, actor: str
) -> Iterator[bytes]:  # fmt: skip
    with transaction(engine) as session:
        yield from write(lines(session, vault, actor), passphrase, key)


def _preview(session: Session, vault: Vault, source: Source) -> Preview:
    source.file.seek(0)
    seal, content = read(source.file, source.passphrase)
    about, rows = parse(content)
    check_schema(about, {revision.revision for revision in ScriptDirectory.from_config(config()).walk_revisions()})
    plan = Planner(session, vault, about, source.mode, source.keep).run(rows)
    own = _stored_key(session, vault)
    return Preview(plan, seal, own is not None and own.public_key().public_bytes_raw() == seal.public_key)


def _apply(session: Session, vault: Vault, plan: Plan) -> None:
    for kind in reversed(KINDS):
        if going := plan.removed.get(kind.table):
            session.execute(delete(kind.source).where(kind.source.c[kind.key].in_(list(going))))
    for change in plan.changes:
        _write(session, vault, change)
    entries.apply(session, plan.lists, replace=plan.mode is Mode.REPLACE)


def _write(session: Session, vault: Vault, change: Change) -> None:
    kind, values = change.kind, closed(change.kind, change.values, vault)
    if change.fields is None:
        session.execute(insert(kind.source).values(values))
        return
    key = kind.source.c[kind.key]
    new: dict[str, Any] = {name: values[name] for name in change.fields}
    if kind.table in _REVISED:
        new["revision"] = kind.source.c.revision + 1
    session.execute(update(kind.source).where(key == values[kind.key]).values(new))
    if kind.table == "users" and _SIGNED_IN.intersection(change.fields):
        session.execute(delete(LoginSession).where(LoginSession.user_id == values["id"]))


def _check_admin(session: Session) -> None:
    """Raises Conflict when nobody could look after the site any more."""
    able = select(User.id).where(User.role == Role.ADMIN.value, User.enabled)
    if session.scalar(able.limit(1)) is None:
        raise Conflict("After this restore nobody could sign in as admin")


def _told(found: Preview) -> dict[str, object]:
    plan = found.plan
    added = sum(change.fields is None for change in plan.changes)
    return {
        "mode": plan.mode.value,
        "made_at": plan.about.made_at.isoformat(),
        "fingerprint": found.seal.fingerprint,
        "added": added,
        "changed": len(plan.changes) - added,
        "removed": sum(map(len, plan.removed.values())),
        ENTRIES: {name: count for name, count in plan.entries.items() if name != "seen"},
    }


def _signing_key(session: Session, vault: Vault) -> Ed25519PrivateKey:
    """The site's own, made when it is first needed."""
    made = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
    value = {"sealed": base64.b64encode(vault.seal({"key": made})).decode()}
    session.execute(insert_new(SiteSetting).values(name=KEY_NAME, value=value).on_conflict_do_nothing())
    key = _stored_key(session, vault)
    assert key is not None
    return key


def _stored_key(session: Session, vault: Vault) -> Ed25519PrivateKey | None:
    row = session.get(SiteSetting, KEY_NAME)
    if row is None:
        return None
    sealed = base64.b64decode(row.value["sealed"])
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(vault.open(sealed)["key"]))
