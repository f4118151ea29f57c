"""Which lists hold a plate."""

from __future__ import annotations

from datetime import timedelta

from services.reactor.lists import Listed, Lists
from shared.testing import NOON

DAY = timedelta(days=1)


def test_exact_entries_and_patterns_match_and_black_comes_first() -> None:
    lists = Lists(
        [
            Listed("staff", "named", "AB12??E", pattern=True),
            Listed("white", "white", "AB12CDE"),
            Listed("black", "black", "*CDE", pattern=True),
            Listed("police", "named", "AB12CDE"),
            Listed("guests", "named", "XY99ZZZ"),
        ]
    )
    hits = lists.of("AB12CDE", NOON)
    assert [(hit.list, hit.kind, hit.how) for hit in hits] == [
        ("black", "black", "pattern"),
        ("white", "white", "exact"),
        ("police", "named", "exact"),
        ("staff", "named", "pattern"),
    ]
    assert [hit.list for hit in lists.of("XY99ZZZ", NOON)] == ["guests"]
    assert lists.of("QQ11QQQ", NOON) == ()


def test_plates_are_compared_in_normal_form() -> None:
    (hit,) = Lists([Listed("white", "white", "AB12CDE")]).of("ав-12 cde", NOON)
    assert (hit.list, hit.entry) == ("white", "AB12CDE")


def test_an_entry_counts_only_while_it_is_valid() -> None:
    lists = Lists([Listed("white", "white", "AB12CDE", valid_from=NOON, valid_to=NOON + DAY)])
    moments = [NOON - DAY, NOON, NOON + DAY / 2, NOON + DAY]
    assert [bool(lists.of("AB12CDE", moment)) for moment in moments] == [False, True, True, False]


def test_every_entry_that_matches_is_told() -> None:
    lists = Lists([Listed("white", "white", "AB12CDE"), Listed("white", "white", "AB*", pattern=True)])
    assert [(hit.entry, hit.how) for hit in lists.of("AB12CDE", NOON)] == [("AB12CDE", "exact"), ("AB*", "pattern")]
