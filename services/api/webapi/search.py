"""`search`: a page of events by criteria; what was searched for is kept for `export`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Response
from pydantic import Field
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from services.api import audit
from services.api.access import visible
from services.api.search import pages
from services.api.search.criteria import Criteria, Mode
from services.api.search.pages import Slice
from services.api.webapi.call import Call
from services.api.webapi.documents import Document, Writer
from services.api.webapi.lists import list_named
from services.api.webapi.parameters import Parameters, Word, moment, parse
from services.api.webapi.tables import COLUMNS, csv_lines, event_cells, xml_element
from shared.db.session import transaction
from shared.errors import Invalid
from shared.messages import Direction
from shared.push_document import write_json
from shared.reactions import NONE
from shared.site import TimeZone, load

UNKNOWN_COUNTRY = "XX"
# Written out, because each search does it, and building it costs more than running it.
_KEEP = text(
    """
    INSERT INTO last_searches (credential_id, asked, searched_at) VALUES (:credential, :asked, clock_timestamp())
    ON CONFLICT (credential_id) DO UPDATE SET asked = excluded.asked, searched_at = excluded.searched_at
        WHERE :anew OR last_searches.asked <> excluded.asked
    RETURNING CASE WHEN :lazily THEN set_config('synchronous_commit', 'off', true) END
    """
).bindparams(bindparam("asked", type_=JSONB))


class Asked(Parameters):
    """The parameters of a search."""

    since: Word = Field("", alias="from")
    until: Word = Field("", alias="to")
    text: Word = ""
    mode: Mode = Mode.CONTAINS
    country: Annotated[str, Field(pattern=r"^([A-Za-z]{3}|[Xx]{2})$")] | None = None
    list: Word = ""
    direction: Direction | None = None
    camera: Word = ""
    zone: Annotated[int, Field(ge=0, le=1000)] | None = None
    min_confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    sort: Literal["newest", "oldest"] = "newest"
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    offset: Annotated[int, Field(ge=0, le=10_000)] | None = None
    cursor: Annotated[str, Field(max_length=300)] | None = None
    format: Literal["json", "xml", "csv"] = "json"


@dataclass(frozen=True)
class Found:
    """A page with what belongs to it."""

    total: int
    capped: bool
    limit: int
    following: str | None
    events: list[Document]


def search(call: Call) -> Response:
    """Raises Invalid, and Missing for a list that does not exist."""
    asked = parse(Asked, call.given.without("command"))
    if asked.cursor and asked.offset is not None:
        raise Invalid("Give an offset or a cursor, not both", "cursor")
    with transaction(call.site.engine) as session:
        found = _find(session, call, asked)
    return _FORMATS[asked.format](found)


def criteria(session: Session, asked: Asked) -> Criteria:
    """What the parameters mean on this site. Raises Invalid, Missing."""

    def zone() -> ZoneInfo:
        return load(session, TimeZone).zone

    camera, name = _camera(asked.camera)
    country = asked.country.upper() if asked.country else None
    return Criteria(
        text=asked.text or None,
        mode=asked.mode,
        camera=camera,
        camera_name=name,
        country="" if country == UNKNOWN_COUNTRY else country,
        list=_list(session, asked.list),
        direction=asked.direction,
        zone=asked.zone,
        min_confidence=asked.min_confidence,
        since=moment(asked.since, zone, "from"),
        until=moment(asked.until, zone, "to"),
    )


def _find(session: Session, call: Call, asked: Asked) -> Found:
    wanted, oldest_first = criteria(session, asked), asked.sort == "oldest"
    told = wanted.model_dump(mode="json")
    kept = {"criteria": told, "oldest_first": oldest_first}
    fingerprint = hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).digest()
    after = call.keeper.cursors.open(asked.cursor, fingerprint) if asked.cursor else None
    within = visible(call.caller.identity)
    part = Slice(asked.limit, after, asked.offset or 0, oldest_first)
    rows, place = pages.page(session, wanted, part, within)
    if place or asked.cursor or (asked.offset and not rows):
        total, capped = call.keeper.totals.of(fingerprint, lambda: pages.total(session, wanted, within), within)
    else:
        # A page that reaches the end has counted what is before it already.
        total, capped = (asked.offset or 0) + len(rows), False
    _keep(session, call, kept, goes_on=after is not None)
    if wanted.text and not after:
        reason = call.request.headers.get("X-Platewire-Reason", "")[:200]
        audit.record(session, call.caller.identity, "event.search", wanted.text, told | {"reason": reason})
    return Found(
        total=total,
        capped=capped,
        limit=asked.limit,
        following=call.keeper.cursors.seal(place, fingerprint) if place else None,
        events=Writer.of_site(session, call.request).documents(session, rows),
    )


def _keep(session: Session, call: Call, kept: dict[str, Any], *, goes_on: bool) -> None:
    """A further page is the same search, so its moment stays that of the first page."""
    # The answer is true without waiting for the disk; after a crash a client searches again. Only the trace of who
    # searched for a plate must not be lost.
    traced = bool(kept["criteria"]["text"]) and not goes_on
    told = {"credential": call.caller.credential_id, "asked": kept, "anew": not goes_on, "lazily": not traced}
    session.execute(_KEEP, told)


def _camera(asked: str) -> tuple[UUID | None, str | None]:
    try:
        return UUID(asked), None
    except ValueError:
        return None, asked or None


def _list(session: Session, asked: str) -> str | None:
    if not asked:
        return None
    return NONE if asked.lower() == NONE else list_named(session, asked).name


def _as_json(found: Found) -> Response:
    head = json.dumps({"total": found.total, "totalCapped": found.capped, "limit": found.limit})
    events = ", ".join(map(write_json, found.events))
    body = f'{head[:-1]}, "next": {json.dumps(found.following)}, "events": [{events}]}}'
    return Response(body, media_type="application/json")


def _as_xml(found: Found) -> Response:
    members = {"total": found.total, "totalCapped": found.capped, "limit": found.limit, "next": found.following}
    head = "".join(xml_element(name, value) for name, value in members.items())
    events = "".join(xml_element("event", document) for document in found.events)
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<search>{head}<events>{events}</events></search>\n'
    return Response(body, media_type="application/xml")


def _as_csv(found: Found) -> Response:
    """What a table has no place for goes into headers."""
    rows: Sequence[Sequence[object]] = [COLUMNS, *(event_cells(document) for document in found.events)]
    headers = {"X-Total": str(found.total), "X-Total-Capped": str(found.capped).lower()}
    if found.following:
        headers["X-Next"] = found.following
    return Response(csv_lines(rows), media_type="text/csv", headers=headers)


_FORMATS = {"json": _as_json, "xml": _as_xml, "csv": _as_csv}
