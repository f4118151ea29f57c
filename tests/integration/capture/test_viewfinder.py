"""Pictures for people who look, and none while nobody does."""

from __future__ import annotations

from uuid import uuid4

import numpy as np

from services.capture.pictures import encode, measure
from services.capture.sources.contracts import Picture
from services.capture.viewfinder import EVERY, Viewfinder
from shared import streams, views
from shared.clock import now
from shared.testing import Site


class Clock:
    def __init__(self) -> None:
        self.second = 0.0

    def __call__(self) -> float:
        return self.second


def a_picture(grey: int, width: int = 160) -> Picture:
    return Picture(now(), 0, width, 120, image=np.full((120, width, 3), grey, np.uint8))


def test_pictures_are_shown_only_while_somebody_looks_and_no_faster_than_that(site: Site) -> None:
    camera_id, clock = uuid4(), Clock()
    finder = Viewfinder(site.frames, camera_id, clock)
    finder.see(a_picture(1))
    assert views.look(site.frames, camera_id) is None
    clock.second += EVERY
    first, second = a_picture(2), a_picture(3)
    finder.see(first)
    finder.see(second)
    seen = views.look(site.frames, camera_id)
    assert seen is not None
    assert seen.captured_at == first.captured_at
    clock.second += EVERY
    finder.see(second)
    seen = views.look(site.frames, camera_id)
    assert seen is not None
    assert seen.captured_at == second.captured_at


def test_large_pictures_are_shown_smaller_whatever_form_they_came_in(site: Site) -> None:
    large = a_picture(90, width=2560)
    assert large.image is not None
    coded = Picture(now(), 0, 2560, 120, jpeg=encode(large.image))
    for picture in (large, coded):
        camera_id = uuid4()
        views.look(site.frames, camera_id)
        Viewfinder(site.frames, camera_id).see(picture)
        view = views.look(site.frames, camera_id)
        assert view is not None
        assert (measure(view.jpeg).width, measure(view.jpeg).height) == (1280, 60)


def test_a_broken_picture_and_a_redis_that_is_away_disturb_nobody(site: Site) -> None:
    camera_id = uuid4()
    views.look(site.frames, camera_id)
    Viewfinder(site.frames, camera_id).see(Picture(now(), 0, 2560, 120, jpeg=b"\xff\xd8\xff broken"))
    assert views.look(site.frames, camera_id) is None
    Viewfinder(streams.connect("redis://127.0.0.1:1/0"), camera_id).see(a_picture(5))
