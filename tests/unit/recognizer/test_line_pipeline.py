"""From lines and texts to plates: what is joined, kept once, looked at again and reported where."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from services.recognizer.contracts import Ask, Picture, Place, RawText
from services.recognizer.line_pipeline import LinePipeline
from shared.geometry import Box, Quad

Spelled = Callable[..., RawText]
SCENE: Picture = np.full((480, 640, 3), 120, np.uint8)


class Lines:
    """A locator that always finds the same."""

    def __init__(self, *boxes: Box) -> None:
        self._boxes = boxes

    def locate(self, image: Picture) -> tuple[Place, ...]:
        return tuple(Place(Quad.of_box(box)) for box in self._boxes)


class Texts:
    """A reader that answers with what it was given, look by look."""

    def __init__(self, *looks: tuple[RawText, ...]) -> None:
        self._looks = list(looks)
        self.asked: list[int] = []

    def read(self, crops: Sequence[Picture]) -> tuple[RawText, ...]:
        self.asked.append(len(crops))
        return self._looks.pop(0) if crops else ()


def line(x: int, y: int, width: int = 90, height: int = 20) -> Box:
    return Box(x=x, y=y, width=width, height=height)


def test_a_plate_is_reported_with_its_place_its_letters_and_its_crop(spell: Spelled) -> None:
    plates = LinePipeline(Lines(line(300, 200)), Texts((spell("RKO43XL"),))).read(SCENE, Ask(countries=("SVK",))).plates
    assert [(p.text, p.raw, p.settled.country) for p in plates] == [("RK043XL", "RKO43XL", "SVK")]
    assert plates[0].box.iou(line(300, 200)) > 0.8
    assert len(plates[0].settled.characters) == 7
    assert plates[0].crop.ndim == 3
    assert plates[0].sharpness == pytest.approx(0)


def test_what_is_no_plate_is_left_out_and_the_most_confident_comes_first(spell: Spelled) -> None:
    reader = Texts((spell("SKODA"), spell("RK903UI", 0.9), spell("4B80393", 0.99)))
    plates = LinePipeline(Lines(line(10, 10), line(300, 200), line(300, 300)), reader).read(SCENE).plates
    assert [p.text for p in plates] == ["4B80393", "RK903UI"]


def test_lines_outside_the_regions_are_not_even_read(spell: Spelled) -> None:
    reader = Texts((spell("RK903UI"),))
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    plates = LinePipeline(Lines(line(100, 200), line(500, 200)), reader).read(SCENE, Ask(regions=(left,))).plates
    assert reader.asked[0] == 1
    assert [p.text for p in plates] == ["RK903UI"]


def test_the_same_place_is_reported_once(spell: Spelled) -> None:
    reader = Texts((spell("RK903U", 0.99), spell("RK903UI", 0.98)))
    plates = LinePipeline(Lines(line(300, 200, 75), line(298, 199, 92, 22)), reader).read(SCENE).plates
    assert [p.text for p in plates] == ["RK903UI"]


def test_two_rows_become_one_plate(spell: Spelled) -> None:
    reader = Texts((spell("BN"), spell("347IK")))
    plates = (
        LinePipeline(Lines(line(300, 200, 40), line(290, 224, 70)), reader).read(SCENE, Ask(countries=("SVK",))).plates
    )
    assert [p.text for p in plates] == ["BN347IK"]
    assert plates[0].box.height > 38


def test_a_row_that_was_found_in_two_parts_becomes_one_plate(spell: Spelled) -> None:
    reader = Texts((spell("MT943XJ"[2:]), spell("MT")))
    plates = (
        LinePipeline(Lines(line(340, 200, 70), line(300, 200, 35)), reader).read(SCENE, Ask(countries=("SVK",))).plates
    )
    assert [p.text for p in plates] == ["MT943XJ"]
    assert plates[0].box.width > 100


def test_a_doubtful_text_is_looked_at_again_and_the_better_reading_wins(spell: Spelled) -> None:
    doubtful = spell("RK9O3U", at5=(("U", 0.5),))
    reader = Texts((doubtful, spell("4B80393")), (spell("RK903UI"),))
    plates = LinePipeline(Lines(line(300, 200), line(300, 300)), reader).read(SCENE).plates
    assert reader.asked == [2, 1]
    assert {p.text for p in plates} == {"RK903UI", "4B80393"}


def test_an_empty_picture_has_no_plates() -> None:
    assert LinePipeline(Lines(), Texts()).read(SCENE).plates == ()
