"""Values of single cells: what a spreadsheet, a CSV or a JSON file holds, and what an entry's field becomes of it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from shared.errors import Invalid
from shared.schedules import Schedule

Cell = object
"""str, int, float, bool, datetime, None, or a JSON object; a reader yields them as the file holds them."""

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_BREAKS = re.compile(r"[ \t]*[\t\r\n]+[ \t\r\n]*")
_BARE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{4}")
MOST_SCHEDULE = 10_000


def neutralised(text: str) -> str:
    """The text with a leading ' when a spreadsheet would take it for a formula (OWASP, CSV injection).

    A text that itself begins with ' before such a character gets one more, so that `bare` is the exact reverse.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def bare(text: str) -> str:
    """The text without the ' that `neutralised` put before it."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def text_of(cell: Cell) -> str:
    """What the cell says, trimmed; a whole number from a spreadsheet without its decimal places."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False)
    return str(cell).strip()


def shown(cell: Cell, longest: int = 64) -> str:
    """The cell for a report: no character that cannot be stored or seen, and not too long."""
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text_of(cell))
    return text if len(text) <= longest else text[: longest - 1] + "…"


def free_text(cell: Cell, name: str, longest: int = 500) -> str:
    """The cell in one line. Raises Invalid for control characters and what is too long."""
    text = _BREAKS.sub(" ", text_of(cell))
    if not text.isprintable():
        raise Invalid(f"{name} holds control characters", name)
    if len(text) > longest:
        raise Invalid(f"{name} has {len(text)} characters, at most {longest} are kept", name)
    return text


def moment(cell: Cell, name: str, zone: ZoneInfo, *, ends: bool) -> datetime | None:
    """A time in UTC, None for an empty cell. Without a zone it is the site's.

    Args:
        ends: a date without time then means that the whole day still counts, so the next midnight is returned.
    """
    text = text_of(cell)
    if not text:
        return None
    if isinstance(cell, datetime):
        found, day = cell, cell.time() == clock_time()
    else:
        found, day = _written_moment(text, name), _BARE_DATE.fullmatch(text) is not None
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    # Adding to local time first, so that a day with 23 or 25 hours ends at midnight too.
    try:
        return (found + timedelta(days=1) if ends and day else found).astimezone(UTC)
    except OverflowError:
        raise Invalid(f"{name} is out of the calendar", name) from None


def _written_moment(text: str, name: str) -> datetime:
    try:
        if found := _GERMAN_DATE.fullmatch(text):
            day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
            return datetime(year, month, day, hour, minute, second)
        return datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{name} is not a date like 2026-12-31, 2026-12-31T18:00 or 31.12.2026 18:00", name) from None


def schedule(cell: Cell, name: str) -> str | None:
    """The weekly schedule as JSON text, None for an empty cell."""
    text = text_of(cell)
    if not text:
        return None
    if len(text) > MOST_SCHEDULE:
        raise Invalid(f"{name} has more than {MOST_SCHEDULE} characters", name)
    try:
        return Schedule.model_validate_json(text).model_dump_json()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Invalid(f"{name} is not a schedule: {first['msg']}", name) from None
