"""Moments in every form that clients send."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.webapi.parameters import moment
from shared.errors import Invalid


def kyiv() -> ZoneInfo:
    return ZoneInfo("Europe/Kyiv")


WHEN = datetime(2026, 3, 14, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-14T10:30:00Z",
        "2026-03-14T12:30:00+02:00",
        "2026-03-14T12:30:00 02:00",
        "2026-03-14 12:30",
        "2026-03-14T12:30:00",
        "20260314T103000Z",
        "20260314T123000+0200",
        "1773484200",
        "1773484200.0",
        "1773484200000",
        "1773484200000000",
    ],
)
def test_a_moment_may_be_written_in_many_ways(text: str) -> None:
    assert moment(text, kyiv, "from") == WHEN


def test_a_date_begins_at_midnight_on_the_sites_clocks() -> None:
    midnight = datetime(2026, 3, 13, 22, tzinfo=UTC)
    assert moment("2026-03-14", kyiv, "from") == midnight
    assert moment("20260314", kyiv, "from") == midnight
    assert moment("", kyiv, "from") is None
    assert moment(None, kyiv, "from") is None


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "9" * 40, "0001-01-01", "-1", "1e9", "٣٤", "'; --"])
def test_what_is_no_moment_is_refused_with_the_parameters_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        moment(text, kyiv, "to")
    assert refused.value.field == "to"


@given(st.text(max_size=40))
def test_no_text_does_anything_else(text: str) -> None:
    try:
        found = moment(text, kyiv, "from")
    except Invalid:
        return
    assert found is None or found.tzinfo is UTC
