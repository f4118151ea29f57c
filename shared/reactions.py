"""Settings of the rules that say when a destination hears of a vehicle; the API validates them, the reactor obeys."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StringConstraints, field_validator

from shared.messages import Direction, Share
from shared.schedules import Schedule

ANY, NONE = "any", "none"
"""Words that stand in place of a list's name: every plate, and plates on no list."""
SD_CARD, NVR, BARRIER = "sd_card", "nvr_text", "barrier"
"""Kinds of destination that the simple table knows. Rules for a barrier are held to more."""
LONGEST_COOL_DOWN = 86_400
LONGEST_DEADLINE = timedelta(seconds=10)
"""No order to a barrier outlives it; the barrier's own deadline, which its worker knows, is mostly shorter."""

ListName = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Country = Annotated[str, StringConstraints(min_length=3, max_length=3, pattern="^[A-Za-z]{3}$", to_upper=True)]
Zone = Annotated[int, Field(ge=1, le=16)]


class RuleSettings(BaseModel):
    """Which vehicles a rule is about and how often it may fire; each setting that is given narrows it down."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)

    lists: Annotated[
        tuple[ListName, ...],
        Field(
            # `list` with one name is what rules had before they could name several.
            validation_alias=AliasChoices("lists", "list"),
            min_length=1,
            max_length=100,
            description="on one of these; any = every plate, none = on no list",
        ),
    ] = (ANY,)
    exact_only: Annotated[
        bool | None,
        Field(
            description="only plates that an entry names exactly or by its wildcards, none that merely look alike; "
            "null = so for rules that open a barrier, and not for others"
        ),
    ] = None
    cameras: Annotated[tuple[UUID, ...], Field(max_length=1000, description="only at these; empty = at all")] = ()
    zones: Annotated[tuple[Zone, ...], Field(max_length=16, description="only in these; empty = in all")] = ()
    directions: Annotated[tuple[Direction, ...], Field(description="only these ways; empty = all")] = ()
    countries: Annotated[
        tuple[Country, ...], Field(max_length=80, description="only of these, ISO alpha-3; empty = of all")
    ] = ()
    min_confidence: Annotated[Share, Field(description="less sure events do not fire")] = 0.0
    schedule: Annotated[Schedule | None, Field(description="only then, by the site's clocks; null = always")] = None
    cool_down: Annotated[
        int, Field(ge=0, le=LONGEST_COOL_DOWN, description="seconds in which it fires once for a plate; 0 = always")
    ] = 0
    even_if_black: Annotated[bool, Field(description="opens a barrier although the plate is also on a black list")] = (
        False
    )
    priority: Annotated[int, Field(ge=0, le=1000, description="rules with a smaller number are tried first")] = 100
    stop: Annotated[bool, Field(description="when the vehicle is one of this rule's, no later rule is tried")] = False

    @field_validator("lists", mode="before")
    @classmethod
    def _one_list(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list) else given

    @field_validator("lists")
    @classmethod
    def _each_once(cls, lists: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(lists))

    @cached_property
    def camera_set(self) -> frozenset[UUID]:
        return frozenset(self.cameras)
