"""The event drawer: who was told, notes and tags of people, and when the vehicle usually comes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from simulators.json_receiver import JsonReceiver
from tests.browser.conftest import Opener
from tests.browser.drawer import drawer_of, event_now
from tests.browser.passages import Passages
from tests.e2e.running_site import RunningSite
from tests.e2e.site_client import wait_for

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def people(running: RunningSite) -> dict[str, str]:
    """Names by role."""
    names = {"viewer": "drawer viewer", "operator": "ivan"}
    for role, name in names.items():
        running.post("/users", {"name": name, "role": role, "password": PASSWORD})
    return names


@pytest.fixture
def receiver(running: RunningSite) -> Iterator[JsonReceiver]:
    """Hears of every vehicle."""
    with JsonReceiver() as heard:
        made = running.post("/destinations", {"name": "Office", "kind": "json_http", "settings": {"url": heard.url}})
        rule = {"name": "Office", "settings": {"list": "any"}, "destination_id": made["id"]}
        running.post("/reactions", rule)
        yield heard
        running.api.delete(f"/api/v1/destinations/{made['id']}", params={"with_reactions": True})


def test_a_delivery_is_sent_again_and_shows_what_was_answered(
    open_page: Opener,
    passages: Passages,
    running: RunningSite,
    receiver: JsonReceiver,
    people: dict[str, str],
) -> None:
    def told_of() -> str | None:
        # A rule counts from the moment that the reactor has read it.
        event = passages.passed("TELL01")["event_id"]
        return event if running.get(f"/events/{event}")["deliveries"] else None

    event = wait_for(told_of, 30, "nobody is told")
    page = open_page(f"/?event={event}", user=people["operator"], password=PASSWORD)
    told = page.get_by_role("listitem").filter(has_text="json http")
    again = told.get_by_role("button", name="Send again")
    expect(again).to_be_visible(timeout=20_000)
    told.get_by_text("Answer").click()
    expect(told).to_contain_text("status 200")
    heard = len(receiver.requests)
    again.click()
    wait_for(lambda: len(receiver.requests) > heard, 20, "it is not sent again")


def test_notes_are_left_and_taken_away(
    open_page: Opener, passages: Passages, running: RunningSite, people: dict[str, str]
) -> None:
    event = passages.passed("DN1001")
    page = open_page(f"/?event={event['event_id']}", user=people["operator"], password=PASSWORD)
    notes = drawer_of(page).get_by_role("region", name="Notes")
    field = notes.get_by_label("Note", exact=True)
    expect(notes.get_by_role("button", name="Add note")).to_be_disabled()
    field.fill("rang twice\nand left")
    field.press("Control+Enter")
    expect(notes.get_by_role("listitem")).to_contain_text("ivan · ", timeout=15_000)
    expect(field).to_have_value("")
    assert [note["text"] for note in event_now(running, event)["notes"]] == ["rang twice\nand left"]
    notes.get_by_role("button", name="Take the note away").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(notes.get_by_role("listitem")).to_have_count(0)
    assert event_now(running, event)["notes"] == []


def test_a_note_that_is_refused_stays_typed(open_page: Opener, passages: Passages, running: RunningSite) -> None:
    event = passages.passed("DN2001")
    for number in range(100):
        running.post(f"/events/{event['event_id']}/notes", {"text": f"note {number}"})
    page = open_page(f"/?event={event['event_id']}")
    notes = drawer_of(page).get_by_role("region", name="Notes")
    notes.get_by_label("Note", exact=True).fill("one more")
    notes.get_by_role("button", name="Add note").click()
    expect(notes.get_by_role("alert")).to_have_text("An event has at most 100 notes", timeout=15_000)
    expect(notes.get_by_label("Note", exact=True)).to_have_value("one more")


def test_tags_are_added_suggested_and_taken_away(open_page: Opener, passages: Passages, running: RunningSite) -> None:
    running.api.put(f"/api/v1/events/{passages.passed('DT1001')['event_id']}/tags/taxi").raise_for_status()
    event = passages.passed("DT1002")
    page = open_page(f"/?event={event['event_id']}")
    tags = drawer_of(page).get_by_role("region", name="Tags")
    field = tags.get_by_label("Add a tag")
    field.focus()
    expect(tags.locator("option[value=taxi]")).to_be_attached()
    for bad in ("a/b", "-x", "two words"):
        field.fill(bad)
        field.press("Enter")
        expect(tags.get_by_role("alert")).to_contain_text("A tag has 1 to 32")
        expect(field).to_have_value(bad)
    field.fill("Taxi")
    field.press("Enter")
    expect(tags.get_by_role("listitem")).to_have_text("taxi", timeout=15_000)
    expect(tags.get_by_role("alert")).to_have_count(0)
    tags.get_by_role("button", name="Keep", exact=True).click()
    expect(tags).to_contain_text("it is not deleted by its age", timeout=15_000)
    assert event_now(running, event)["tags"] == ["keep", "taxi"]
    tags.get_by_role("button", name="Take the tag taxi away").click()
    tags.get_by_role("button", name="Keep", exact=True).click()
    expect(tags.get_by_role("listitem")).to_have_count(0)
    assert event_now(running, event)["tags"] == []


def test_a_viewer_reads_notes_and_tags_and_changes_none(
    open_page: Opener, passages: Passages, running: RunningSite, people: dict[str, str]
) -> None:
    event = passages.passed("DN3001")
    page = open_page(f"/?event={event['event_id']}", user=people["viewer"], password=PASSWORD)
    expect(drawer_of(page).get_by_role("heading", name="Why")).to_be_visible()
    expect(drawer_of(page).get_by_role("region", name=re.compile("Notes|Tags"))).to_have_count(0)
    running.post(f"/events/{event['event_id']}/notes", {"text": "a grey trailer"})
    running.api.put(f"/api/v1/events/{event['event_id']}/tags/keep").raise_for_status()
    notes, tags = (drawer_of(page).get_by_role("region", name=name) for name in ("Notes", "Tags"))
    expect(notes).to_contain_text("a grey trailer", timeout=15_000)
    expect(tags.get_by_role("listitem")).to_have_text("keep")
    for part in (notes, tags):
        expect(part.get_by_role("button").or_(part.get_by_role("textbox"))).to_have_count(0)


def test_the_drawer_tells_when_the_vehicle_usually_comes(open_page: Opener, passages: Passages) -> None:
    for days in (4, 3, 2):
        passages.passed("DV1001", ago=timedelta(days=days), carMoveDirection="in")
    passages.passed("DV1001", camera="Yard", ago=timedelta(days=40))
    event = passages.passed("DV1001")
    page = open_page(f"/?event={event['event_id']}")
    earlier = drawer_of(page).get_by_role("region", name="Earlier")
    expect(earlier).to_contain_text("4 visits in 30 days, 5 in all", timeout=15_000)
    expect(earlier).to_contain_text(re.compile(r"usually \d\d:\d\d(–\d\d:\d\d)? in"))
    expect(earlier).to_contain_text("Gate (4), Yard (1)")
    earlier.get_by_text("Before this one").click()
    expect(earlier.get_by_role("listitem")).to_have_count(4)
    earlier.get_by_role("listitem").first.get_by_role("button").click()
    expect(page).not_to_have_url(re.compile(event["event_id"]))
    expect(drawer_of(page).get_by_role("region", name="Earlier")).to_contain_text("4 visits")


def test_the_clock_at_the_camera_is_told_where_it_differs(
    open_page: Opener, passages: Passages, running: RunningSite
) -> None:
    camera = passages.camera("Far gate")
    settings = {"towards": "in", "zone": "Europe/Kyiv"}
    running.api.patch(f"/api/v1/cameras/{camera}", json={"settings": settings}).raise_for_status()
    event = passages.passed("FAR1001", camera="Far gate")["event_id"]
    page = open_page(f"/?event={event}", timezone_id="America/New_York")
    expect(drawer_of(page)).to_contain_text("at the camera (Europe/Kyiv)")
    row = page.get_by_role("list", name="Passages, newest first").get_by_role("listitem").filter(has_text="1001").first
    expect(row.locator("time").first).to_have_attribute("title", re.compile(r"at the camera \(Europe/Kyiv\)"))
    page = open_page(f"/?event={event}", timezone_id="Europe/Kyiv")
    expect(drawer_of(page)).to_contain_text("FAR")
    page.wait_for_timeout(1000)
    expect(drawer_of(page)).not_to_contain_text("at the camera")
