"""What was misread is corrected in the drawer: one plate, those that were misread the same way, and the list."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from console.site import database
from tests.browser.conftest import Opener
from tests.browser.drawer import drawer_of, event_now
from tests.browser.passages import Passages
from tests.e2e.running_site import RunningSite

ROWS = "Passages, newest first"
# A site that shares its processors with other tests answers late.
SLOW_MS = 20_000
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def people(running: RunningSite) -> dict[str, str]:
    """Names by role."""
    names = {"viewer": "correction viewer", "operator": "olena"}
    for role, name in names.items():
        running.post("/users", {"name": name, "role": role, "password": PASSWORD})
    return names


def doubt(running: RunningSite, event: dict[str, Any]) -> None:
    """As if frames of the passage had not agreed; what cameras push is surer than that."""
    values = {
        "event_id": event["event_id"],
        "characters": json.dumps([{"options": [["D", 0.99]]}, {"options": [["O", 0.61], ["0", 0.36]]}]),
        "readings": json.dumps(
            [
                {"text": event["plate"], "reads": 5, "surest": 0.9, "share": 0.7},
                {"text": "DR70O1", "reads": 2, "surest": 0.8, "share": 0.3},
            ]
        ),
        "alternatives": json.dumps([{"text": "DR7001", "country": "POL", "margin": 0.4}]),
    }
    changed = ", ".join(f"{name} = CAST(:{name} AS jsonb)" for name in ("characters", "readings", "alternatives"))
    with database(running.data_dir) as engine, engine.begin() as connection:
        connection.execute(text(f"UPDATE events SET {changed} WHERE event_id = :event_id"), values)


def test_what_else_it_could_have_been_is_told_and_one_click_corrects_to_it(
    open_page: Opener, passages: Passages, running: RunningSite
) -> None:
    event = passages.passed("DR7OO1")
    doubt(running, event)
    page = open_page(f"/?event={event['event_id']}")
    drawer = drawer_of(page)
    characters = drawer.get_by_role("list", name="Characters and how sure each is").get_by_role("listitem")
    expect(characters.last).to_contain_text(re.compile(r"O\s*.61\s*0 .36"))
    expect(drawer).to_contain_text(re.compile(r"It could also be\s*PL\s*DR7001"))
    drawer.get_by_text("What single frames said").click()
    expect(drawer.get_by_role("listitem").filter(has_text="2 frames")).to_have_text(
        re.compile(r"DR70O1\s*2 frames · surest\s*0.80 · 30 % of the vote")
    )
    page.keyboard.press("e")
    drawer.get_by_role("group", name="It may have been").get_by_role("button", name="DR7001").click()
    drawer.get_by_role("button", name="Save").click()
    expect(drawer.get_by_role("group", name="Correction")).to_contain_text("Read as", timeout=SLOW_MS)
    assert event_now(running, event)["plate"] == "DR7001"


def test_a_plate_is_corrected_by_the_keyboard_and_the_row_shows_it_at_once(
    open_page: Opener, passages: Passages, running: RunningSite, people: dict[str, str]
) -> None:
    event = passages.passed("DR10O1")
    page = open_page("/?plate=DR10", user=people["operator"], password=PASSWORD)
    page.get_by_role("list", name=ROWS).get_by_role("button", name="DR10O1").click()
    drawer = drawer_of(page)
    expect(drawer.get_by_role("button", name="Correct")).to_be_visible()
    page.keyboard.press("e")
    form = drawer.get_by_role("form", name="Correct the plate")
    expect(form.get_by_label("What the plate really was")).to_be_focused()
    page.keyboard.type("dr-1001")
    form.get_by_label("Country").select_option(label="Poland")
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0, timeout=SLOW_MS)
    words = re.compile(r"Read as\s*UA\s*DR10O1\s*corrected by olena, .*Take back")
    expect(drawer.get_by_role("group", name="Correction")).to_have_text(words)
    row = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="DR1001"))
    expect(row.get_by_title("Read as DR10O1, corrected by olena")).to_be_visible(timeout=SLOW_MS)
    told = event_now(running, event)
    assert (told["plate"], told["country"], told["correction"]["by"]) == ("DR1001", "POL", "user:olena")
    drawer.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("listitem").filter(has=page.get_by_role("button", name="DR10O1"))).to_be_visible()
    expect(drawer.get_by_text("Read as")).to_have_count(0, timeout=SLOW_MS)
    assert event_now(running, event)["plate"] == "DR10O1"


def test_what_is_no_plate_is_refused_at_its_field_and_stays_typed(open_page: Opener, passages: Passages) -> None:
    event = passages.passed("DR2001")
    page = open_page(f"/?event={event['event_id']}")
    drawer_of(page).get_by_role("button", name="Correct").click()
    field = drawer_of(page).get_by_label("What the plate really was")
    for typed, sentence in (("DR2*", "no wildcards"), ("", "this one has 0"), ("DR#2", "holds letters, digits")):
        field.fill(typed)
        field.press("Enter")
        expect(drawer_of(page).get_by_role("alert")).to_contain_text(sentence, timeout=SLOW_MS)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_value(typed)
    field.press("Escape")
    expect(field).to_have_count(0)
    expect(drawer_of(page)).to_contain_text("DR")


def test_passages_that_were_misread_in_the_same_way_are_corrected_with_it(
    open_page: Opener, passages: Passages, running: RunningSite
) -> None:
    others = [passages.passed("DR3OO1", ago=timedelta(hours=3 - number)) for number in range(3)]
    event = passages.passed("DR3OO1")
    page = open_page(f"/?event={event['event_id']}")
    drawer = drawer_of(page)
    page.get_by_role("button", name="Correct").click()
    drawer.get_by_label("What the plate really was").fill("DR3001")
    page.keyboard.press("Enter")
    alike = drawer.get_by_role("region", name="Read in the same way")
    expect(alike).to_contain_text("3 more passages were read like this", timeout=SLOW_MS)
    alike.get_by_role("checkbox").first.uncheck()
    alike.get_by_role("button", name="Correct these 2 too").click()
    expect(alike).to_contain_text("1 more passage was read like this", timeout=SLOW_MS)
    assert [event_now(running, one)["plate"] for one in others] == ["DR3001", "DR3001", "DR3OO1"]
    drawer.get_by_role("button", name="Take all 3 back").click()
    expect(drawer.get_by_text("Read as")).to_have_count(0, timeout=SLOW_MS)
    rows = page.get_by_role("list", name=ROWS)
    expect(rows.get_by_role("button", name="DR3OO1")).to_have_count(4, timeout=SLOW_MS)
    assert {event_now(running, one)["plate"] for one in [*others, event]} == {"DR3OO1"}


def test_what_is_read_again_and_again_is_put_on_the_list_of_the_vehicle_by_one_click(
    open_page: Opener, passages: Passages, running: RunningSite, people: dict[str, str]
) -> None:
    running.post("/lists/white/entries", {"plate": "DR4001", "owner": "Ivan", "valid_to": "2100-01-01T00:00:00Z"})
    passages.passed("DR4OO1", ago=timedelta(hours=1))
    event = passages.passed("DR4OO1")
    page = open_page(f"/?event={event['event_id']}", user=people["operator"], password=PASSWORD)
    drawer = drawer_of(page)
    drawer.get_by_role("button", name="Correct").click()
    drawer.get_by_label("What the plate really was").fill("DR4001")
    page.keyboard.press("Enter")
    drawer.get_by_role("button", name="Add DR4OO1 to White").click()
    expect(page.get_by_text("DR4OO1 is on White")).to_be_visible(timeout=SLOW_MS)
    expect(drawer.get_by_role("region", name="A further entry")).to_have_count(0)
    (entry,) = running.get("/lists/white/entries", find="DR4OO1")["entries"]
    assert (entry["owner"], entry["valid_to"][:10], entry["note"]) == ("Ivan", "2100-01-01", "How DR4001 is read")
    for plate in ("DR4001", "DR4OO1"):
        running.api.delete(f"/api/v1/lists/white/entries/{plate}").raise_for_status()


def test_a_corrected_passage_stays_corrected_when_its_camera_tells_more_of_it(
    open_page: Opener, passages: Passages, running: RunningSite
) -> None:
    event = passages.passed("DR5OO1", carID="5001", carState="update")
    page = open_page("/?plate=DR5")
    row = page.get_by_role("list", name=ROWS).get_by_role("button", name=re.compile("^DR5"))
    expect(row).to_have_accessible_name("DR5OO1")
    running.api.put(f"/api/v1/events/{event['event_id']}/correction", json={"plate": "DR5001"}).raise_for_status()
    expect(row).to_have_accessible_name("DR5001", timeout=15_000)
    passages.push("DR5OO1", carID="5001", carState="lost")
    page.wait_for_timeout(2000)
    expect(row).to_have_accessible_name("DR5001")


def test_a_viewer_sees_that_a_plate_was_corrected_and_cannot_change_it(
    open_page: Opener, passages: Passages, running: RunningSite, people: dict[str, str]
) -> None:
    passages.passed("DR6OO1", ago=timedelta(hours=1))
    event = passages.passed("DR6OO1")
    running.api.put(f"/api/v1/events/{event['event_id']}/correction", json={"plate": "DR6001"}).raise_for_status()
    page = open_page(f"/?event={event['event_id']}", user=people["viewer"], password=PASSWORD, width=390, height=844)
    drawer = drawer_of(page)
    expect(drawer.get_by_role("group", name="Correction")).to_contain_text("corrected by key:e2e")
    page.keyboard.press("e")
    for name in ("Correct", "Take back", "Correct it too"):
        expect(drawer.get_by_role("button", name=name)).to_have_count(0)
    expect(drawer.get_by_role("form")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
