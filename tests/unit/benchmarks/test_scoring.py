"""The figures of the comparison on cases that a person can check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.contracts import Plate
from benchmarks.scoring import Labels, load, score

BOX = [100, 100, 100, 20]


def plate(text: str, confidence: float = 0.9, box: list[int] | None = None) -> Plate:
    return {"text": text, "confidence": confidence, "box": BOX if box is None else box}


def labelled(text: str, file: str = "a.jpg") -> Labels:
    return {"file": file, "plates": [{"text": text, "box": BOX}]}


def test_spelling_does_not_count_and_look_alikes_count_as_folded_only() -> None:
    labels = [labelled("AB 12-OI", "a.jpg"), labelled("AB12OI", "b.jpg")]
    result = score(labels, {"a.jpg": [plate("ab12oi")], "b.jpg": [plate("AB1201")]})
    assert (result["exact"], result["folded"], result["best_exact"]) == (0.5, 1.0, 0.5)
    assert result["misses"] == ["b.jpg: AB12OI read as ['AB1201']"]


def test_any_plate_of_the_picture_may_match_but_only_the_surest_is_best() -> None:
    result = score([labelled("AB123")], {"a.jpg": [plate("AB123", 0.6), plate("XY999", 0.8)]})
    assert (result["exact"], result["best_exact"], result["extra"]) == (1.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("box", "located"),
    [(BOX, 1.0), ([100, 100, 50, 20], 1.0), ([100, 100, 49, 20], 0.0), ([300, 300, 10, 10], 0.0), ([], 0.0)],
)
def test_a_box_that_shares_half_of_the_union_is_located(box: list[int], located: float) -> None:
    assert score([labelled("AB123")], {"a.jpg": [plate("?", box=box)]})["located"] == located


def test_a_picture_without_an_answer_counts_as_missed() -> None:
    result = score([labelled("AB123")], {})
    assert (result["exact"], result["located"], result["extra"]) == (0.0, 0.0, 0.0)


def test_plates_without_a_text_or_a_box_are_left_out_of_that_share() -> None:
    labels: list[Labels] = [{"file": "a.jpg", "plates": [{"box": BOX}, {"text": "AB123"}]}]
    result = score(labels, {"a.jpg": [plate("AB123")]})
    assert (result["plates"], result["exact"], result["located"], result["extra"]) == (1, 1.0, 1.0, 0.0)
    nothing = score([{"file": "a.jpg", "plates": []}], {})
    assert (nothing["exact"], nothing["located"]) == (None, None)


@given(st.lists(st.tuples(st.text("AO01I", min_size=1, max_size=4), st.text("AO01I", max_size=4)), min_size=1))
def test_exact_lies_between_best_exact_and_folded(pairs: list[tuple[str, str]]) -> None:
    labels = [labelled(wanted, f"{i}.jpg") for i, (wanted, _) in enumerate(pairs)]
    answers = {f"{i}.jpg": [plate(read), plate("A", 0.5)] for i, (_, read) in enumerate(pairs)}
    result = score(labels, answers)
    assert result["best_exact"] is not None
    assert result["exact"] is not None
    assert result["folded"] is not None
    assert result["best_exact"] <= result["exact"] <= result["folded"]


def test_labels_come_from_the_folder(tmp_path: Path) -> None:
    lines = [json.dumps(labelled("AB123")), "", json.dumps(labelled("CD456", "b.jpg"))]
    (tmp_path / "labels.jsonl").write_text("\n".join(lines), "utf-8")
    assert [picture["file"] for picture in load(tmp_path)] == ["a.jpg", "b.jpg"]
