"""What of the database a backup holds: settings, cameras, destinations, rules, lists, people, keys, as lines of JSON.

Not in it are events, deliveries, the audit log, sessions and pictures, and of a row what is state and no setting. What
is sealed in the database is opened here and sealed anew where it is restored, because each site has a key of its own.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, LargeBinary, Row, Table, Uuid, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from shared.backup.container import CHUNK, Damaged
from shared.clock import now
from shared.db.tables import Base
from shared.secrets import Vault

FORMAT = 1
LONGEST_LINE = 1024 * 1024
ENTRIES = "list_entries"
Values = dict[str, Any]
"""A row as Python knows it: sealed columns opened."""


@dataclass(frozen=True)
class Kind:
    """A table of a backup.

    Attributes:
        label: the column by which a person, and a site with other ids, knows a row.
        state: columns that are no settings.
        sealed: columns that hold secrets.
        names: columns that hold ids of other tables' rows.
    """

    table: str
    label: str = "name"
    state: frozenset[str] = frozenset()
    sealed: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> list[Column[Any]]:
        return [column for column in self.source.columns if column.name not in self.state]

    @property
    def source(self) -> Table:
        return Base.metadata.tables[self.table]

    @property
    def key(self) -> str:
        """The column that is its primary key."""
        return next(iter(self.source.primary_key.columns)).name


_RUN = {"next_run_at", "last_run_at", "last_ok", "last_sentence", "last_import_id", "fingerprint", "meta_list_id"}
_FAILURES = {"failures_in_a_row", "open_until", "last_success_at", "last_error", "last_error_at"}
_CONTACT = {"software", "registered_at", "last_contact_at", "clock_skew", "waiting", "oldest_seconds"}
KINDS = (
    Kind("settings"),
    Kind("cameras", state=frozenset({"revision", "updated_at"}), sealed=frozenset({"source"})),
    Kind("destinations", state=frozenset({"revision", *_FAILURES}), sealed=frozenset({"settings"})),
    Kind("reactions", names={"destination_id": "destinations"}),
    Kind("lists"),
    Kind("list_mirrors", "list_id", frozenset(_RUN), frozenset({"source"}), {"list_id": "lists"}),
    Kind(
        "users",
        state=frozenset({"failed_logins", "locked_until", "totp_used"}),
        sealed=frozenset({"totp_secret"}),
        names={"cameras": "cameras"},
    ),
    Kind("device_accounts", "user_id", sealed=frozenset({"secrets"}), names={"user_id": "users"}),
    Kind("api_keys", state=frozenset({"last_used_at"}), names={"cameras": "cameras"}),
    Kind("meta_sites", state=frozenset(_CONTACT), names={"key_id": "api_keys", "lists": "lists"}),
    Kind(
        "meta_sources",
        "camera_id",
        state=frozenset({"state", "message", "last_frame_at"}),
        names={"camera_id": "cameras", "site_id": "meta_sites"},
    ),
)
"""In an order in which a row comes after those that it names; entries of lists follow."""
ENTRY = Kind(ENTRIES, "plate", state=frozenset({"id"}), names={"list_id": "lists"})
OF_THIS_SITE = frozenset({"backup_key", "barriers_locked", "retention_run"})
"""Settings that are not another site's, or another day's, business: a restore never unlocks barriers."""


def lines(session: Session, vault: Vault, made_by: str) -> Iterator[bytes]:
    """The content of a backup, gzip inside: a line about it, then one for each row. Memory does not grow with it."""
    packer = zlib.compressobj(6, wbits=31)
    for line in _plain_lines(session, vault, made_by):
        if piece := packer.compress(json.dumps(line, ensure_ascii=False).encode() + b"\n"):
            yield piece
    yield packer.flush()


def _plain_lines(session: Session, vault: Vault, made_by: str) -> Iterator[Mapping[str, object]]:
    # One moment of the whole site, however long the file takes.
    session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    yield {
        "format": FORMAT,
        "made_at": now().isoformat(),
        "made_by": made_by,
        "schema": session.scalar(text("SELECT version_num FROM alembic_version")),
    }
    for kind in (*KINDS, ENTRY):
        query = select(*kind.columns).order_by(kind.source.c[kind.label])
        for row in session.execute(query.execution_options(yield_per=2000)):
            values = opened(kind, row, vault)
            if kind.table != "settings" or values["name"] not in OF_THIS_SITE:
                yield {"table": kind.table, "row": {name: _told(value) for name, value in values.items()}}


def opened(kind: Kind, row: Row[Any], vault: Vault) -> Values:
    """A row of the database, its secrets open."""
    values = dict(row._mapping)
    for name in kind.sealed & values.keys():
        values[name] = None if values[name] is None else vault.open(values[name])
    if kind.table == "settings" and values["name"] == "oidc" and values["value"].get("sealed"):
        sealed = base64.b64decode(values["value"]["sealed"])
        values["value"] = {**values["value"], "sealed": vault.open(sealed)}
    return values


def closed(kind: Kind, values: Values, vault: Vault) -> Values:
    """The same as the database keeps it."""
    kept = dict(values)
    for name in kind.sealed & kept.keys():
        kept[name] = None if kept[name] is None else vault.seal(kept[name])
    if kind.table == "settings" and kept["name"] == "oidc" and isinstance(kept["value"].get("sealed"), dict):
        sealed = base64.b64encode(vault.seal(kept["value"]["sealed"])).decode()
        kept["value"] = {**kept["value"], "sealed": sealed}
    return kept


def _told(value: object) -> object:
    if isinstance(value, UUID | datetime):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list):
        return [_told(one) for one in value]
    return value


@dataclass(frozen=True)
class About:
    """The first line of a backup."""

    made_at: datetime
    made_by: str
    schema: str


def parse(content: Iterable[bytes]) -> tuple[About, Iterator[tuple[Kind, Values]]]:
    """What the content is of, and its rows. Raises Damaged, also from the iterator."""
    found = _unpacked(content)
    first = next(found, {})
    if first.get("format") != FORMAT:
        raise Damaged("The backup's content is of a newer form than this version knows")
    try:
        about = About(datetime.fromisoformat(first["made_at"]), str(first["made_by"]), str(first["schema"]))
    except (KeyError, TypeError, ValueError):
        raise Damaged("The backup does not say what it is") from None
    return about, _rows(found)


def _rows(found: Iterator[Values]) -> Iterator[tuple[Kind, Values]]:
    kinds = {kind.table: kind for kind in (*KINDS, ENTRY)}
    for line in found:
        kind, row = kinds.get(str(line.get("table"))), line.get("row")
        if kind is None or not isinstance(row, dict):
            raise Damaged("The backup holds a line that is not known here")
        try:
            yield kind, {column.name: _read(column, row[column.name]) for column in kind.columns if column.name in row}
        except (TypeError, ValueError, AttributeError):
            raise Damaged(f"The backup holds a row of {kind.table} that cannot be understood") from None


def _read(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    kind = column.type
    if isinstance(kind, ARRAY):
        return [UUID(one) if isinstance(kind.item_type, Uuid) else str(one) for one in value]
    if isinstance(kind, LargeBinary):
        return value if isinstance(value, dict) else base64.b64decode(value, validate=True)
    if kind.python_type is UUID:
        return UUID(value)
    return datetime.fromisoformat(value) if kind.python_type is datetime else value


def _unpacked(content: Iterable[bytes]) -> Iterator[Values]:
    """Each line as the object that it is; a line too long for memory is none of ours."""
    unpacker, pending = zlib.decompressobj(wbits=31), b""
    for piece in _inflated(content, unpacker):
        pending += piece
        *complete, pending = pending.split(b"\n")
        if len(pending) > LONGEST_LINE:
            raise Damaged("The backup holds a line that is too long")
        yield from map(_object, complete)
    if pending or not unpacker.eof:
        raise Damaged("The backup's content ends too early")


def _inflated(content: Iterable[bytes], unpacker: Any) -> Iterator[bytes]:
    for piece in content:
        rest = piece
        while rest:
            try:
                yield unpacker.decompress(rest, CHUNK)
            except zlib.error:
                raise Damaged("The backup's content cannot be unpacked") from None
            rest = unpacker.unconsumed_tail


def _object(line: bytes) -> Values:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Damaged("The backup holds a line that is no object")
    return found
