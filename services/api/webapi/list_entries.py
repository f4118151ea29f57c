"""`list`: a whole list as a download, in a form that `import` takes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from fastapi import Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Row, select, text

from services.api import audit
from services.api.webapi.call import Call
from services.api.webapi.lists import list_named
from services.api.webapi.parameters import Parameters, Word, parse
from services.api.webapi.tables import csv_lines
from shared.db.session import transaction
from shared.db.tables import ListEntry

BATCH = 1000
ListRow = Row[*tuple[Any, ...]]
Rows = Sequence[ListRow]


class Asked(Parameters):
    list: Word = ""
    format: Literal["csv", "json", "text"] = "csv"


@dataclass(frozen=True)
class Format:
    media_type: str
    write: Callable[[str, Iterator[Rows]], Iterator[str]]


def list_entries(call: Call) -> Response:
    """Raises Missing, and TooMany while too many downloads are under way."""
    asked = parse(Asked, call.given.without("command"))
    with call.change() as session:
        target = list_named(session, asked.list)
        audit.record(session, call.caller.identity, "list.export", target.name, {"format": asked.format})
    form = _FORMATS[asked.format]
    parts = (part.encode() for part in form.write(target.name, _batches(call, target.id)))
    return StreamingResponse(call.keeper.exports.begin(parts), media_type=form.media_type)


def _batches(call: Call, list_id: UUID) -> Iterator[Rows]:
    columns = select(ListEntry.typed, ListEntry.note, ListEntry.plate, ListEntry.valid_from, ListEntry.valid_to)
    query = columns.where(ListEntry.list_id == list_id).order_by(ListEntry.plate)
    with transaction(call.site.engine) as session:
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '60s'"))
        with closing(session.execute(query.execution_options(yield_per=BATCH))) as found:
            for rows in found.partitions():
                call.check_still_there()
                yield rows


def _csv(_name: str, batches: Iterator[Rows]) -> Iterator[str]:
    yield csv_lines([("License Plate", "Description")])
    for rows in batches:
        yield csv_lines((row.typed, row.note) for row in rows)


def _text(_name: str, batches: Iterator[Rows]) -> Iterator[str]:
    for rows in batches:
        yield "".join(f"{row.plate}\n" for row in rows)


def _json(name: str, batches: Iterator[Rows]) -> Iterator[str]:
    before = f'{{"list": {json.dumps(name)}, "entries": [\n'
    for rows in batches:
        yield before + ",\n".join(json.dumps(_entry(row)) for row in rows)
        before = ",\n"
    yield "\n]}\n" if before == ",\n" else before + "]}\n"


def _entry(row: ListRow) -> dict[str, object]:
    bounds = {"valid_from": row.valid_from, "valid_to": row.valid_to}
    told = {name: moment.isoformat() if moment else None for name, moment in bounds.items()}
    return {"plate": row.plate, "typed": row.typed, "description": row.note, **told}


_FORMATS = {
    "csv": Format("text/csv", _csv),
    "json": Format("application/json", _json),
    "text": Format("text/plain", _text),
}
