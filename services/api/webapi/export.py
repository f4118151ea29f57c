"""`export`: everything that the credential's last search matches, as a download that is never held as a whole."""

from __future__ import annotations

import io
import itertools
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO, Literal

from fastapi import Response
from fastapi.responses import StreamingResponse
from sqlalchemy import text
from sqlalchemy.orm import Session

from services.api import audit
from services.api.access import visible
from services.api.search import pages
from services.api.search.criteria import Criteria
from services.api.transfer.cells import neutralised
from services.api.transfer.workbook_writing import write_workbook
from services.api.webapi.call import Call
from services.api.webapi.documents import Document, Writer
from services.api.webapi.parameters import Parameters, parse
from services.api.webapi.refusals import Refused
from services.api.webapi.tables import COLUMNS, csv_lines, event_cells
from shared.db.session import transaction
from shared.db.tables import EventRow, LastSearch
from shared.errors import Missing, PlatewireError
from shared.push_document import write_json

MOST_ROWS = 1_000_000
LONGEST = 1800.0
"""Seconds; a client that reads slower than this gives up the connection to others."""
IN_MEMORY = 8 * 1024 * 1024
CHUNK = 64 * 1024
BOM = "\ufeff"
"""Without it spreadsheets do not take a CSV for UTF-8."""

Batches = Iterator[list[tuple[EventRow, Document]]]


class Asked(Parameters):
    format: Literal["csv", "json", "xlsx", "zip"] = "csv"


@dataclass(frozen=True)
class Format:
    media_type: str
    write: Callable[[Call, Batches], Iterator[bytes]]


def export(call: Call) -> Response:
    """Raises Refused (409) before the first search, TooMany while too many downloads are under way."""
    asked = parse(Asked, call.given.without("command"))
    with call.change() as session:
        last = session.get(LastSearch, call.caller.credential_id)
        if last is None:
            raise Refused(HTTPStatus.CONFLICT, "no_search", "Search first: an export holds what the last search found")
        audit.record(session, call.caller.identity, "event.export", asked.format, {"search": last.asked})
    form = _FORMATS[asked.format]
    stream = call.keeper.exports.begin(form.write(call, _batches(call, last)))
    name = f"platewire-events-{last.searched_at:%Y%m%dT%H%M%SZ}.{asked.format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(stream, media_type=form.media_type, headers=headers)


def _batches(call: Call, last: LastSearch) -> Batches:
    wanted = Criteria.model_validate({**last.asked["criteria"], "stored_by": last.searched_at})
    deadline = time.monotonic() + LONGEST
    with transaction(call.site.engine) as session:
        _hold_for_long(session)
        writer = Writer.of_site(session, call.request)
        seen, oldest_first = visible(call.caller.identity), bool(last.asked["oldest_first"])
        with closing(pages.stream(session, wanted, MOST_ROWS, oldest_first=oldest_first, within=seen)) as found:
            for rows in found:
                call.check_still_there()
                yield list(zip(rows, writer.documents(session, rows), strict=True))
                if time.monotonic() > deadline:
                    raise PlatewireError("The download takes too long and is broken off")


def _hold_for_long(session: Session) -> None:
    """Sorting may take its time; a client that stops reading may not."""
    session.execute(text("SET TRANSACTION READ ONLY"))
    session.execute(text("SET LOCAL statement_timeout = '60s'"))
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '60s'"))


def _csv(_call: Call, batches: Batches) -> Iterator[bytes]:
    yield (BOM + csv_lines([COLUMNS])).encode()
    for batch in batches:
        yield csv_lines(event_cells(document) for _, document in batch).encode()


def _json(_call: Call, batches: Batches) -> Iterator[bytes]:
    before = '{"events": [\n'
    for batch in batches:
        yield (before + ",\n".join(write_json(document) for _, document in batch)).encode()
        before = ",\n"
    yield b"\n]}\n" if before.startswith(",") else (before + "]}\n").encode()


def _xlsx(_call: Call, batches: Batches) -> Iterator[bytes]:
    rows = (list(map(neutralised, event_cells(document))) for batch in batches for _, document in batch)
    return write_workbook(itertools.chain([COLUMNS], rows), "Events")


class _Pipe(io.RawIOBase):
    """Takes what a ZIP writes; whoever sends it on empties it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        return len(data)

    def drain(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data


def _zip(call: Call, batches: Batches) -> Iterator[bytes]:
    """Pictures go out as they are read; the table, which grows beside them, comes last."""
    pipe = _Pipe()
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as table, zipfile.ZipFile(pipe, "w") as archive:
        table.write((BOM + csv_lines([COLUMNS])).encode())
        for batch in batches:
            for row, document in batch:
                for name, picture in _pictures(call, row):
                    archive.writestr(name, picture)
                    yield pipe.drain()
                table.write(csv_lines([event_cells(document)]).encode())
        with archive.open("events.csv", "w", force_zip64=True) as entry:
            for chunk in _chunks(table):
                entry.write(chunk)
                yield pipe.drain()
        archive.close()
        yield pipe.drain()


def _pictures(call: Call, row: EventRow) -> Iterator[tuple[str, bytes]]:
    """What retention took is left out."""
    for kind, key in (("frame", row.frame_key), ("crop", row.crop_key)):
        try:
            picture = call.site.media.get(key)
        except Missing:
            continue
        yield f"pictures/{row.event_id}_{kind}.{key.rpartition('.')[2]}", picture


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk


_FORMATS = {
    "csv": Format("text/csv; charset=utf-8", _csv),
    "json": Format("application/json", _json),
    "xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx),
    "zip": Format("application/zip", _zip),
}
