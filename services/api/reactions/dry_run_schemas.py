"""Public JSON of dry runs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.api.asked import Asked, Name, When
from services.api.reactions.schemas import RuleKind
from shared.reactions import RuleSettings


class Draft(Asked):
    """A rule as it would be stored; with the id of a stored one it is tried in that one's place."""

    id: UUID | None = None
    name: Name = "This rule"
    rule: RuleKind = "on_list"
    settings: RuleSettings = RuleSettings()
    destination_id: UUID | None = Field(default=None, description="decides whether the rules of barriers hold")
    enabled: bool = Field(default=True, description="not looked at: the rule is tried as if it were switched on")


class DryRunIn(Asked):
    rule: Draft
    since: When = Field(alias="from", description="not before, ISO 8601 with zone")
    until: When = Field(alias="to", description="before, ISO 8601 with zone")


class DayCount(BaseModel):
    day: str = Field(description="date by the site's clocks")
    fired: int


class Firing(BaseModel):
    """An event for which the rule would have fired."""

    event_id: UUID
    captured_at: datetime
    camera_id: UUID
    camera_name: str
    plate: str
    country: str
    direction: str
    confidence: float
    lists: tuple[str, ...]


class DryRunOut(BaseModel):
    """What the rule would have done with these events as they are stored, on the lists that they were on then."""

    fired: int
    looked_at: int = Field(description="events with a plate in that time")
    by_day: list[DayCount] = Field(description="days on which it would have fired, oldest first")
    not_fired: dict[str, int] = Field(description="of the others, how many for which reason")
    newest: list[Firing] = Field(description="the newest for which it would have fired, newest first")
    stopped_at: datetime | None = Field(description="later events were too many to be looked at; null when all were")
