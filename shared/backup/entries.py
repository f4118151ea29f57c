"""Entries of lists in a restore: staged in a table of their own, compared and written by the database in one go.

A list may hold a million of them, which are never in our memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.backup.content import ENTRY, Values

_STAGE = "restored_entries"
_COLUMNS = [column.name for column in ENTRY.columns]
_PAYLOAD = [name for name in _COLUMNS if name not in ("list_id", "plate", "created_at")]
_JSON = "schedule"


def _payload(table: str) -> str:
    """What an entry says; that there is no schedule is written in two ways."""
    return ", ".join(f"nullif({table}.{n}, 'null'::jsonb)" if n == _JSON else f"{table}.{n}" for n in _PAYLOAD)


_DIFFERS = f"({_payload('e')}) IS DISTINCT FROM ({_payload('s')})"
_OTHERS = f"""
    FROM list_entries e WHERE e.list_id = ANY(:lists)
    AND NOT EXISTS (SELECT FROM {_STAGE} s WHERE s.list_id = e.list_id AND s.plate = e.plate)
"""


def prepare(session: Session) -> None:
    """Makes the stage; statements of this transaction may take as long as a million entries do."""
    session.execute(text("SET LOCAL statement_timeout = '10min'"))
    session.execute(text(f"CREATE TEMPORARY TABLE {_STAGE} (LIKE list_entries INCLUDING DEFAULTS) ON COMMIT DROP"))
    session.execute(text(f"ALTER TABLE {_STAGE} DROP COLUMN id"))


@contextmanager
def staging(session: Session) -> Iterator[Callable[[Values], None]]:
    """Gives the function that puts an entry on the stage."""
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor() as cursor:
        copying = f"COPY {_STAGE} ({', '.join(_COLUMNS)}) FROM STDIN"
        writer = _Copy(cursor, copying)
        try:
            yield writer.put
        except BaseException:
            writer.abandon()
            raise
        writer.end()


class _Copy:
    """Begins to copy with the first entry, because until then other statements need the connection."""

    def __init__(self, cursor: Any, statement: str) -> None:
        self._cursor, self._statement = cursor, statement
        self._entered: Any = None
        self._copy: Any = None

    def put(self, values: Values) -> None:
        if self._copy is None:
            self._entered = self._cursor.copy(self._statement)
            self._copy = self._entered.__enter__()
        row = [values.get(name) for name in _COLUMNS]
        place = _COLUMNS.index(_JSON)
        row[place] = None if row[place] is None else Jsonb(row[place])
        self._copy.write_row(row)

    def end(self) -> None:
        if self._entered is not None:
            self._entered.__exit__(None, None, None)

    def abandon(self) -> None:
        if self._entered is not None:
            self._entered.__exit__(RuntimeError, RuntimeError("given up"), None)


def counts(session: Session, lists: set[UUID], *, replace: bool) -> dict[str, int]:
    """How many entries are added, changed, the same and removed, and the state of all lists that this was seen in."""
    session.execute(text(f"ANALYZE {_STAGE}"))
    compared = f"""
        SELECT count(*) FILTER (WHERE e.id IS NULL) AS added,
               count(*) FILTER (WHERE e.id IS NOT NULL AND {_DIFFERS}) AS changed,
               count(*) FILTER (WHERE e.id IS NOT NULL AND NOT {_DIFFERS}) AS same
        FROM {_STAGE} s LEFT JOIN list_entries e ON e.list_id = s.list_id AND e.plate = s.plate
    """
    row = session.execute(text(compared)).one()
    removed = session.scalar(text(f"SELECT count(*) {_OTHERS}"), {"lists": list(lists)}) if replace else 0
    state = session.scalar(text("SELECT coalesce(sum(changes), 0) FROM list_changes"))
    told = {"added": row.added, "changed": row.changed, "same": row.same, "removed": removed, "seen": state}
    return {name: int(value or 0) for name, value in told.items()}


def apply(session: Session, lists: set[UUID], *, replace: bool) -> None:
    """Writes what is staged."""
    if replace:
        going = f"DELETE FROM list_entries WHERE id IN (SELECT e.id {_OTHERS})"
        session.execute(text(going), {"lists": list(lists)})
    update = ", ".join(f"{name} = excluded.{name}" for name in _PAYLOAD)
    columns = ", ".join(_COLUMNS)
    session.execute(
        text(
            f"INSERT INTO list_entries (id, {columns}) SELECT gen_random_uuid(), {columns} FROM {_STAGE}"
            f" ON CONFLICT (list_id, plate) DO UPDATE SET {update}"
            f" WHERE ({_payload('list_entries')}) IS DISTINCT FROM ({_payload('excluded')})"
        )
    )
