"""Public JSON of reading a picture; the same form as `platewire read --json` prints."""

from __future__ import annotations

from pydantic import BaseModel, Field

from shared.messages import Character, FrameReads, Read


class PlateOut(BaseModel):
    text: str
    confidence: float
    country: str = Field(description="ISO alpha-3, empty when unknown")
    box: tuple[int, int, int, int] = Field(description="x, y, width, height in pixels")
    raw: str = Field(description="what was seen before the country's grammar")
    characters: tuple[Character, ...]

    @classmethod
    def of(cls, read: Read) -> PlateOut:
        values = read.model_dump(include={"text", "confidence", "country", "raw", "characters"})
        return cls.model_validate({**values, "box": read.box.as_list()})


class PictureReading(BaseModel):
    file: str
    ms: float = Field(description="what the recognizer took")
    plates: list[PlateOut]

    @classmethod
    def of(cls, name: str, found: FrameReads) -> PictureReading:
        return cls(file=name, ms=round(found.processing_ms, 1), plates=[PlateOut.of(read) for read in found.reads])
