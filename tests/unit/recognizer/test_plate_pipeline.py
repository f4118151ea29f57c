"""From whole plates to readings: rows, second opinions, views, and what is said of plates that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from services.recognizer.contracts import Ask, Picture, Place, RawText
from services.recognizer.plate_pipeline import PlatePipeline
from shared.geometry import Box, Quad
from shared.messages import UnreadReason

Spelled = Callable[..., RawText]
NOTHING = RawText((), ())


def scene(width: int = 640, height: int = 480) -> Picture:
    """Noise, so that contrast and sharpness are those of something."""
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)


def waves() -> Picture:
    """Much contrast and no edge."""
    row = (127 + 120 * np.sin(np.arange(640) / 18)).astype(np.uint8)
    return np.tile(row[None, :, None], (480, 1, 3))


class Plates:
    """A locator that finds the same boxes in every picture that it is shown, moved as the picture was cut."""

    def __init__(self, *boxes: Box, score: float = 0.9) -> None:
        self._boxes, self._score = boxes, score
        self.shown: list[tuple[int, ...]] = []

    def locate(self, image: Picture) -> tuple[Place, ...]:
        self.shown.append(image.shape)
        return tuple(Place(Quad.of_box(box), self._score) for box in self._boxes)


class Texts:
    """A reader that answers with what it was given, call by call; the same again where it is shown more crops."""

    def __init__(self, *calls: tuple[RawText, ...]) -> None:
        self._calls = list(calls)
        self.asked: list[int] = []

    def read(self, crops: Sequence[Picture]) -> tuple[RawText, ...]:
        self.asked.append(len(crops))
        answers = self._calls.pop(0) if crops else ()
        return answers * (len(crops) // max(1, len(answers)))


def plate(x: int = 300, y: int = 200, width: int = 120, height: int = 26) -> Box:
    return Box(x=x, y=y, width=width, height=height)


def test_a_sure_reading_is_not_asked_for_again(spell: Spelled) -> None:
    thorough = Texts()
    found = PlatePipeline(Plates(plate()), Texts((spell("RK043XL", 0.99),)), thorough).read(scene())
    assert [p.text for p in found.plates] == ["RK043XL"]
    assert found.plates[0].box == plate()
    assert thorough.asked == [0]


def test_an_unsure_reading_that_is_confirmed_becomes_surer(spell: Spelled) -> None:
    quick, thorough = Texts((spell("RK043XL", 0.85),)), Texts((spell("RK043XL", 0.9),))
    found = PlatePipeline(Plates(plate()), quick, thorough).read(scene())
    assert [p.text for p in found.plates] == ["RK043XL"]
    assert found.plates[0].settled.confidence > 0.95


def test_of_two_readings_that_differ_the_surer_wins_and_is_less_sure(spell: Spelled) -> None:
    quick, thorough = Texts((spell("RK043XI", 0.8),)), Texts((spell("RK043XL", 0.95),))
    found = PlatePipeline(Plates(plate()), quick, thorough).read(scene())
    assert [p.text for p in found.plates] == ["RK043XL"]
    assert found.plates[0].settled.confidence < 0.945


def test_two_sure_looks_that_differ_are_settled_by_the_second_reader(spell: Spelled) -> None:
    quick = Texts((spell("F04XAK", 0.99), spell("IF04XAK", 0.98)))
    thorough = Texts((spell("IF04XAK", 0.9),))
    found = PlatePipeline(Plates(plate()), quick, thorough).read(scene(), Ask(countries=("ROU",)))
    assert thorough.asked == [1]
    assert [p.text for p in found.plates] == ["IF04XAK"]
    assert found.plates[0].settled.confidence < 0.98


def test_only_the_unsure_plates_are_asked_for_again(spell: Spelled) -> None:
    quick = Texts((spell("RK043XL", 0.99), spell("4B80393", 0.7)))
    thorough = Texts((spell("4B80393", 0.9),))
    found = PlatePipeline(Plates(plate(), plate(y=300)), quick, thorough).read(scene())
    assert thorough.asked == [1]
    assert {p.text for p in found.plates} == {"RK043XL", "4B80393"}


def test_a_squarish_plate_is_read_as_one_row_and_as_two(spell: Spelled) -> None:
    quick = Texts((spell("B2", 0.3), spell("BN"), spell("347IK")))
    found = PlatePipeline(Plates(plate(width=60, height=45)), quick).read(scene(), Ask(countries=("SVK",)))
    assert quick.asked == [6]
    assert [p.text for p in found.plates] == ["BN347IK"]


def test_a_squarish_plate_with_one_row_is_not_torn_in_two(spell: Spelled) -> None:
    quick = Texts((spell("ABC1234", 0.99), spell("1", 0.3), spell("L", 0.3)))
    found = PlatePipeline(Plates(plate(width=60, height=30)), quick).read(scene())
    assert [p.text for p in found.plates] == ["ABC1234"]


def test_a_plate_that_the_border_cuts_is_told_and_not_guessed(spell: Spelled) -> None:
    quick = Texts((spell("RK043XL"),))
    found = PlatePipeline(Plates(plate(x=-20)), quick).read(scene())
    assert quick.asked == [0]
    assert found.plates == ()
    assert [(u.reason, u.box.x) for u in found.unread] == [(UnreadReason.CLIPPED, 0)]


@pytest.mark.parametrize(
    ("box", "picture", "reason"),
    [
        (plate(width=40, height=9), scene(), UnreadReason.TOO_SMALL),
        (plate(), np.full((480, 640, 3), 90, np.uint8), UnreadReason.LOW_CONTRAST),
        (plate(), waves(), UnreadReason.BLURRED),
        (plate(), scene(), UnreadReason.NO_GRAMMAR),
    ],
    ids=["too small", "low contrast", "blurred", "no grammar"],
)
def test_why_a_plate_was_not_read_is_told(box: Box, picture: Picture, reason: UnreadReason) -> None:
    found = PlatePipeline(Plates(box), Texts((NOTHING,))).read(picture)
    assert [u.reason for u in found.unread] == [reason]
    assert found.unread[0].as_unread("key").crop_key == "key"


@pytest.mark.parametrize(("text", "told"), [("RK043XL", ["RK043XL"]), ("FIAT", []), ("", [])])
def test_on_a_faint_find_only_what_has_the_form_of_a_plate_is_believed(
    spell: Spelled, text: str, told: list[str]
) -> None:
    raw = spell(text) if text else NOTHING
    found = PlatePipeline(Plates(plate(), score=0.35), Texts((raw,))).read(scene())
    assert [p.text for p in found.plates] == told
    assert found.unread == ()


def test_a_word_on_a_clear_plate_is_believed(spell: Spelled) -> None:
    found = PlatePipeline(Plates(plate()), Texts((spell("GRELIK"),))).read(scene())
    assert [p.text for p in found.plates] == ["GRELIK"]


def test_plates_outside_the_regions_are_not_even_read(spell: Spelled) -> None:
    quick = Texts((spell("RK903UI"),))
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    found = PlatePipeline(Plates(plate(x=100), plate(x=480)), quick).read(scene(), Ask(regions=(left,)))
    assert quick.asked == [2]
    assert [p.text for p in found.plates] == ["RK903UI"]


def test_a_plate_seen_in_two_views_is_read_once_and_where_it_is(spell: Spelled) -> None:
    views = (Box(x=0, y=0, width=400, height=480), Box(x=0, y=0, width=640, height=480))
    locator, quick = Plates(plate(x=100)), Texts((spell("RK903UI"),))
    found = PlatePipeline(locator, quick).read(scene(), Ask(views=views))
    assert [shape[1] for shape in locator.shown] == [400, 640]
    assert quick.asked == [2]
    assert found.plates[0].box == plate(x=100)


def test_of_a_plate_that_a_view_cuts_the_whole_picture_has_the_say(spell: Spelled) -> None:
    class Cut(Plates):
        def locate(self, image: Picture) -> tuple[Place, ...]:
            width = 120 if image.shape[1] == 640 else 60
            return (Place(Quad.of_box(plate(x=140, width=width)), 0.9),)

    views = (Box(x=0, y=0, width=640, height=480), Box(x=0, y=0, width=200, height=480))
    found = PlatePipeline(Cut(), Texts((spell("RK903UI"),))).read(scene(), Ask(views=views))
    assert [p.box for p in found.plates] == [plate(x=140)]


def test_of_two_views_the_closer_one_tells_the_corners(spell: Spelled) -> None:
    class Coarse(Plates):
        def locate(self, image: Picture) -> tuple[Place, ...]:
            grown = 20 if image.shape[1] == 640 else 0
            return (Place(Quad.of_box(plate(x=100 - grown, width=100 + 2 * grown)), 0.9),)

    views = (Box(x=0, y=0, width=640, height=480), Box(x=0, y=0, width=300, height=480))
    found = PlatePipeline(Coarse(), Texts((spell("RK903UI"),))).read(scene(), Ask(views=views))
    assert [p.box for p in found.plates] == [plate(x=100, width=100)]


def test_a_find_in_a_part_is_moved_to_its_place_in_the_picture(spell: Spelled) -> None:
    view = Box(x=200, y=100, width=400, height=300)
    found = PlatePipeline(Plates(plate(x=10, y=20)), Texts((spell("RK903UI"),))).read(scene(), Ask(views=(view,)))
    assert found.plates[0].box == plate(x=210, y=120)


def test_a_picture_without_plates_asks_no_reader(spell: Spelled) -> None:
    locator, quick = Plates(), Texts()
    found = PlatePipeline(locator, quick, Texts()).read(scene(), Ask(views=(Box(x=0, y=0, width=640, height=480),)))
    assert (found.plates, found.unread) == ((), ())
    assert (len(locator.shown), quick.asked) == (1, [0])


def test_a_read_travels_with_its_country_and_the_rejected_alternatives(spell: Spelled) -> None:
    raw = spell("RKO43XL", at2=(("O", 0.6), ("0", 0.39)))
    found = PlatePipeline(Plates(plate()), Texts((raw,))).read(scene(), Ask(countries=("SVK",)))
    read = found.plates[0].as_read("crop")
    assert (read.text, read.raw, read.country, read.crop_key) == ("RK043XL", "RKO43XL", "SVK", "crop")
    assert all(other.text != read.text or other.country != read.country for other in read.alternatives)
