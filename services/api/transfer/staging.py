"""Holds a file's entries in a temporary table beside the list, where sets of them are compared and written at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from services.api.transfer.columns import Column
from services.api.transfer.rows import Taken

_CHUNK = 1 << 17
_FIXED = ("line", "plate", "typed", "pattern")
PATIENCE = {"statement_timeout": "600s", "lock_timeout": "120s"}
"""A million rows take longer than what anybody waits for in a request."""


@dataclass(frozen=True)
class Staged:
    """The temporary tables of one transaction: `incoming`, and after `compare` also `fresh`.

    `fresh` has each plate of the file once, from its first line, with `kind` added, changed or unchanged.
    """

    session: Session
    list_id: UUID
    columns: Sequence[Column]

    def create(self) -> None:
        """Makes the empty table; it vanishes with the transaction."""
        own = "".join(f', "{column.name}" {column.sql}' for column in self.columns)
        for name, time in PATIENCE.items():
            self.session.execute(text(f"SET LOCAL {name} = '{time}'"))
        self.session.execute(
            text(f"CREATE TEMP TABLE incoming (line int, plate text, typed text, pattern bool{own}) ON COMMIT DROP")
        )

    def fill(self, entries: Iterable[Taken]) -> None:
        """Streams entries in; whatever `entries` raises undoes it."""
        with _cursor(self.session) as cursor, cursor.copy(self._copy("FROM STDIN")) as copy:
            for entry in entries:
                copy.write_row((entry.line, entry.plate, entry.typed, entry.pattern, *entry.values))

    def fill_from(self, file: Path) -> None:
        """Takes in what `keep` wrote."""
        with _cursor(self.session) as cursor, cursor.copy(self._copy("FROM STDIN")) as copy, file.open("rb") as source:
            while chunk := source.read(_CHUNK):
                copy.write(chunk)

    def keep(self, file: Path) -> None:
        """Writes the compared entries to a file, so that they need not be read from the original again."""
        out = self._copy("TO STDOUT", "fresh")
        with _cursor(self.session) as cursor, file.open("wb") as target, cursor.copy(out) as copy:
            for chunk in copy:
                target.write(chunk)

    def compare(self) -> None:
        """Makes `fresh`: entries that differ from the list's in a column that the file has are changed."""
        ours = ", ".join(f'f."{column.name}"' for column in self.columns)
        theirs = ", ".join(f'e."{column.name}"' for column in self.columns)
        differs = f"ROW({ours}) IS DISTINCT FROM ROW({theirs})" if self.columns else "false"
        self.session.execute(
            text(f"""
                CREATE TEMP TABLE fresh ON COMMIT DROP AS
                SELECT f.*,
                       CASE WHEN e.id IS NULL THEN 'added' WHEN {differs} THEN 'changed' ELSE 'unchanged' END AS kind
                FROM (SELECT DISTINCT ON (plate) * FROM incoming ORDER BY plate, line) AS f
                LEFT JOIN list_entries AS e ON e.list_id = :list AND e.plate = f.plate
            """),
            {"list": self.list_id},
        )
        self.session.execute(text("CREATE INDEX ON fresh (plate)"))
        self.session.execute(text("ANALYZE fresh"))

    def counts(self) -> dict[str, int]:
        """How many are added, changed, unchanged, duplicate, and how many a replace would remove."""
        rows = self.session.execute(text("SELECT kind, count(*) FROM fresh GROUP BY kind"))
        kinds = {row.kind: row.count for row in rows}
        asked = f"""
            SELECT (SELECT count(*) FROM incoming) - (SELECT count(*) FROM fresh) AS duplicates,
                   (SELECT count(*) FROM list_entries WHERE list_id = :list) AS before,
                   ({_NOT_IN_FILE.format(what="count(*)")}) AS removed
        """
        other = self.session.execute(text(asked), {"list": self.list_id}).one()
        return {"added": 0, "changed": 0, "unchanged": 0, **kinds, **other._mapping}

    def some(self, kind: str, most: int) -> list[dict[str, Any]]:
        """The first of a kind: {"line", "plate", "typed", "before": {…}, "after": {…}} with values as JSON."""
        after = ", ".join(f"'{column.name}', f.\"{column.name}\"" for column in self.columns)
        before = ", ".join(f"'{column.name}', e.\"{column.name}\"" for column in self.columns)
        rows = self.session.execute(
            text(f"""
                SELECT f.line, f.plate, f.typed,
                       json_build_object({before}) AS before, json_build_object({after}) AS after
                FROM fresh AS f LEFT JOIN list_entries AS e ON e.list_id = :list AND e.plate = f.plate
                WHERE f.kind = :kind ORDER BY f.line, f.plate LIMIT :most
            """),
            {"list": self.list_id, "kind": kind, "most": most},
        )
        return [dict(row._mapping) for row in rows]

    def duplicates(self, most: int) -> list[dict[str, Any]]:
        """The first lines whose plate an earlier line has: {"line", "plate", "first"}."""
        rows = self.session.execute(
            text("""
                SELECT line, plate, first FROM (
                    SELECT line, plate, min(line) OVER same AS first, row_number() OVER same AS place
                    FROM incoming WINDOW same AS (PARTITION BY plate ORDER BY line)
                ) AS i WHERE place > 1 ORDER BY line LIMIT :most
            """),
            {"most": most},
        )
        return [dict(row._mapping) for row in rows]

    def removed(self, most: int) -> list[str]:
        """The first plates, in their order, that the file lacks."""
        asked = text(_NOT_IN_FILE.format(what="plate") + " ORDER BY plate LIMIT :most")
        return list(self.session.scalars(asked, {"list": self.list_id, "most": most}))

    def apply(self, *, replace: bool) -> None:
        """Writes added and changed entries, and with `replace` takes away those that the file lacks."""
        names = [f'"{column.name}"' for column in self.columns]
        if names:
            sets = ", ".join(f"{name} = f.{name}" for name in names)
            self._run(f"""UPDATE list_entries AS e SET {sets} FROM fresh AS f
                          WHERE f.kind = 'changed' AND e.list_id = :list AND e.plate = f.plate""")
        columns = ", ".join(["plate", "typed", "pattern", *names])
        # Somebody may have added the same plate by hand in the meantime; theirs is newer.
        self._run(f"""INSERT INTO list_entries (id, list_id, {columns})
                      SELECT gen_random_uuid(), :list, {columns} FROM fresh WHERE kind = 'added'
                      ON CONFLICT (list_id, plate) DO NOTHING""")
        if replace:
            self._run(f"DELETE FROM list_entries WHERE id IN ({_NOT_IN_FILE.format(what='id')})")

    def _run(self, statement: str) -> None:
        self.session.execute(text(statement), {"list": self.list_id})

    def _copy(self, direction: str, table: str = "incoming") -> sql.Composed:
        names = sql.SQL(", ").join(sql.Identifier(name) for name in (*_FIXED, *(c.name for c in self.columns)))
        return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(table), names, sql.SQL(direction))


_NOT_IN_FILE = """SELECT {what} FROM list_entries AS e
    WHERE e.list_id = :list AND NOT EXISTS (SELECT FROM fresh AS f WHERE f.plate = e.plate)"""


def fingerprint(session: Session, list_id: UUID) -> str:
    """Differs after every committed change of the list's entries (see shared/listed.py for why xmin)."""
    sums = "SELECT count(*), coalesce(sum(xmin::text::bigint), 0) FROM list_entries WHERE list_id = :list"
    count, total = session.execute(text(sums), {"list": list_id}).one()
    return f"{count}:{total}"


def _cursor(session: Session) -> psycopg.Cursor[Any]:
    connection: Any = session.connection().connection.driver_connection
    cursor: psycopg.Cursor[Any] = connection.cursor()
    return cursor
