"""What a request's body and parameters may be: exactly what their schema says, so that the schema can be believed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, LiteralString, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema, to_json

from shared.names import UNSEEN, has_unseen

_NO_CONTROLS = rf"^[^{UNSEEN}]*$"
_SOMETHING = rf"^[^{UNSEEN}]*[^\s{UNSEEN}][^{UNSEEN}]*$"
_HALF = re.compile("[\ud800-\udfff]")
NO_NUL: LiteralString = "control characters such as NUL are not allowed"
_EXACT = 2**53
"""Beyond, a float no longer holds every whole number."""
_MOMENT = TypeAdapter(AwareDatetime)
_DAY = re.compile(r"\d{4}-\d\d-\d\d[Tt ]")


class Asked(BaseModel):
    """A body of JSON; a field that it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class _AsJson:
    """Validates a body as the JSON that it is: "1" is no number, 1 is no truth, and yet a moment is written as text."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        validator = TypeAdapter(source)

        def validate(given: Any, _lax: Any) -> Any:
            return validator.validate_json(to_json(_whole(given), inf_nan_mode="null"), strict=True)

        # Only the schema of the inner one is needed: it describes the body.
        return core_schema.no_info_wrap_validator_function(validate, handler(source))


def _whole(given: Any, *place: str | int) -> Any:
    """To JSON, 5.0 and 5 are one number. Raises ValidationError for text that no table can hold."""
    if isinstance(given, dict):
        return {_whole(name, *place): _whole(value, *place, name) for name, value in given.items()}
    if isinstance(given, list):
        return [_whole(value, *place, number) for number, value in enumerate(given)]
    if isinstance(given, str) and (sentence := _unfit(given)):
        wrong = InitErrorDetails(type=PydanticCustomError("value_error", sentence), loc=place, input=None)
        raise ValidationError.from_exception_data("body", [wrong])
    return int(given) if isinstance(given, float) and given.is_integer() and abs(given) < _EXACT else given


def _unfit(text: str) -> LiteralString | None:
    if "\0" in text:
        return NO_NUL
    # JSON's escapes can name half of a character.
    return None if text.isascii() or not _HALF.search(text) else "half of a character stands alone, which is no text"


Wanted = TypeVar("Wanted")
Body = Annotated[Wanted, _AsJson()]


def _tidy(text: str) -> str:
    if has_unseen(text):
        raise ValueError("control characters are not allowed")
    return text.strip()


def _seen(text: str) -> str:
    if not (name := _tidy(text)):
        raise ValueError("at least one character that is seen is needed")
    return name


def _moment(given: object) -> object:
    """Refuses seconds since 1970, which pydantic would take too, also as text."""
    if not isinstance(given, str):
        return given
    if not _DAY.match(given):
        raise ValueError("a moment looks like 2026-03-14T12:00:00Z")
    # A strict validator behind this one takes no text any more.
    return _MOMENT.validate_python(given)


Name = Annotated[
    str,
    Field(min_length=1, max_length=64, json_schema_extra={"pattern": _SOMETHING}),
    AfterValidator(_seen),
]
SiteTitle = Annotated[str, Field(max_length=64, json_schema_extra={"pattern": _NO_CONTROLS}), AfterValidator(_tidy)]
Note = Annotated[str, Field(max_length=500, json_schema_extra={"pattern": _NO_CONTROLS}), AfterValidator(_tidy)]
Reason = Annotated[
    str,
    Field(
        min_length=1, max_length=500, description="it is in the audit log", json_schema_extra={"pattern": _SOMETHING}
    ),
    AfterValidator(_seen),
]
When = Annotated[AwareDatetime, BeforeValidator(_moment)]
