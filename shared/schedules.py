"""Weekly schedules by the wall clock of the site: a night shift is one period, and a change of clocks moves nothing."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

DAY = 24 * 60
WEEK = 7 * DAY


class Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


ORDER = {day: number for number, day in enumerate(Weekday)}
_BEFORE_MIDNIGHT = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
ClockTime = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", examples=["07:30"])]


def _known_zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ValueError("this is no IANA time zone; they look like Europe/Kyiv") from None
    return zone


ZoneName = Annotated[
    str,
    Field(
        max_length=64,
        description="IANA time zone",
        examples=["Europe/Kyiv"],
        json_schema_extra={"pattern": "^[A-Za-z][A-Za-z0-9_+/-]*$"},
    ),
    AfterValidator(_known_zone),
]


class Period(BaseModel):
    """From `start` until just before `end` on these days; with an end that is earlier, until the following day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7, description="on which it starts")]
    start: Annotated[ClockTime, Field(json_schema_extra={"pattern": _BEFORE_MIDNIGHT})]
    end: ClockTime

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.start in ("24:00", self.end):
            raise ValueError("a period starts before 24:00 and has a length; a whole day is 00:00 to 24:00")
        return self


class Schedule(BaseModel):
    """The times of a week that belong to any of the periods."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    periods: Annotated[tuple[Period, ...], Field(min_length=1, max_length=50)]

    def holds(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether clocks in that zone show a time of the schedule at this moment.

        An hour that the clocks show twice belongs to it twice; one that they skip never comes.
        """
        local = at.astimezone(zone)
        return bool(self._minutes[local.weekday() * DAY + local.hour * 60 + local.minute])

    @cached_property
    def _minutes(self) -> bytes:
        """One byte for each minute of a week from Monday on, 1 where it belongs to the schedule."""
        week = bytearray(WEEK)
        for period in self.periods:
            start, end = _minute(period.start), _minute(period.end)
            length = (end - start) % DAY or DAY
            for day in period.days:
                first = ORDER[day] * DAY + start
                for minute in range(first, first + length):
                    week[minute % WEEK] = 1
        return bytes(week)


def _minute(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)
