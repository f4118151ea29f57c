from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.capture.lookahead import mark_last


@given(st.lists(st.integers()))
def test_every_item_comes_in_order_and_only_the_last_is_marked(items: list[int]) -> None:
    marked = list(mark_last(items))
    assert [item for item, _ in marked] == items
    assert [last for _, last in marked] == [False] * (len(items) - 1) + [True] * bool(items)
