"""`remove`: one plate or pattern off a list."""

from __future__ import annotations

from typing import Annotated

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import Field

from services.api import audit
from services.api.lists import queries
from services.api.webapi.call import Call
from services.api.webapi.lists import list_name
from services.api.webapi.parameters import Parameters, Word, parse
from shared.errors import Invalid
from shared.plates import parse_entry


class Asked(Parameters):
    list: Word = ""
    plate: Annotated[str, Field(max_length=1000)] = ""


def remove(call: Call) -> Response:
    """Raises Invalid for what cannot be a plate, Missing, and NotListed."""
    asked = parse(Asked, call.given.without("command"))
    if not asked.plate:
        raise Invalid("plate is missing", "plate")
    plate, name = parse_entry(asked.plate), list_name(asked.list)
    with call.change() as session:
        gone = queries.remove_entry(session, name, plate)
        audit.record(session, call.caller.identity, "list.entry.delete", name, {"plate": gone})
    return JSONResponse({"removed": True})
