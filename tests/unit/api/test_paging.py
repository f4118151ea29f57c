"""Cursors come back as what they were, and nothing else is one."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.paging import open_place, seal_place
from shared.errors import Invalid

times = st.datetimes(min_value=datetime(1990, 1, 1), timezones=st.just(UTC))


@given(times, st.uuids())
def test_a_cursor_opens_to_the_row_that_it_was_made_of(moment: datetime, row: UUID) -> None:
    assert open_place(seal_place(moment, row)) == (moment, row)


@given(st.text(max_size=80))
def test_any_other_text_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(Invalid, match="not one that this server gave"):
        open_place(text)


def test_a_time_without_zone_is_refused() -> None:
    naive = seal_place(datetime(2026, 1, 1), UUID(int=1))
    with pytest.raises(Invalid):
        open_place(naive)
