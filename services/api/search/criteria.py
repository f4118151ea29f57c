"""What is looked for; frozen and writable as JSON, so that a search can be kept and run again."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.messages import Direction


class Mode(StrEnum):
    """How a text is compared with plates; both in normal form."""

    CONTAINS = "contains"
    EXACT = "exact"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    WILDCARD = "wildcard"
    SIMILAR = "similar"


class Criteria(BaseModel):
    """Which events; what is None does not filter. `?` and `*` in a text are wildcards but in exact and similar."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str | None = None
    mode: Mode = Mode.CONTAINS
    camera: UUID | None = None
    cameras: tuple[UUID, ...] = ()
    """Any of these; none given does not filter."""
    camera_name: str | None = None
    country: str | None = None
    """ISO alpha-3; empty for plates of unknown country."""
    list: str | None = None
    """A list's name, or `none`."""
    direction: Direction | None = None
    zone: int | None = None
    min_confidence: float | None = None
    max_confidence: float | None = None
    unread: Literal["without", "with", "only"] = "without"
    tag: str | None = None
    corrected: Literal["with", "without", "only"] = "with"
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    stored_by: datetime | None = None
    """Only what was in the database at that moment."""
