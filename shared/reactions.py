"""Settings of the rules that say when a destination hears of a vehicle; the API validates them, the reactor obeys."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.messages import Direction, Share

ANY, NONE = "any", "none"


class OnList(BaseModel):
    """Fires for plates on a list; each further setting that is given narrows it down."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    list: Annotated[
        str, Field(min_length=1, max_length=64, description="any = every plate, none = on no list, or a list's name")
    ] = ANY
    cameras: Annotated[tuple[UUID, ...], Field(max_length=1000, description="only at these; empty = at all")] = ()
    directions: Annotated[tuple[Direction, ...], Field(description="only these ways; empty = all")] = ()
    min_confidence: Annotated[Share, Field(description="less sure events do not fire")] = 0.0


RULES: dict[str, type[BaseModel]] = {"on_list": OnList}
"""The settings of each kind of rule; a kind is a file of the same name in services/reactor/rules."""
