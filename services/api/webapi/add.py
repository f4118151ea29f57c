"""`add`: one plate or pattern onto a list."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import BeforeValidator, Field

from services.api import audit
from services.api.lists import queries
from services.api.lists.schemas import EntryIn
from services.api.webapi.call import Call
from services.api.webapi.lists import list_name
from services.api.webapi.parameters import Line, Parameters, Word, moment, parse
from shared.errors import Invalid
from shared.schedules import Schedule
from shared.site import TimeZone, load


def _from_text(value: Any) -> Any:
    """A query holds a schedule as the text of its JSON."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None


class Asked(Parameters):
    list: Word = ""
    # Longer than any plate, so that the sentence about plates answers and not one about texts.
    plate: Annotated[str, Field(max_length=1000)] = ""
    description: Line = ""
    valid_from: Word = ""
    valid_to: Word = ""
    schedule: Annotated[Schedule | None, BeforeValidator(_from_text)] = None


def add(call: Call) -> Response:
    """Raises Invalid, and Missing for a list that does not exist."""
    asked = parse(Asked, call.given.without("command"))
    if not asked.plate:
        raise Invalid("plate is missing", "plate")
    name = list_name(asked.list)
    with call.change() as session:
        entry = _entry(asked, lambda: load(session, TimeZone).zone)
        plate, added = queries.add_entry(session, name, entry)
        if added:
            audit.record(session, call.caller.identity, "list.entry.add", name, {"plate": plate})
    return JSONResponse({"list": name, "plate": plate, "added": added})


def _entry(asked: Asked, zone: Callable[[], ZoneInfo]) -> EntryIn:
    return EntryIn(
        plate=asked.plate,
        note=asked.description,
        valid_from=moment(asked.valid_from, zone, "valid_from"),
        valid_to=moment(asked.valid_to, zone, "valid_to"),
        schedule=asked.schedule,
    )
