"""The five nouns as they travel: frozen, versioned, without behaviour that touches the outside.

Every message is one JSON object with `kind` and `version`. A reader ignores fields that it does not know, so that a
newer writer does not break an older reader; a changed meaning needs a new version.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.geometry import Box, Polygon, Quad
from shared.matching import How

Share = Annotated[float, Field(ge=0, le=1)]
Utc = AwareDatetime


class Message(BaseModel):
    """What all messages have in common."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Origin(StrEnum):
    """Where a frame comes from. Only `live` frames may ever open a barrier; only they may be dropped."""

    LIVE = "live"
    FILE = "file"
    UPLOAD = "upload"


class Frame(Message):
    """One picture of one camera. Its JPEG bytes travel beside it in the same stream entry, never inside it."""

    kind: Literal["frame"] = "frame"
    version: Literal[1] = 1
    frame_id: str = Field(description="camera, run and index; the same picture of a file has the same id in each try")
    camera_id: UUID
    captured_at: Utc
    origin: Origin
    index: Annotated[int, Field(ge=0, description="position in this run of the source")]
    width: int
    height: int
    regions: tuple[Polygon, ...] = Field(default=(), description="where plates are looked for; empty = everywhere")
    countries: tuple[str, ...] = Field(default=(), description="expected countries, ISO alpha-3; empty = any")
    moving: tuple[Share, Share, Share, Share] | None = Field(
        default=None, description="left, top, right, bottom of what moves, in shares of the picture; None = unknown"
    )
    ends: bool = Field(default=False, description="nothing follows this frame: its vehicles have left")
    reply_to: str = Field(default="", description="Redis list that gets the FrameReads instead of the reactor")


class Character(Message):
    """One position of a plate with what it may be, most probable first."""

    options: tuple[tuple[str, Share], ...] = Field(min_length=1)

    @property
    def best(self) -> str:
        return self.options[0][0]

    @property
    def probability(self) -> float:
        return self.options[0][1]


class Alternative(Message):
    """Another plate that the same place could have been read as."""

    text: str
    country: str = Field(default="", description="ISO alpha-3, empty when unknown")
    margin: float = Field(ge=0, description="by how much the chosen one is better, as a logarithm; 0 is as good")


class Read(Message):
    """One plate seen in one frame."""

    text: str = Field(description="A-Z 0-9 after the country's grammar")
    raw: str = Field(description="what the reader saw before the grammar")
    confidence: Share
    characters: tuple[Character, ...] = Field(description="as many as `text` has letters")
    country: str = Field(default="", description="ISO alpha-3, empty when unknown")
    region: str = Field(default="", description="part of the country, where the format tells it")
    alternatives: tuple[Alternative, ...] = Field(default=(), description="rejected, likeliest first")
    box: Box
    corners: Quad | None = None
    sharpness: float = Field(default=0.0, ge=0, description="variance of the crop's Laplacian at 32 px height")
    crop_key: str = Field(default="", description="media key of the plate's picture")


class UnreadReason(StrEnum):
    """Why a plate was seen and not read."""

    TOO_SMALL = "too_small"
    CLIPPED = "clipped"
    LOW_CONTRAST = "low_contrast"
    BLURRED = "blurred"
    NO_GRAMMAR = "no_grammar"


class Unread(Message):
    """One plate seen in one frame whose text is not told, because it would be a guess."""

    reason: UnreadReason
    raw: str = Field(default="", description="what the reader made of it; to look at, never to act on")
    box: Box
    corners: Quad | None = None
    sharpness: float = Field(default=0.0, ge=0)
    crop_key: str = Field(default="", description="media key of the plate's picture")


class FrameReads(Message):
    """What the recognizer found in one frame. Without reads it still says that time went on at this camera."""

    kind: Literal["reads"] = "reads"
    version: Literal[1] = 1
    frame_id: str
    camera_id: UUID
    captured_at: Utc
    origin: Origin
    index: int
    width: int
    height: int
    ends: bool = False
    processing_ms: float = 0.0
    frame_key: str = Field(default="", description="media key of the whole picture; empty when nothing was read")
    reads: tuple[Read, ...] = ()
    unread: tuple[Unread, ...] = ()


class ListHit(Message):
    """An entry of a list that names the plate."""

    list: str = Field(description="name of the list")
    kind: Literal["black", "white", "named"]
    entry: str = Field(description="normal form of the entry")
    how: How


class EventState(StrEnum):
    """Where a passage is in its life: new → reliable → update → lost."""

    NEW = "new"
    RELIABLE = "reliable"
    UPDATE = "update"
    LOST = "lost"


class Direction(StrEnum):
    UNKNOWN = "unknown"
    IN = "in"
    OUT = "out"


class VerticalDirection(StrEnum):
    UNKNOWN = "unknown"
    UP = "up"
    DOWN = "down"


class Event(Message):
    """One vehicle passed once. `event_id` and `car_id` stay the same in all states of the passage.

    A vehicle whose plate was seen and never read has `unread` instead of a plate; it is told as lost only.
    """

    kind: Literal["event"] = "event"
    version: Literal[1] = 1
    event_id: UUID
    camera_id: UUID
    camera_name: str
    car_id: int = Field(description="counts passages of this camera from 1")
    state: EventState
    origin: Origin
    plate: str = Field(description="empty when it could not be read")
    country: str = ""
    region: str = Field(default="", description="part of the country, where the format tells it")
    alternatives: tuple[Alternative, ...] = Field(default=(), description="what else the winning read could have been")
    unread: UnreadReason | None = Field(default=None, description="why there is no plate")
    confidence: Share
    captured_at: Utc = Field(description="first frame of the passage")
    read_at: Utc = Field(description="the frame that gave the winning read or, unread, the best picture")
    last_seen: Utc
    reads: int = Field(description="frames that voted")
    direction: Direction = Direction.UNKNOWN
    vertical: VerticalDirection = VerticalDirection.UNKNOWN
    zone: int = 1
    box: Box = Field(description="of the plate on the frame that was read")
    frame_width: int
    frame_height: int
    frame_key: str = ""
    crop_key: str = ""
    processing_ms: float = 0.0
    lists: tuple[str, ...] = Field(default=(), description="names of the lists that hold the plate; black first")
    hits: tuple[ListHit, ...] = Field(default=(), description="the entries that name the plate, in the lists' order")


class Moment(StrEnum):
    """When in a passage a destination hears of it: On Detect = at reliable, On Lost = at lost."""

    DETECT = "detect"
    LOST = "lost"


class DeliveryState(StrEnum):
    DUE = "due"
    DELIVERED = "delivered"
    DEAD = "dead"
    EXPIRED = "expired"


class CommandState(StrEnum):
    """How far an order to a barrier has come: new → sent → done → confirmed, or one of the other ends."""

    NEW = "new"
    SENT = "sent"
    """From here on it is never sent again, whatever happens to who sent it."""
    DONE = "done"
    """The relay took it."""
    CONFIRMED = "confirmed"
    """A contact or the relay itself says that it opened."""
    UNKNOWN = "unknown"
    """Nobody can tell whether the relay got it."""
    FAILED = "failed"
    """The relay certainly did nothing."""
    EXPIRED = "expired"
    REFUSED = "refused"
    """Locked, cooling down, or the clocks differ."""


class CameraCard(Message):
    """What an integration may know of the camera that saw the vehicle."""

    camera_id: UUID
    name: str
    sensor_id: str = ""
    address: str = Field(default="", description="host of the source's URL; empty for files and uploads")
    zone: str = Field(default="UTC", description="IANA time zone of the site the camera looks at")
    site: str = Field(default="", description="name of the site that sends this camera's events here; empty for ours")


class Delivery(Message):
    """One thing to tell one destination, frozen when the reaction fired, so that every retry says the same."""

    kind: Literal["delivery"] = "delivery"
    version: Literal[1] = 1
    delivery_id: UUID
    destination_id: UUID
    moment: Moment
    event: Event
    camera: CameraCard
    packet_counter: int = Field(description="deliveries to this destination since its worker started, from 1")
    attempt: int = Field(ge=1)
    created_at: datetime
