"""Public JSON of reading a picture; plates have the form that `platewire read --json` prints."""

from __future__ import annotations

from pydantic import BaseModel, Field

from shared.messages import Character, FrameReads, Read, Unread, UnreadReason


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


class UnreadPlate(BaseModel):
    reason: UnreadReason
    raw: str = Field(description="what the reader made of it; to look at, never to act on")
    box: tuple[int, int, int, int] = Field(description="x, y, width, height in pixels")

    @classmethod
    def of(cls, unread: Unread) -> UnreadPlate:
        return cls(reason=unread.reason, raw=unread.raw, box=tuple(unread.box.as_list()))


class PictureReading(BaseModel):
    file: str
    ms: float = Field(description="what the recognizer took")
    width: int = Field(description="of the picture, pixels")
    height: int
    plates: list[PlateOut]
    unread: list[UnreadPlate] = Field(description="plates that were seen and could not be read")

    @classmethod
    def of(cls, name: str, found: FrameReads) -> PictureReading:
        return cls(
            file=name,
            ms=round(found.processing_ms, 1),
            width=found.width,
            height=found.height,
            plates=[PlateOut.of(read) for read in found.reads],
            unread=[UnreadPlate.of(plate) for plate in found.unread],
        )
