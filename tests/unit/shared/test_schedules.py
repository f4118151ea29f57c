"""Weekly schedules by the wall clock, over midnight, the turn of the week and both changes of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.schedules import Period, Schedule, Weekday

KYIV = ZoneInfo("Europe/Kyiv")
ZONES = st.sampled_from(
    ["UTC", "Europe/Kyiv", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"]
)
MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
CLOCK = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")
DAYS = st.sets(st.sampled_from(Weekday), min_size=1).map(lambda days: tuple(sorted(days)))


def schedule(days: tuple[Weekday, ...], start: str, end: str) -> Schedule:
    return Schedule(periods=(Period(days=days, start=start, end=end),))


@given(DAYS, CLOCK, CLOCK, MOMENTS, ZONES)
def test_a_period_holds_from_its_start_until_just_before_its_end(
    days: tuple[Weekday, ...], start: str, end: str, at: datetime, zone: str
) -> None:
    end = "24:00" if start == end else end
    local = at.astimezone(ZoneInfo(zone))
    clock, today = f"{local:%H:%M}", list(Weekday)[local.weekday()]
    yesterday = list(Weekday)[local.weekday() - 1]
    if start < end:
        expected = today in days and start <= clock < end
    else:
        expected = (today in days and clock >= start) or (yesterday in days and clock < end)
    assert schedule(days, start, end).holds(at, ZoneInfo(zone)) is expected


@given(CLOCK, CLOCK, MOMENTS, ZONES)
def test_a_shift_and_the_shift_that_relieves_it_share_all_time(start: str, end: str, at: datetime, zone: str) -> None:
    if start == end:
        return
    day, night = schedule(tuple(Weekday), start, end), schedule(tuple(Weekday), end, start)
    assert day.holds(at, ZoneInfo(zone)) is not night.holds(at, ZoneInfo(zone))


@given(MOMENTS, ZONES)
def test_whole_days_all_week_are_always(at: datetime, zone: str) -> None:
    assert schedule(tuple(Weekday), "00:00", "24:00").holds(at, ZoneInfo(zone))


def minutes(held: Schedule, zone: ZoneInfo, begin: datetime, hours: int) -> int:
    moments = (begin + timedelta(minutes=minute) for minute in range(60 * hours))
    return sum(held.holds(at, zone) for at in moments)


def test_a_night_shift_is_an_hour_longer_or_shorter_when_the_clocks_change() -> None:
    night = schedule((Weekday.SAT,), "22:00", "06:00")
    usual = minutes(night, KYIV, datetime(2026, 3, 21, 12, tzinfo=UTC), 24)
    spring = minutes(night, KYIV, datetime(2026, 3, 28, 12, tzinfo=UTC), 24)
    autumn = minutes(night, KYIV, datetime(2026, 10, 24, 12, tzinfo=UTC), 24)
    assert (usual, spring, autumn) == (8 * 60, 7 * 60, 9 * 60)


def test_the_hour_that_is_skipped_never_comes_and_the_one_that_repeats_counts_twice() -> None:
    three_to_four = schedule((Weekday.SUN,), "03:00", "04:00")
    assert minutes(three_to_four, KYIV, datetime(2026, 3, 28, 22, tzinfo=UTC), 24) == 0
    assert minutes(three_to_four, KYIV, datetime(2026, 10, 24, 21, tzinfo=UTC), 25) == 120


def test_sunday_night_goes_on_into_monday() -> None:
    night = schedule((Weekday.SUN,), "23:00", "01:00")
    assert night.holds(datetime(2026, 3, 16, 0, 59, tzinfo=UTC), ZoneInfo("UTC"))
    assert not night.holds(datetime(2026, 3, 16, 1, 0, tzinfo=UTC), ZoneInfo("UTC"))
    assert not night.holds(datetime(2026, 3, 15, 0, 30, tzinfo=UTC), ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("start", "end"), [("08:00", "08:00"), ("24:00", "06:00"), ("8:00", "9:00"), ("08:00", "24:01")]
)
def test_a_period_without_length_or_with_odd_times_is_refused(start: str, end: str) -> None:
    with pytest.raises(ValidationError):
        Period(days=(Weekday.MON,), start=start, end=end)
