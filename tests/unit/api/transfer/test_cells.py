"""Values of single cells."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.transfer.cells import Cell, bare, free_text, moment, neutralised, schedule, shown, text_of
from shared.errors import Invalid

KYIV = ZoneInfo("Europe/Kyiv")


@pytest.mark.parametrize("dangerous", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1+1"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(dangerous: str) -> None:
    assert neutralised(dangerous) == "'" + dangerous


@pytest.mark.parametrize("harmless", ["", "AA1234BB", "a=b", "'quoted'", "O'Neil", "1-2"])
def test_other_texts_stay_as_they_are(harmless: str) -> None:
    assert neutralised(harmless) == harmless == bare(harmless)


@given(st.text(alphabet="'=+-@\t\rAb1 ", max_size=8))
def test_taking_the_apostrophe_off_is_the_exact_reverse(text: str) -> None:
    assert bare(neutralised(text)) == text
    assert not neutralised(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize(
    ("cell", "text"),
    [(None, ""), (123456.0, "123456"), (12, "12"), (1.5, "1.5"), ("  AA 12 ", "AA 12"), (True, "True")],
)
def test_a_number_in_a_spreadsheet_is_the_plate_that_it_shows(cell: Cell, text: str) -> None:
    assert text_of(cell) == text


@pytest.mark.parametrize(
    ("written", "ends", "utc"),
    [
        ("2026-07-01T10:00:00+00:00", False, datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-07-01T10:00", False, datetime(2026, 7, 1, 7, tzinfo=UTC)),
        ("2026-07-01", False, datetime(2026, 6, 30, 21, tzinfo=UTC)),
        ("2026-07-01", True, datetime(2026, 7, 1, 21, tzinfo=UTC)),
        ("1.7.2026", True, datetime(2026, 7, 1, 21, tzinfo=UTC)),
        ("01.07.2026 18:30", True, datetime(2026, 7, 1, 15, 30, tzinfo=UTC)),
        # The clocks go back on that day, which has 25 hours.
        ("2026-10-25", True, datetime(2026, 10, 25, 22, tzinfo=UTC)),
        (datetime(2026, 7, 1), True, datetime(2026, 7, 1, 21, tzinfo=UTC)),
        (datetime(2026, 7, 1, 18), True, datetime(2026, 7, 1, 15, tzinfo=UTC)),
    ],
)
def test_a_time_without_zone_is_the_sites_and_a_last_day_counts_whole(written: Cell, ends: bool, utc: datetime) -> None:
    assert moment(written, "valid_to", KYIV, ends=ends) == utc


@pytest.mark.parametrize("written", ["tomorrow", "31.02.2026", "12/31/2026", "2026-13-01", "9999-12-31"])
def test_what_is_no_date_is_refused_by_the_columns_name(written: str) -> None:
    with pytest.raises(Invalid, match="valid_to"):
        moment(written, "valid_to", ZoneInfo("America/Los_Angeles"), ends=True)


def test_an_empty_cell_is_no_time_and_no_schedule() -> None:
    assert moment(" ", "valid_to", KYIV, ends=True) is None
    assert schedule("", "schedule") is None


@pytest.mark.parametrize(
    "written",
    [
        *("nonsense", "[1]", "NaN", "[" * 9999, '{"periods": []}', '{"periods": [{"days": ["mon"]}]}'),
        '{"periods": [{"days": ["mon"], "start": "08:00", "end": "08:00"}]}',
        '{"periods": [{"days": ["mon"], "start": "08:00", "end": "17:00", "zone": "UTC"}]}',
        '{"periods": [{"days": ["\\ud800"], "start": "08:00", "end": "17:00"}]}',
    ],
)
def test_what_is_no_schedule_is_refused(written: str) -> None:
    with pytest.raises(Invalid, match="schedule"):
        schedule(written, "schedule")


def test_notes_hold_no_control_characters_and_are_not_endless() -> None:
    assert free_text(" till Friday ", "note") == "till Friday"
    assert free_text("two\r\n lines\tand a tab", "note") == "two lines and a tab"
    for wrong in ("a\0b", "x" * 501, "right \u202e left"):
        with pytest.raises(Invalid, match="note"):
            free_text(wrong, "note")


def test_a_report_shows_nothing_that_cannot_be_stored() -> None:
    assert shown("a\0b\ud800") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    assert len(shown("x" * 1000)) == 64
