"""Answers become figures, a table and a picture."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from rich.console import Console

from benchmarks.chart import scatter
from benchmarks.contracts import Answer, Plate
from benchmarks.report import Answers, speed_table, stage_table, table


def answer(ms: float, text: str = "AB123", **stages: float) -> Answer:
    plates: list[Plate] = [{"text": text, "confidence": 0.9, "box": [0, 0, 10, 5]}]
    return {"plates": plates, "ms": ms, "wall_ms": 2 * ms, "stages": stages, "memory_mb": 100 + ms}


def test_plates_are_those_of_the_first_round_and_times_those_of_all() -> None:
    answers = Answers()
    for ms, text in ((10.0, "AB123"), (30.0, "WRONG"), (20.0, "WRONG")):
        answers.add("a.jpg", answer(ms, text))
    figures = answers.figures([{"file": "a.jpg", "plates": [{"text": "AB123"}]}])
    assert figures["score"] is not None
    assert figures["score"]["exact"] == 1.0
    assert figures["ms"] == {"median": 20.0, "p95": 20.0}
    assert figures["wall_ms"]["median"] == 40.0
    assert figures["memory_mb"] == 130.0


def test_what_no_stage_took_is_the_rest() -> None:
    answers = Answers()
    answers.add("a.jpg", answer(10.0, locate=6.0, read=3.0))
    assert answers.figures([])["stages"]["rest"]["median"] == pytest.approx(1.0)
    assert answers.figures([])["score"] is None


def test_tables_name_every_engine_and_leave_out_what_is_not_known() -> None:
    one, other = Answers(), Answers()
    one.add("a.jpg", answer(10.0, locate=6.0))
    other.add("a.jpg", answer(12.0))
    figures = {"one": one.figures([]), "other": other.figures([])}
    speeds = speed_table({"one": {1: 5.0, 2: 9.5}, "other": {1: 4.0}})
    console = Console(width=120)
    for shown in (table("t", figures), stage_table("t", figures), speeds):
        with console.capture() as text:
            console.print(shown)
        assert all(word in text.get() for word in ("one", "other", "–"))


@pytest.mark.parametrize("points", [{}, {"a": (12.0, 1.0)}, {"a<b": (8.0, 0.95), "c": (250.0, 0.4)}])
def test_the_chart_is_an_svg_with_a_point_for_each_engine_inside_it(points: dict[str, tuple[float, float]]) -> None:
    root = ElementTree.fromstring(scatter("Recognition of eu", points))
    _, _, width, height = (float(side) for side in root.attrib["viewBox"].split())
    circles = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in root.iter() if c.tag.endswith("circle")]
    assert len(circles) == len(points)
    assert all(0 < x < width and 0 < y < height for x, y in circles)


def test_faster_is_further_left_and_better_further_up() -> None:
    root = ElementTree.fromstring(scatter("t", {"fast": (10.0, 0.9), "good": (100.0, 1.0)}))
    (fast, good) = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in root.iter() if c.tag.endswith("circle")]
    assert fast[0] < good[0]
    assert fast[1] > good[1]
