"""Frames become reads and pictures, whatever the engine finds and whatever the frame is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import cv2
import numpy as np
import pytest

from services.recognizer.contracts import ANYTHING, Ask, Picture, Place
from services.recognizer.findings import Findings, FoundPlate, UnreadPlate
from services.recognizer.grammar.settle import Settled
from services.recognizer.worker import Recognizer
from shared import streams
from shared.clock import now
from shared.errors import InvalidMessage
from shared.geometry import Box, Quad
from shared.media import MediaStore
from shared.messages import Character, Frame, FrameReads, Origin, UnreadReason
from shared.streams import Entry
from shared.testing import Site, entries

CROP = np.full((30, 120, 3), 200, np.uint8)
BOX = Box(x=100, y=100, width=120, height=30)
JPEG = cv2.imencode(".jpg", np.full((480, 640, 3), 90, np.uint8))[1].tobytes()


def plate(text: str) -> FoundPlate:
    characters = tuple(Character(options=((letter, 0.9),)) for letter in text)
    settled = Settled(text, "SVK", "Košice", 0.9, characters, tuple(range(len(text))), 1.0, ())
    return FoundPlate(BOX, Quad.of_box(BOX), text, settled, 100.0, CROP)


def seen(reason: UnreadReason) -> UnreadPlate:
    return UnreadPlate(BOX, Quad.of_box(BOX), "", reason, 5.0, CROP)


@dataclass
class Engine:
    """Finds what it is told and remembers what it was asked; it is its own locator."""

    findings: Findings = field(default_factory=Findings)
    asked: list[Ask] = field(default_factory=list)
    glance: int = 0
    places: tuple[Place, ...] = ()
    glanced: list[tuple[int, ...]] = field(default_factory=list)

    @property
    def locator(self) -> Engine:
        return self

    def locate(self, image: Picture) -> tuple[Place, ...]:
        self.glanced.append(image.shape)
        return self.places

    def read(self, image: Picture, ask: Ask = ANYTHING) -> Findings:
        self.asked.append(ask)
        return self.findings


def recognizer(site: Site, engine: Engine) -> Recognizer:
    return Recognizer(engine, site.frames, site.events, MediaStore(site.settings.media_dir), 1.0)  # type: ignore[arg-type]


def frame(**changes: object) -> Frame:
    camera = uuid4()
    known = {
        "frame_id": f"{camera.hex}-1",
        "camera_id": camera,
        "captured_at": now(),
        "origin": Origin.LIVE,
        "index": 1,
        "width": 640,
        "height": 480,
    }
    return Frame.model_validate(known | changes)


def handled(site: Site, engine: Engine, given: Frame, jpeg: bytes = JPEG) -> list[FrameReads]:
    """What is published for one frame."""
    recognizer(site, engine).handle([Entry("s", "1-0", given.model_dump_json().encode(), jpeg)])
    stream = streams.reads(streams.shard_of(given.camera_id))
    return [FrameReads.model_validate_json(entry.data) for entry in entries(site.events, stream)]


def test_a_plate_is_published_with_its_region_and_its_pictures_are_stored_first(site: Site) -> None:
    [told] = handled(site, Engine(Findings((plate("KE123AB"),))), frame())
    media = MediaStore(site.settings.media_dir)
    assert [(r.text, r.country, r.region) for r in told.reads] == [("KE123AB", "SVK", "Košice")]
    assert media.get(told.frame_key) == JPEG
    assert media.get(told.reads[0].crop_key)[:2] == b"\xff\xd8"


def test_a_plate_that_cannot_be_read_is_told_with_its_reason_and_picture(site: Site) -> None:
    [told] = handled(site, Engine(Findings((), (seen(UnreadReason.BLURRED),))), frame())
    assert told.reads == ()
    assert [u.reason for u in told.unread] == [UnreadReason.BLURRED]
    assert told.frame_key
    assert told.unread[0].crop_key


def test_a_plate_too_small_to_show_anything_fills_no_disk(site: Site) -> None:
    [told] = handled(site, Engine(Findings((), (seen(UnreadReason.TOO_SMALL),))), frame())
    assert [u.reason for u in told.unread] == [UnreadReason.TOO_SMALL]
    assert (told.frame_key, told.unread[0].crop_key) == ("", "")
    assert not [*site.settings.media_dir.rglob("*.jpg")]


def test_a_live_frame_without_plates_is_not_worth_a_message_but_that_of_a_file_is(site: Site) -> None:
    assert handled(site, Engine(), frame()) == []
    assert len(handled(site, Engine(), frame(origin=Origin.FILE))) == 1


def test_a_live_frame_that_is_too_old_is_not_read(site: Site) -> None:
    engine = Engine()
    assert handled(site, engine, frame(captured_at=now() - timedelta(seconds=5))) == []
    assert engine.asked == []


def test_every_second_live_frame_is_looked_at_where_something_moves(site: Site) -> None:
    engine = Engine()
    for index in (2, 3):
        handled(site, engine, frame(index=index, moving=(0.5, 0.5, 0.75, 0.75)))
    whole, part = (ask.views[0] for ask in engine.asked)
    assert (whole.width, whole.height) == (640, 480)
    assert part.x < 320 < part.x + part.width < 640


def test_a_large_upload_is_looked_at_tile_by_tile_and_a_large_live_frame_is_not(site: Site) -> None:
    engine = Engine()
    jpeg = cv2.imencode(".jpg", np.zeros((1500, 2600, 3), np.uint8))[1].tobytes()
    handled(site, engine, frame(origin=Origin.UPLOAD, width=2600, height=1500), jpeg)
    handled(site, engine, frame(width=2600, height=1500), jpeg)
    assert [len(ask.views) > 1 for ask in engine.asked] == [True, False]


def test_the_first_look_at_a_large_frame_is_at_a_shrunk_one_and_the_last_when_nothing_is_there(site: Site) -> None:
    engine = Engine(Findings((plate("KE123AB"),)), glance=320)
    assert handled(site, engine, frame()) == []
    assert (engine.glanced, engine.asked) == ([(240, 320, 3)], [])


def test_what_the_first_look_finds_is_read_in_full_size(site: Site) -> None:
    place = Place(Quad.of_box(Box(x=50, y=60, width=40, height=10)), 0.8)
    engine = Engine(Findings((plate("KE123AB"),)), glance=320, places=(place,))
    assert len(handled(site, engine, frame())) == 1
    [ask] = engine.asked
    assert ask.places is not None
    assert [(found.corners.box, found.score) for found in ask.places] == [(Box(x=100, y=120, width=80, height=20), 0.8)]


@pytest.mark.parametrize(
    "changes", [{"origin": Origin.UPLOAD}, {"reply_to": "answer"}, {"moving": (0.2, 0.2, 0.4, 0.4)}]
)
def test_what_is_looked_at_closely_is_never_shrunk(site: Site, changes: dict[str, object]) -> None:
    engine = Engine(glance=320)
    handled(site, engine, frame(**changes))
    assert engine.glanced == []
    assert len(engine.asked) == 1


def test_somebody_who_waits_gets_the_answer_and_nothing_is_stored(site: Site) -> None:
    engine = Engine(Findings((plate("KE123AB"),)))
    assert handled(site, engine, frame(origin=Origin.UPLOAD, reply_to="answer")) == []
    answer = site.frames.lpop("answer")
    assert isinstance(answer, bytes)
    assert FrameReads.model_validate_json(answer).reads[0].text == "KE123AB"
    assert not [*site.settings.media_dir.rglob("*.jpg")]


def test_a_broken_picture_of_a_file_says_that_its_time_went_on(site: Site) -> None:
    [told] = handled(site, Engine(Findings((plate("KE123AB"),))), frame(origin=Origin.FILE), b"no picture")
    assert told.reads == ()


def test_what_is_no_frame_is_a_dead_letter(site: Site) -> None:
    with pytest.raises(InvalidMessage):
        recognizer(site, Engine()).handle([Entry("s", "1-0", b'{"camera_id": 5}', JPEG)])


def test_regions_and_countries_of_the_camera_reach_the_engine(site: Site) -> None:
    engine = Engine()
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0))
    handled(site, engine, frame(regions=(left,), countries=("SVK", "CZE"), camera_id=UUID(int=7)))
    assert (engine.asked[0].regions, engine.asked[0].countries) == ((left,), ("SVK", "CZE"))
