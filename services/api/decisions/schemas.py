"""Public JSON of decisions."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.api.events.schemas import CommandCard, DeliveryCard, EventDetail
from shared.rules.trace import RoundTrace


class DecisionOut(BaseModel):
    """From the frames to the deliveries."""

    event_id: UUID
    words: list[str] = Field(description="the whole story, a sentence each")
    event: EventDetail = Field(description="as it is now, with what single frames said and what was rejected")
    rounds: list[RoundTrace] = Field(description="each time that rules were tried: when it was reliable, when it left")
    deliveries: list[DeliveryCard]
    commands: list[CommandCard] = Field(description="orders to barriers")

    @classmethod
    def of(cls, event: EventDetail, rounds: list[RoundTrace], words: list[str]) -> Self:
        told = {"deliveries": list(event.deliveries), "commands": list(event.commands)}
        return cls.model_validate({"event_id": event.event_id, "words": words, "event": event, "rounds": rounds} | told)
