"""Cameras in the browser: added by kind, looked at, drawn on, judged by the coach, paused and taken away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.passages import Passages, road
from tests.e2e.running_site import RunningSite
from tests.e2e.site_client import wait_for
from tests.simulators.onvif_camera import OnvifCamera

SLOW_MS = 30_000


@pytest.fixture(scope="module")
def road_camera(running: RunningSite) -> Iterator[str]:
    """A camera that gives pictures; its vehicles would show in other tests."""
    made = running.post("/cameras", {"name": "Road", "source": {"kind": "demo"}})
    yield str(made["id"])
    running.api.delete(f"/api/v1/cameras/{made['id']}").raise_for_status()


def stored(running: RunningSite, name: str) -> dict[str, Any]:
    cameras: list[dict[str, Any]] = running.get("/cameras")["cameras"]
    return next(one for one in cameras if one["name"] == name)


def regions(running: RunningSite) -> Any:
    return stored(running, "Road")["settings"]["regions"]


def test_a_camera_is_added_and_says_what_is_wrong_and_what_to_do(open_page: Opener, running: RunningSite) -> None:
    page = open_page("/settings/cameras")
    page.get_by_role("button", name="Add camera").click()
    page.get_by_label("Name", exact=True).fill("North")
    page.get_by_label("Address").fill("rtsp://root:planted-pass@127.0.0.1:9/stream1")
    page.get_by_role("tab", name="Reading").click()
    page.get_by_label("Expected countries").fill("ukr pol")
    page.get_by_role("button", name="Add and look").click()
    expect(page.get_by_role("heading", name="North", exact=True)).to_be_visible()
    assert stored(running, "North")["settings"]["countries"] == ["UKR", "POL"]
    assert "planted-pass" not in page.content()
    expect(page.get_by_role("heading", name="State: waits")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="Delete camera").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete camera").click()
    expect(page.get_by_role("heading", name="Cameras", exact=True)).to_be_visible()


def test_only_the_fields_of_the_chosen_kind_are_asked(open_page: Opener) -> None:
    page = open_page("/settings/cameras/new")
    for kind, label in (
        ("file", "Path on the server"),
        ("mjpeg", "Address"),
        ("push", "What it calls itself"),
        ("demo", "Which traffic"),
    ):
        page.get_by_label("Kind").select_option(kind)
        expect(page.get_by_label(label)).to_be_visible()
        expect(page.locator("#camera-source input")).to_have_count(4 if kind == "file" else 2)


def test_what_is_wrong_is_said_beside_its_field_in_its_tab_and_all_that_was_typed_stays(open_page: Opener) -> None:
    page = open_page("/settings/cameras/new")
    page.get_by_label("Name", exact=True).fill("Wrong")
    page.get_by_label("Address").fill("ftp://10.0.0.5/stream")
    page.get_by_role("tab", name="Passage").click()
    page.get_by_label("Seconds unseen").fill("7")
    page.get_by_role("button", name="Add and look").click()
    expect(page.get_by_role("tab", name="Source")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_label("Address")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Address")).to_have_value("ftp://10.0.0.5/stream")
    page.get_by_role("tab", name="Passage").click()
    expect(page.get_by_label("Seconds unseen")).to_have_value("7")


def test_a_camera_shows_what_it_sees_and_pauses_at_once(
    open_page: Opener, running: RunningSite, road_camera: str
) -> None:
    page = open_page(f"/settings/cameras/{road_camera}")
    picture = page.get_by_role("img", name="What Road sees now")
    expect(picture).to_be_visible(timeout=SLOW_MS)
    first = picture.get_attribute("src")
    wait_for(lambda: picture.get_attribute("src") != first, 20, "the picture stands still")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("heading", name="State: paused")).to_be_visible()
    assert stored(running, "Road")["enabled"] is False
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="State: running")).to_be_visible(timeout=SLOW_MS)


def drag(page: Page, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """From and to places in shares of the picture."""
    picture = page.locator(".regions").bounding_box()
    assert picture

    def place(share: tuple[float, float]) -> tuple[float, float]:
        return picture["x"] + share[0] * picture["width"], picture["y"] + share[1] * picture["height"]

    page.mouse.move(*place(begin))
    page.mouse.down()
    page.mouse.move(*place(((begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2)), steps=4)
    page.mouse.move(*place(end), steps=4)
    page.mouse.up()


def test_a_region_is_drawn_on_the_picture_or_typed_and_holds_as_soon_as_it_is_saved(
    open_page: Opener, running: RunningSite, road_camera: str
) -> None:
    page = open_page(f"/settings/cameras/{road_camera}")
    page.get_by_role("tab", name="Reading").click()
    page.get_by_role("button", name="Add region").click()
    expect(page.locator(".regions canvas")).to_be_visible(timeout=SLOW_MS)
    drag(page, (0.25, 0.35), (0.1, 0.2))
    page.get_by_text("Region 1, 4 corners").click()
    left = page.get_by_label("Region 1, corner 1, from left in percent")
    expect(left).not_to_have_value("25")
    assert abs(float(left.input_value()) - 10) < 2
    page.get_by_label("Region 1, corner 3, from top in percent").fill("95")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Add a corner behind corner 3").click()
    expect(page.get_by_text("Region 1, 5 corners")).to_be_visible()
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Not saved yet")).to_have_count(0)
    (region,) = regions(running)
    assert len(region) == 5
    assert region[2] == [0.75, 0.95]
    page.get_by_role("button", name="Remove region 1").click()
    page.get_by_role("button", name="Save", exact=True).click()
    wait_for(lambda: regions(running) == [], 10, "the region stays")


def test_pictures_are_handed_to_a_camera_of_kind_upload_and_broken_ones_named(
    open_page: Opener, running: RunningSite, tmp_path: Path
) -> None:
    camera = running.post("/cameras", {"name": "Inbox", "source": {"kind": "upload"}})
    picture, broken = tmp_path / "road.jpg", tmp_path / "broken.jpg"
    picture.write_bytes(road())
    broken.write_bytes(b"no picture at all")
    page = open_page(f"/settings/cameras/{camera['id']}")
    page.get_by_label("Hand pictures to this camera").set_input_files([picture, broken])
    expect(page.get_by_text("1 picture is handed over")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("broken.jpg")
    running.api.delete(f"/api/v1/cameras/{camera['id']}").raise_for_status()


def test_the_coach_tells_how_well_a_camera_reads(open_page: Opener, passages: Passages) -> None:
    passages.passed("CO1001", camera="Coached")
    page = open_page(f"/settings/cameras/{passages.cameras['Coached']}")
    page.get_by_role("tab", name="Coach").click()
    expect(page.get_by_role("heading", name="How well it reads")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Confidence")).to_contain_text("0.93")
    expect(page.get_by_text("Measured on its last passage")).to_be_visible()


def test_a_viewer_looks_and_changes_nothing_also_on_a_phone(
    open_page: Opener, running: RunningSite, road_camera: str
) -> None:
    running.post("/users", {"name": "camera viewer", "role": "viewer", "password": "correct horse battery"})
    page = open_page(
        f"/settings/cameras/{road_camera}", user="camera viewer", password="correct horse battery", width=390
    )
    expect(page.get_by_role("heading", name="Road", exact=True)).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_be_disabled()
    for name in ("Save", "Pause", "Delete camera"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    assert page.evaluate("document.querySelector('#page').scrollWidth") <= 390


def test_a_camera_is_found_in_the_network_and_its_stream_taken(open_page: Opener) -> None:
    with OnvifCamera() as device:
        page = open_page("/settings/cameras/new")
        page.get_by_role("button", name="Find cameras").click()
        dialog = page.get_by_role("dialog", name="Find cameras")
        dialog.get_by_role("list", name="Cameras that answered").get_by_role("button", name="Gate in").click()
        expect(dialog.get_by_label("Port")).to_have_value(str(device.port))
        dialog.get_by_label("User").fill("admin")
        dialog.get_by_label("Password").fill("wrong")
        dialog.get_by_role("button", name="Ask for its streams").click()
        expect(dialog.get_by_role("alert")).to_be_visible()
        dialog.get_by_label("Password").fill("s3cret!")
        dialog.get_by_role("button", name="Ask for its streams").click()
        expect(dialog.get_by_text("H264 · 1920 × 1080 · at most 25 a second")).to_be_visible()
        dialog.get_by_role("button", name="Take second").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Gate in")
    expect(page.get_by_label("Address")).to_have_value("rtsp://admin:s3cret!@127.0.0.1:554/second&1")
