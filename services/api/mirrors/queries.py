"""Reads and writes mirrors."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.api.lists.queries import named
from services.api.mirrors.schemas import MirrorIn, MirrorOut, MirrorSettings, Source
from services.api.transfer.mapping import parse_choices
from shared.db.tables import ListMirror
from shared.errors import Invalid, Missing
from shared.secrets import Vault

_SOURCE: TypeAdapter[Source] = TypeAdapter(Source)


def mirror_of(session: Session, name: str, *, change: bool = False) -> ListMirror:
    """Raises Missing, also when there is no such list."""
    found = session.get(ListMirror, named(session, name).id, with_for_update=change)
    if found is None:
        raise Missing("mirror of the list", name)
    return found


def set_mirror(session: Session, vault: Vault, name: str, asked: MirrorIn, who: str) -> ListMirror:
    """Adds or replaces the list's mirror, which is due at once. Raises Missing, Invalid for a mask without a secret."""
    parse_choices(asked.read_as.map)
    listed = named(session, name)
    stored = session.get(ListMirror, listed.id, with_for_update=True)
    source = asked.source.unmasked(source_of(vault, stored) if stored else None)
    if source.holds_mask:
        raise Invalid("Type the secret anew: a mask stands for a stored one only at the same address", "source")
    if source.kind == "meta" and not (stored and source == source_of(vault, stored)):
        raise Invalid("A list of a Meta server comes by itself: choose a URL or a file", "source.kind")
    row = stored or ListMirror(list_id=listed.id)
    if source.kind != "meta":
        row.managed_by, row.meta_list_id = "", None
    row.source = vault.seal(source.model_dump())
    row.settings = asked.model_dump(mode="json", include=set(MirrorSettings.model_fields))
    row.enabled, row.set_by, row.next_run_at = asked.enabled, who, func.now()
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def source_of(vault: Vault, row: ListMirror) -> Source:
    return _SOURCE.validate_python(vault.open(row.source))


def shown(row: ListMirror, vault: Vault, name: str) -> MirrorOut:
    """With masks in place of secrets."""
    told = (
        "enabled",
        "next_run_at",
        "last_run_at",
        "last_ok",
        "last_sentence",
        "last_import_id",
        "set_by",
        "managed_by",
    )
    own = {field: getattr(row, field) for field in told}
    return MirrorOut.model_validate(
        {**row.settings, **own, "list": name, "source": source_of(vault, row).masked().model_dump()}
    )


def due(session: Session) -> Sequence[UUID]:
    """Lists whose mirrors must run now."""
    return session.scalars(
        select(ListMirror.list_id).where(ListMirror.enabled, ListMirror.next_run_at <= func.now()).limit(100)
    ).all()
