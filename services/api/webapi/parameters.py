"""Parameters as typed values: models that forbid what they do not know, and moments in all the forms of the guide."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from services.api.errors import field_of, sentence_of
from shared.errors import Invalid

_EPOCH = re.compile(r"[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{8}")
# A plus in a query is a space unless it is written as %2B; clients forget that.
_LOST_PLUS = re.compile(r"(T\d{2}:?\d{2}\S*) (\d{2}(:?\d{2})?)")
_MILLISECONDS, _MICROSECONDS = 1e11, 1e14


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("control characters are not allowed")
    return text


Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64), AfterValidator(_printable)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(_printable)]


class Parameters(BaseModel):
    """What all commands' parameters have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


Asked = TypeVar("Asked", bound=Parameters)


def parse(model: type[Asked], values: Mapping[str, object]) -> Asked:
    """Raises Invalid for the first that is wrong. What is empty counts as absent, as forms send it."""
    try:
        return model.model_validate({name: value for name, value in values.items() if value != ""})
    except ValidationError as error:
        first = error.errors()[0]
        field = field_of(("parameters", *first["loc"][:1]))
        shown = field if field and field.isprintable() and len(field) <= 64 else "a parameter"
        raise Invalid(sentence_of(dict(first), shown), shown) from None


def moment(text: str | None, zone: Callable[[], ZoneInfo], field: str) -> datetime | None:
    """ISO 8601 (without zone in that of `zone`), or an epoch in seconds, milli- or microseconds, told apart by size.

    Eight digits are a date (20260314), not an epoch.
    """
    if not text:
        return None
    try:
        if _EPOCH.fullmatch(text) and not _DATE.fullmatch(text):
            return datetime.fromtimestamp(_seconds(float(text)), UTC)
        found = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text))
        return (found if found.tzinfo else found.replace(tzinfo=zone())).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise Invalid(f"{field} is no moment in ISO 8601 and no epoch", field) from None


def _seconds(epoch: float) -> float:
    if epoch >= _MICROSECONDS:
        return epoch / 1e6
    return epoch / 1e3 if epoch >= _MILLISECONDS else epoch
