"""The live wall and the gatehouse: what cameras see now, who stands at the gate, and the barrier."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from simulators.shelly import Shelly
from tests.browser.conftest import Opener
from tests.browser.passages import Passages
from tests.e2e.running_site import RunningSite

SLOW_MS = 30_000
LIVE_MS = 6000


@pytest.fixture(scope="module")
def barrier(running: RunningSite) -> Iterator[Shelly]:
    with Shelly(password="s3cret!") as shelly:
        settings = {"driver": "shelly", "host": "127.0.0.1", "port": shelly.port, "password": "s3cret!", "pulse": 0.5}
        made = running.post("/destinations", {"name": "Main barrier", "kind": "barrier", "settings": settings})
        yield shelly
        running.api.delete(f"/api/v1/destinations/{made['id']}").raise_for_status()


@pytest.fixture(scope="module")
def wall_road(running: RunningSite) -> Iterator[None]:
    """A camera that gives pictures."""
    made = running.post("/cameras", {"name": "Wall road", "source": {"kind": "demo", "seed": 9}})
    yield
    running.api.delete(f"/api/v1/cameras/{made['id']}").raise_for_status()


@pytest.mark.usefixtures("wall_road")
def test_the_wall_shows_every_camera_and_leads_to_its_gatehouse(open_page: Opener, passages: Passages) -> None:
    passages.passed("LW1001", camera="Wall gate")
    page = open_page("/live")
    expect(page.get_by_role("img", name="What Wall road sees now")).to_be_visible(timeout=SLOW_MS)
    tile = page.get_by_role("link").filter(has=page.get_by_role("heading", name="Wall gate"))
    expect(tile).to_contain_text("LW")
    expect(tile.get_by_role("img", name="Frame with plate LW1001")).to_be_visible()
    passages.push("LW1002", camera="Wall gate")
    expect(tile).to_contain_text("1002", timeout=LIVE_MS)
    tile.click()
    expect(page).to_have_url(re.compile(r"/gatehouse/"))
    expect(page.get_by_role("heading", name="Wall gate")).to_be_visible()


@pytest.mark.usefixtures("wall_road")
def test_a_hidden_wall_asks_for_no_pictures(open_page: Opener) -> None:
    page = open_page("/live")
    expect(page.get_by_role("img", name=re.compile("sees now")).first).to_be_visible(timeout=SLOW_MS)
    page.evaluate("Object.defineProperty(document, 'visibilityState', {get: () => 'hidden'})")
    page.wait_for_timeout(2000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "picture.jpg" in request.url else None)
    page.wait_for_timeout(2500)
    assert asked == []


def test_the_gatehouse_says_who_is_there_and_from_which_list(
    open_page: Opener, passages: Passages, running: RunningSite
) -> None:
    entry = {"plate": "GH1001", "owner": "Olena Koval", "note": "blue van"}
    running.post("/lists/white/entries", entry)
    passages.passed("GH0001", camera="House")
    page = open_page(f"/gatehouse/{passages.cameras['House']}")
    expect(page.get_by_role("status").filter(has_text="On no list")).to_be_visible()
    passages.push("GH1001", camera="House")
    expect(page.get_by_role("status").filter(has_text="White")).to_be_visible(timeout=LIVE_MS)
    last = page.get_by_role("region", name="Last plate")
    expect(last).to_contain_text("Olena Koval")
    expect(last).to_contain_text("blue van")
    expect(page.get_by_role("listitem").first).to_contain_text("0001")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.get_by_role("link", name="Live").click()
    expect(page.get_by_role("navigation")).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.theme") != "dark"


def test_a_barrier_is_opened_by_the_number_pad_with_a_reason(
    open_page: Opener, passages: Passages, running: RunningSite, barrier: Shelly
) -> None:
    passages.passed("GH2001", camera="House")
    page = open_page(f"/gatehouse/{passages.cameras['House']}")
    expect(page.get_by_role("region", name="Last plate")).to_contain_text("2001")
    expect(page.get_by_role("button", name="Open")).to_be_visible()
    page.keyboard.press("1")
    dialog = page.get_by_role("dialog", name="Open the barrier?")
    expect(dialog.get_by_role("button", name="Open it")).to_be_disabled()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="opened")).to_be_visible(timeout=20_000)
    (command,) = running.get("/commands", limit=1)["commands"]
    assert command["reason"] == "Delivery (GH2001)"
    page.keyboard.press("2")
    expect(page.get_by_role("dialog", name="Nothing opens")).to_contain_text("No order is sent")
    assert running.get("/commands", limit=1)["commands"][0]["id"] == command["id"]


def test_who_is_turned_away_gets_a_note_by_the_number_pad(
    open_page: Opener, passages: Passages, running: RunningSite
) -> None:
    running.post("/users", {"name": "gate operator", "role": "operator", "password": "correct horse battery"})
    event = passages.passed("GH5001", camera="House")
    address = f"/gatehouse/{passages.cameras['House']}"
    page = open_page(address, user="gate operator", password="correct horse battery")
    expect(page.get_by_role("region", name="Last plate")).to_contain_text("5001")
    page.keyboard.press("2")
    dialog = page.get_by_role("dialog", name="Nothing opens")
    # Another vehicle comes meanwhile: the note is not for that one.
    passages.push("GH5002", camera="House")
    expect(page.get_by_role("region", name="Last plate")).to_contain_text("5002", timeout=LIVE_MS)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The note stands at the passage")).to_be_visible(timeout=SLOW_MS)
    expect(dialog).to_have_count(0)
    (note,) = running.get(f"/events/{event['event_id']}")["notes"]
    assert (note["text"], note["actor"]) == ("Turned away: Not announced", "user:gate operator")
    page.keyboard.press("2")
    dialog.get_by_label("Note at this passage").fill("asked for Olena, who is away")
    dialog.get_by_role("button", name="Put it on a list").click()
    expect(page.get_by_role("dialog", name="Add GH5002 to a list")).to_be_visible(timeout=SLOW_MS)
    (last, *_) = running.get("/events", plate="GH5002")["events"]
    (note,) = running.get(f"/events/{last['event_id']}")["notes"]
    assert note["text"] == "Turned away: asked for Olena, who is away"


def test_a_plate_of_the_black_list_wants_an_answer(open_page: Opener, passages: Passages, running: RunningSite) -> None:
    running.post("/lists/black/entries", {"plate": "GH3001"})
    passages.camera("House")
    page = open_page(f"/gatehouse/{passages.cameras['House']}")
    expect(page.get_by_role("heading", name="House")).to_be_visible()
    page.wait_for_timeout(1000)
    passages.push("GH3001", camera="House")
    alarm = page.get_by_role("alertdialog", name="Black list")
    expect(alarm).to_be_visible(timeout=LIVE_MS)
    page.keyboard.press("0")
    expect(alarm).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="Black")).to_be_visible()
    running.api.delete("/api/v1/lists/black/entries/GH3001").raise_for_status()


def test_a_viewer_sees_no_barrier_and_a_phone_no_sideways_scrolling(
    open_page: Opener, passages: Passages, running: RunningSite, barrier: Shelly
) -> None:
    running.post("/users", {"name": "gate viewer", "role": "viewer", "password": "correct horse battery"})
    passages.passed("GH4001", camera="House")
    address = f"/gatehouse/{passages.cameras['House']}"
    page = open_page(address, user="gate viewer", password="correct horse battery", width=390, height=844)
    expect(page.get_by_role("region", name="Last plate")).to_contain_text("4001")
    expect(page.get_by_role("button", name="Open")).to_have_count(0)
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("dialog", name="Nothing opens").get_by_role("textbox")).to_have_count(0)
    page.get_by_role("button", name="Good").click()
    assert page.evaluate("document.querySelector('#page').scrollWidth") <= 390
    page.goto("/gatehouse/00000000-0000-4000-8000-000000000000")
    expect(page.get_by_role("heading", name="There is no camera")).to_be_visible()
