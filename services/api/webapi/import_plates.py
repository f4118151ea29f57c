"""`import`: up to 2000 plates onto a list, all in one transaction of two statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fastapi import Response
from fastapi.responses import JSONResponse
from sqlalchemy import ARRAY, Boolean, CursorResult, Executable, Text, cast, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.api import audit
from services.api.webapi.call import Call
from services.api.webapi.given import Given
from services.api.webapi.lists import list_named
from services.api.webapi.parameters import Parameters, Word, parse
from services.api.webapi.plates_given import Typed, counted, from_json, from_upload
from services.api.webapi.refusals import InvalidFields, Wrong
from shared.db.tables import ListEntry, PlateList
from shared.errors import Invalid
from shared.plates import is_pattern, parse_entry

LONGEST_SHOWN = 64
LONGEST_NOTE = 500


class Asked(Parameters):
    list: Word = ""
    mode: Literal["append", "replace"] = "append"
    strict: bool = False


@dataclass(frozen=True)
class Entry:
    """A plate in normal form with what is stored beside it."""

    plate: str
    typed: str
    note: str


@dataclass(frozen=True)
class Bad:
    plate: str
    reason: str
    place: int


def import_plates(call: Call) -> Response:
    """Raises Refused for no or too many plates, Invalid for wrong ones where that is asked for, Missing."""
    asked = parse(Asked, call.given.without("command", "plates"))
    plates = counted(_plates(call.given))
    entries, bad = _sorted_out(plates)
    if bad and (asked.strict or (asked.mode == "replace" and not entries)):
        raise InvalidFields([Wrong(f"plates.{one.place}", one.reason) for one in bad])
    with call.change() as session:
        # Imports to one list come one after the other; a replacement leaves exactly its own plates.
        target = list_named(session, asked.list, lock=True)
        removed = _take_away_others(session, target, entries) if asked.mode == "replace" else None
        added = _store(session, target, entries)
        told = {"added": added, "already": len(plates) - len(bad) - added}
        told |= {} if removed is None else {"removed": removed}
        audit.record(session, call.caller.identity, "list.import", target.name, {"mode": asked.mode, **told})
    invalid = [{"plate": one.plate, "reason": one.reason} for one in bad]
    return JSONResponse({"list": target.name, **told, "invalid": invalid})


def _plates(given: Given) -> list[Typed]:
    """From the parameter, else from the upload. Raises Invalid for both."""
    named = given.parameters.get("plates")
    if given.upload is None:
        return from_json(named if named is not None else [])
    if named is not None:
        raise Invalid("Send plates as a parameter or as a body, not both", "plates")
    return from_upload(given.upload)


def _sorted_out(plates: Sequence[Typed]) -> tuple[list[Entry], list[Bad]]:
    """The first of equal plates counts. In the plates' order, so that two imports never wait for each other."""
    entries: dict[str, Entry] = {}
    bad: list[Bad] = []
    for place, typed in enumerate(plates):
        try:
            plate = parse_entry(typed.plate)
        except Invalid as error:
            bad.append(Bad(_shown(typed.plate), str(error), place))
            continue
        entries.setdefault(plate, Entry(plate, _shown(typed.plate), _shown(typed.note, LONGEST_NOTE)))
    return [entries[plate] for plate in sorted(entries)], bad


def _shown(text: str, longest: int = LONGEST_SHOWN) -> str:
    """Text that can be stored and shown: PostgreSQL holds no NUL, JSON no half of a pair."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:longest]).strip()


def _store(session: Session, target: PlateList, entries: Sequence[Entry]) -> int:
    """Returns how many were new."""
    columns = {
        "plate": _unnested([entry.plate for entry in entries]),
        "typed": _unnested([entry.typed for entry in entries]),
        "note": _unnested([entry.note for entry in entries]),
        "pattern": func.unnest(cast([is_pattern(entry.plate) for entry in entries], ARRAY(Boolean))),
    }
    rows = select(func.gen_random_uuid(), literal(target.id), *columns.values())
    statement = insert(ListEntry).from_select(["id", "list_id", *columns], rows, include_defaults=False)
    return _touched(session, statement.on_conflict_do_nothing())


def _take_away_others(session: Session, target: PlateList, entries: Sequence[Entry]) -> int:
    """Returns how many were taken off the list."""
    stay = select(_unnested([entry.plate for entry in entries]))
    statement = delete(ListEntry).where(ListEntry.list_id == target.id, ListEntry.plate.not_in(stay))
    return _touched(session, statement)


def _touched(session: Session, statement: Executable) -> int:
    """Rows that were inserted or deleted, as the server counts them."""
    done = session.connection().execute(statement, execution_options={"preserve_rowcount": True})
    assert isinstance(done, CursorResult)
    return done.rowcount


def _unnested(texts: Sequence[str]) -> func.unnest[str]:  # type: ignore[name-defined]
    return func.unnest(cast(list(texts), ARRAY(Text)))
