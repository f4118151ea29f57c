"""Voting: what several readings of one plate say together."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.reactor.vote import MOST_CANDIDATES, Ballot, Verdict, decide
from shared.geometry import Box
from shared.messages import Character, Read
from shared.testing import a_read, frame_reads

CAMERA = UUID(int=7)
PLATE = "AB12CDE"


def vote(reads: Iterable[Read]) -> Verdict:
    ballot = Ballot()
    for second, read in enumerate(reads):
        ballot = ballot.with_read(read, frame_reads(CAMERA, read, second=second))
    return decide(Ballot.model_validate_json(ballot.model_dump_json()))


def test_positions_are_voted_so_that_no_single_read_need_be_right() -> None:
    verdict = vote(a_read(text) for text in ("XB12CDE", "AB72CDE", "AB12CDK"))
    assert verdict.text == PLATE
    assert len(verdict.characters) == len(PLATE)
    assert verdict.agreeing == 3


def test_a_sure_sharp_read_outweighs_two_unsure_blurred_ones() -> None:
    blurred = [a_read("AB12CD6", confidence=0.5, sharpness=20)] * 2
    assert vote([*blurred, a_read(PLATE, confidence=0.99, sharpness=2000)]).text == PLATE


def test_a_cluster_of_similar_texts_beats_one_surer_stranger() -> None:
    verdict = vote([a_read("NISSAN", confidence=0.99), *(a_read(t, confidence=0.7) for t in (PLATE, "A812CDE", PLATE))])
    assert verdict.text == PLATE


def test_clipped_reads_support_and_do_not_win() -> None:
    verdict = vote([*[a_read("AB12C")] * 5, *[a_read(PLATE)] * 2])
    assert verdict.text == PLATE


def test_one_read_with_a_character_too_many_gathers_nothing() -> None:
    assert vote([*[a_read(PLATE)] * 6, a_read("1" + PLATE)]).text == PLATE


def test_reads_that_each_add_another_character_gather_nothing_together() -> None:
    odd = [a_read(f"{band}{PLATE}") for band in ("B", "S", "A", "H", "B")]
    assert vote([*[a_read(PLATE)] * 12, *odd]).text == PLATE


def test_a_box_at_the_edge_of_the_picture_counts_little() -> None:
    edge = a_read("AB12COE", box=Box(x=0, y=200, width=120, height=30))
    assert vote([edge, edge, a_read(PLATE)]).text == PLATE


def test_alternatives_of_a_character_vote_too() -> None:
    unsure = Character(options=(("8", 0.5), ("B", 0.45)))
    doubtful = a_read("A812CDE").model_copy(
        update={"characters": (*a_read("A").characters, unsure, *a_read("12CDE").characters)}
    )
    assert vote([doubtful, a_read(PLATE, confidence=0.93)]).text == PLATE


def test_the_country_with_most_weight_wins_and_unknown_does_not_count() -> None:
    reads = [a_read(PLATE), a_read(PLATE), a_read(PLATE).model_copy(update={"country": "GBR"})]
    assert vote(reads).country == "GBR"


def test_the_evidence_is_the_best_read_of_the_winning_text() -> None:
    reads = [
        a_read(PLATE, sharpness=50),
        a_read(PLATE, sharpness=500),
        a_read("A812CDE", sharpness=5000, confidence=0.7),
    ]
    marked = [read.model_copy(update={"crop_key": str(i)}) for i, read in enumerate(reads)]
    assert vote(marked).evidence.crop_key == "1"


def test_three_agreeing_reads_decide_and_a_strong_rival_prevents_it() -> None:
    assert vote([a_read(PLATE)] * 3).decided
    assert not vote([a_read(PLATE)] * 2).decided
    assert not vote([*[a_read(PLATE)] * 3, *[a_read("KR7713X")] * 2]).decided


@given(st.lists(st.tuples(st.text("AB128", min_size=2, max_size=8), st.floats(0, 1), st.floats(0, 1e4)), min_size=1))
def test_any_reads_give_a_verdict_of_bounded_size(reads: list[tuple[str, float, float]]) -> None:
    ballot = Ballot()
    for text, confidence, sharpness in reads:
        read = a_read(text, confidence=confidence, sharpness=sharpness)
        ballot = ballot.with_read(read, frame_reads(CAMERA, read))
    verdict = decide(ballot)
    assert len(ballot.candidates) <= MOST_CANDIDATES
    assert len(verdict.text) == len(verdict.characters)
    assert 0 <= verdict.confidence <= 1
