"""Searches the audit log and writes it out for others to keep."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Generator, Iterator
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_
from sqlalchemy.orm import Session

from services.api.audit.schemas import AuditEntry, AuditPage, AuditSearch
from services.api.paging import open_place, seal_place
from shared.db.tables import Audit, AuditLink

AT_ONCE = 500
FIELDS = tuple(AuditEntry.model_fields)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def page(session: Session, asked: AuditPage) -> tuple[list[AuditEntry], str | None]:
    """One page, newest first, and the cursor of the next. Raises Invalid."""
    query = _joined().where(*_conditions(asked)).order_by(Audit.at.desc(), Audit.id.desc()).limit(asked.limit + 1)
    if asked.cursor:
        moment, row = open_place(asked.cursor)
        query = query.where(tuple_(Audit.at, Audit.id) < tuple_(moment, row.int % 2**63))
    entries = [_entry(row) for row in session.execute(query)]
    more = len(entries) > asked.limit
    entries = entries[: asked.limit]
    return entries, seal_place(entries[-1].at, UUID(int=entries[-1].id)) if more else None


def walk(session: Session, asked: AuditSearch) -> Generator[AuditEntry]:
    """All that match, oldest first, a few at a time."""
    query = _joined().where(*_conditions(asked)).order_by(Audit.at, Audit.id)
    with session.execute(query, execution_options={"yield_per": AT_ONCE}) as rows:
        for row in rows:
            yield _entry(row)


def csv_lines(entries: Iterator[AuditEntry]) -> Iterator[str]:
    """Cells that a spreadsheet would run as a formula begin with an apostrophe (OWASP CSV Injection)."""
    yield _line(FIELDS)
    for entry in entries:
        document = entry.model_dump(mode="json")
        document["detail"] = json.dumps(entry.detail, ensure_ascii=False)
        yield _line([_safe(str(document[name])) for name in FIELDS])


def json_lines(entries: Iterator[AuditEntry]) -> Iterator[str]:
    for entry in entries:
        yield entry.model_dump_json() + "\n"


def _joined() -> Select[Audit, str]:
    # Outer: a row past the chain must show, not hide.
    hashed = func.encode(AuditLink.hash, "hex")
    return select(Audit, func.coalesce(hashed, "")).outerjoin(AuditLink, AuditLink.audit_id == Audit.id)


def _conditions(asked: AuditSearch) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.since:
        found.append(Audit.at >= asked.since)
    if asked.until:
        found.append(Audit.at < asked.until)
    if asked.actor:
        found.append(Audit.actor == asked.actor)
    if asked.action:
        found.append((Audit.action == asked.action) | Audit.action.startswith(f"{asked.action}.", autoescape=True))
    if asked.subject:
        found.append(Audit.subject == asked.subject)
    return found


def _entry(row: Row[Audit, str]) -> AuditEntry:
    entry, hashed = row
    values = {name: getattr(entry, name) for name in FIELDS if name != "hash"}
    return AuditEntry.model_validate({**values, "hash": hashed})


def _line(cells: tuple[str, ...] | list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerow(cells)
    return buffer.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
