"""What is deleted by its age: the site's settings for it, and how the last run went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.site import Setting

MOST_DAYS = 3650
Days = Annotated[int | None, Field(ge=1, le=MOST_DAYS)]


class Retention(Setting):
    """Days after which things are deleted; None keeps them for good. Pictures never outlast their event."""

    name = "retention"
    events_days: Days = 30
    pictures_days: Days = 30
    unread_days: Days = 30
    audit_days: Days = 365
    cameras: dict[UUID, Annotated[int, Field(ge=1, le=MOST_DAYS)]] = Field(default_factory=dict, max_length=1000)
    """Days of the pictures of single cameras."""


class RetentionRun(Setting):
    """The last run, which is begun again each night."""

    name = "retention_run"
    at: datetime | None = None
    sentence: str = ""


@dataclass(frozen=True)
class Cutoffs:
    """What is older than these is deleted; None deletes nothing.

    Attributes:
        pictures: of all cameras but those that have their own.
    """

    events: datetime | None
    unread: datetime | None
    pictures: datetime | None
    audit: datetime | None
    cameras: Mapping[UUID, datetime]

    @classmethod
    def of(cls, settings: Retention, moment: datetime) -> Cutoffs:
        events = before(moment, settings.events_days)
        # An event that goes takes its pictures along, whatever is said of pictures.
        return cls(
            events=events,
            unread=_later(before(moment, settings.unread_days), events),
            pictures=_later(before(moment, settings.pictures_days), events),
            audit=before(moment, settings.audit_days),
            cameras={
                camera: max(moment - timedelta(days=days), events or datetime.min.replace(tzinfo=moment.tzinfo))
                for camera, days in settings.cameras.items()
            },
        )


def before(moment: datetime, days: int | None) -> datetime | None:
    return None if days is None else moment - timedelta(days=days)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)
