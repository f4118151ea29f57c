"""What a backup would change at a site: worked out before anything is changed, and again when it is.

A row is known by its id or, where the site has none with it, by its name; the site's ids stay, and what names the row
in the backup is made to name the site's.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.backup import entries
from shared.backup.container import Damaged
from shared.backup.content import ENTRIES, KINDS, OF_THIS_SITE, About, Kind, Values, opened
from shared.errors import Conflict, Invalid
from shared.secrets import Vault


class Mode(StrEnum):
    """MERGE adds and changes; REPLACE also takes away what the backup does not hold."""

    MERGE = "merge"
    REPLACE = "replace"


@dataclass(frozen=True)
class Change:
    """One row: `fields` are the columns that differ, None for a new row."""

    kind: Kind
    label: str
    values: Values
    fields: tuple[str, ...] | None = None


@dataclass
class Plan:
    """Everything that a restore does. `removed` holds the keys and labels of rows that go."""

    about: About
    mode: Mode
    changes: list[Change] = field(default_factory=list)
    removed: dict[str, dict[Any, str]] = field(default_factory=lambda: defaultdict(dict))
    same: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    entries: dict[str, int] = field(default_factory=dict)
    lists: set[UUID] = field(default_factory=set)
    """The site's ids of the lists that the backup holds."""
    digest: str = ""

    def seal(self) -> None:
        """Makes the digest: two plans with the same one do the same to the same site."""
        told = [
            [[c.kind.table, c.label, c.fields, c.values] for c in self.changes],
            {table: sorted(map(str, keys)) for table, keys in self.removed.items()},
            self.entries,
            self.mode,
        ]
        self.digest = hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()


class Planner:
    """Reads a backup's rows one after the other against a site.

    Args:
        session: of the transaction that also applies, where it does.
        keep: a user who is not taken away: whoever restores.
    """

    def __init__(self, session: Session, vault: Vault, about: About, mode: Mode, keep: UUID | None = None) -> None:
        self._session, self._vault, self._keep = session, vault, keep
        self.plan = Plan(about, mode)
        self._ids: dict[str, str] = {}
        self._new_names: dict[UUID, str] = {}
        self._there: dict[str, dict[Any, Values]] = {}
        self._taken: dict[str, set[Any]] = defaultdict(set)

    def run(self, rows: Iterator[tuple[Kind, Values]]) -> Plan:
        """Raises Damaged, Conflict."""
        entries.prepare(self._session)
        with entries.staging(self._session) as stage:
            staged = False
            for kind, values in rows:
                if kind.table == ENTRIES:
                    staged = True
                    stage(self._renamed(values))
                elif staged:
                    raise Damaged("The backup's rows are not in their order")
                else:
                    self._row(kind, self._renamed(values))
        for kind in KINDS:
            self._left_over(kind)
        replace = self.plan.mode is Mode.REPLACE
        self.plan.entries = entries.counts(self._session, self.plan.lists, replace=replace)
        self.plan.seal()
        return self.plan

    def _row(self, kind: Kind, values: Values) -> None:
        if kind.table == "settings" and values["name"] in OF_THIS_SITE:
            return
        there = self._of_site(kind)
        old = there.get(values.get(kind.key)) or self._named(kind, there, values)
        label = self._label(kind, values)
        if old is None:
            self.plan.changes.append(Change(kind, label, values))
            self._note(kind, values, values[kind.key])
            return
        self._note(kind, values, old[kind.key])
        values = {**values, kind.key: old[kind.key]}
        self._taken[kind.table].add(old[kind.key])
        # When a row was made is its own; it is no difference that anybody asks for.
        fields = tuple(sorted(n for n, v in values.items() if n != "created_at" and old.get(n) != v))
        if fields:
            self.plan.changes.append(Change(kind, label, values, fields))
        else:
            self.plan.same[kind.table] += 1

    def _label(self, kind: Kind, values: Values) -> str:
        """What people call the row: its own name, or that of the list or user that it belongs to."""
        value = values.get(kind.label)
        if isinstance(value, UUID):
            owner = self._there.get(kind.names[kind.label], {}).get(value, {})
            return str(owner.get("name") or self._new_names.get(value, value))
        return str(value)

    def _note(self, kind: Kind, values: Values, site_id: Any) -> None:
        if isinstance(site_id, UUID):
            self._ids[str(values[kind.key])] = str(site_id)
            self._new_names[site_id] = str(values.get("name", ""))
        if kind.table == "lists":
            self.plan.lists.add(site_id)

    def _of_site(self, kind: Kind) -> dict[Any, Values]:
        """The site's rows by key, locked against change until the transaction ends."""
        if kind.table not in self._there:
            query = select(*kind.columns).order_by(kind.source.c[kind.key]).with_for_update(key_share=True)
            rows = (opened(kind, row, self._vault) for row in self._session.execute(query))
            self._there[kind.table] = {row[kind.key]: row for row in rows}
        return self._there[kind.table]

    def _named(self, kind: Kind, there: dict[Any, Values], values: Values) -> Values | None:
        """The site's row of that name, if no other row of the backup is it."""
        taken = self._taken[kind.table]
        return next(
            (row for key, row in there.items() if key not in taken and row[kind.label] == values.get(kind.label)), None
        )

    def _renamed(self, values: Values) -> Values:
        """With the site's ids in place of the backup's, wherever they stand."""
        return {name: value if name == "id" else _with_ids(value, self._ids) for name, value in values.items()}

    def _left_over(self, kind: Kind) -> None:
        """What the backup does not hold goes, or keeps its name."""
        rest = {key: row for key, row in self._of_site(kind).items() if key not in self._taken[kind.table]}
        if self.plan.mode is Mode.REPLACE:
            own = OF_THIS_SITE if kind.table == "settings" else frozenset()
            fixed = {key for key in rest if key == self._keep or key in own}
            going = {key: self._label(kind, row) for key, row in rest.items() if key not in fixed}
            self.plan.removed[kind.table].update(going)
            rest = {key: row for key, row in rest.items() if key in fixed}
        names = {row[kind.label] for row in rest.values()}
        for change in self.plan.changes:
            if change.kind is kind and change.values.get(kind.label) in names:
                raise Conflict(f"There is another one of {kind.table} that is called {change.label}; rename it first")


def _with_ids(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, UUID):
        return UUID(ids.get(str(value), str(value)))
    if isinstance(value, str):
        return ids.get(value, value)
    if isinstance(value, list):
        return [_with_ids(one, ids) for one in value]
    return {name: _with_ids(one, ids) for name, one in value.items()} if isinstance(value, dict) else value


def check_schema(about: About, known: set[str]) -> None:
    """Raises Invalid for a backup of a newer version, whose rows this one would not understand."""
    if about.schema not in known:
        raise Invalid("The backup was made by a newer version of Platewire: update this site first", "file")
