"""Public JSON of notes."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from services.api.asked import Asked


def _text(text: str) -> str:
    if not (text := text.strip()):
        raise ValueError("at least one character that is seen is needed")
    return text


class NoteIn(Asked):
    text: Annotated[
        str,
        Field(min_length=1, max_length=2000, json_schema_extra={"pattern": r"\S"}),
        AfterValidator(_text),
    ]
