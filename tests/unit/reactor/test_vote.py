"""Voting: what several readings of one plate say together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.reactor.ballot import MOST_CANDIDATES, Ballot
from services.reactor.vote import Verdict, decide
from shared.geometry import Box
from shared.messages import Alternative, Character, Read
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


def seen_as(text: str, *options: tuple[int, tuple[tuple[str, float], ...]], y: int = 200) -> Read:
    """A read whose characters are sure apart from the given positions."""
    read = a_read(text, box=Box(x=100, y=y, width=120, height=30))
    characters = list(read.characters)
    for place, likely in options:
        characters[place] = Character(options=likely)
    return read.model_copy(update={"characters": tuple(characters)})


def test_a_mistake_repeated_while_the_view_stays_does_not_outvote_independent_frames() -> None:
    standing = [seen_as("AR12CDE", y=300)] * 12
    moving = [seen_as(PLATE, y=60 + 40 * i) for i in range(4)]
    assert vote([*moving, *standing]).text == PLATE
    assert vote([*standing, *moving]).text == PLATE


def test_inside_a_view_the_majority_counts() -> None:
    assert vote([seen_as("AR12CDE"), *[seen_as(PLATE)] * 2] * 10).text == PLATE


def test_letters_are_never_mixed_to_a_block_that_no_frame_read() -> None:
    first = seen_as("KA1234BB", (1, (("A", 0.5), ("E", 0.45))))
    second = seen_as("AE1234BB", (0, (("A", 0.5), ("K", 0.45))), y=300)
    assert vote([first, second]).text in ("KA1234BB", "AE1234BB")


def test_blocks_of_different_countries_are_never_mixed() -> None:
    reads = [seen_as("KA1234BX"), seen_as("KX1234BB", y=300)]
    foreign = [reads[0], reads[1].model_copy(update={"country": "UKR"})]
    assert vote(foreign).text in ("KA1234BX", "KX1234BB")


def test_digits_of_a_serial_number_are_voted_on_one_by_one() -> None:
    reads = [seen_as(text, y=60 + 40 * i) for i, text in enumerate(("AB1934CD", "AB1284CD", "AB1239CD"))]
    assert vote(reads).text == "AB1234CD"


def test_a_rejected_alternative_of_one_frame_may_win_by_the_others_characters() -> None:
    unsure = seen_as("O812CDE", (1, (("8", 0.5), ("B", 0.45))), (0, (("O", 0.5), ("A", 0.4))))
    unsure = unsure.model_copy(update={"alternatives": (Alternative(text=PLATE, country="GBR", margin=0.1),)})
    verdict = vote([unsure, seen_as("AB12CD6", (6, (("6", 0.6), ("E", 0.3))), y=300)])
    assert (verdict.text, verdict.country, verdict.alternatives) == (PLATE, "GBR", ())


def test_region_and_alternatives_are_those_of_the_winning_reading() -> None:
    other = Alternative(text="KA1234B8", country="UKR", margin=0.7)
    right = seen_as("KA1234BB").model_copy(update={"country": "UKR", "region": "Kyiv", "alternatives": (other,)})
    wrong = seen_as("AA1234BB", y=300).model_copy(update={"country": "UKR", "region": "Odesa", "confidence": 0.7})
    verdict = vote([right, wrong, right])
    assert (verdict.text, verdict.country, verdict.region) == ("KA1234BB", "UKR", "Kyiv")
    assert verdict.alternatives == (other,)
    assert [(r.text, r.reads, r.surest) for r in verdict.readings] == [("KA1234BB", 2, 0.95), ("AA1234BB", 1, 0.7)]
    assert abs(sum(reading.share for reading in verdict.readings) - 1) < 0.001


def test_a_single_read_is_told_as_sure_as_it_was() -> None:
    read = seen_as(PLATE).model_copy(update={"confidence": 0.81})
    assert abs(vote([read]).confidence - 0.81) < 1e-6
    assert abs(vote([read] * 9).confidence - 0.81) < 1e-6


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
    assert verdict.text.isdigit() or blocks(verdict.text, str.isalpha) <= set().union(
        *(blocks(text, str.isalpha) for text, _, _ in reads)
    )


def blocks(text: str, kind: Callable[[str], bool]) -> set[str]:
    return {"".join(run) for is_kind, run in groupby(text, key=kind) if is_kind}
