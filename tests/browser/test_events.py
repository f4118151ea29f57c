"""The Events page: what passes shows at once, nothing jumps under a reader, and one passage tells everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from shared.clock import now
from simulators.shelly import Shelly
from tests.browser.conftest import Opener
from tests.browser.passages import Passages
from tests.e2e.running_site import RunningSite
from tests.e2e.site_client import wait_for

LIVE_MS = 2000
"""An event shows within a second of its commit; the push before it takes a moment too."""


ROWS = "Passages, newest first"


@pytest.fixture
def barrier(running: RunningSite) -> Iterator[Shelly]:
    with Shelly() as relay:
        settings = {"driver": "shelly", "host": "127.0.0.1", "port": relay.port, "pulse": 0.5}
        made = running.post("/destinations", {"name": "Gate arm", "kind": "barrier", "settings": settings})
        yield relay
        running.api.delete(f"/api/v1/destinations/{made['id']}", params={"with_reactions": True})


@pytest.fixture(scope="module")
def people(running: RunningSite) -> dict[str, str]:
    """A viewer and an operator, and the password of both."""
    password = "correct horse battery"
    for name, role in (("watcher", "viewer"), ("guard", "operator")):
        running.post("/users", {"name": name, "role": role, "password": password})
    return {"viewer": "watcher", "operator": "guard", "password": password}


def test_a_passage_shows_without_reloading_and_its_camera_shows_it_large(open_page: Opener, passages: Passages) -> None:
    passages.passed("EV0001")
    page = open_page("/")
    expect(page.get_by_role("button", name="EV0001").first).to_be_visible()
    passages.push("EV0002")
    row = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="EV0002"))
    expect(row).to_be_visible(timeout=LIVE_MS)
    expect(row).to_contain_text("0.93")
    card = page.get_by_role("complementary", name="Last at each camera").get_by_role("article").filter(has_text="Gate")
    expect(card.get_by_role("button", name="EV0002")).to_be_visible()


def test_new_rows_wait_while_somebody_reads(open_page: Opener, passages: Passages) -> None:
    passages.passed("EV1001")
    page = open_page("/")
    rows = page.get_by_role("list", name=ROWS)
    expect(rows.get_by_role("button", name="EV1001")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    passages.push("EV1002")
    expect(page.get_by_role("button", name="1 new")).to_be_visible(timeout=LIVE_MS)
    expect(rows.get_by_role("button", name="EV1002")).to_have_count(0)
    page.get_by_role("button", name="1 new").click()
    expect(rows.get_by_role("button", name="EV1002")).to_be_visible()


def test_new_rows_wait_while_the_list_is_scrolled_and_older_ones_come_by_themselves(
    open_page: Opener, passages: Passages
) -> None:
    for number in range(60):
        passages.push(f"OLD{number:03}", at=now() - timedelta(hours=30, minutes=number))
    passages.passed("OLD999")
    page = open_page("/?plate=OLD")
    rows = page.get_by_role("list", name=ROWS)
    expect(rows.get_by_role("button", name="OLD999")).to_be_visible()
    # The others are of thirty hours ago, which is another day on any clock.
    expect(rows.get_by_role("listitem").filter(has_not=page.get_by_role("button"))).not_to_have_count(0)
    expect(rows.get_by_role("button", name="OLD059")).to_have_count(0)
    rows.get_by_role("button", name="OLD040").scroll_into_view_if_needed()
    page.get_by_text("Loading…").scroll_into_view_if_needed()
    expect(rows.get_by_role("button", name="OLD059")).to_be_attached()
    passages.push("OLD998")
    expect(page.get_by_role("button", name="1 new")).to_be_visible(timeout=LIVE_MS * 3)
    expect(rows.get_by_role("button", name="OLD998")).to_have_count(0)
    page.get_by_role("button", name="1 new").click()
    expect(rows.get_by_role("button", name="OLD998")).to_be_in_viewport()


def test_what_passes_while_the_line_is_lost_comes_all_the_same(open_page: Opener, passages: Passages) -> None:
    page = open_page("/sign-in")
    page.route("**/api/v1/live", lambda route: route.abort())
    page.goto("/")
    expect(page.get_by_text("Connecting again…")).to_be_visible()
    passages.push("LOST01")
    expect(page.get_by_role("list", name=ROWS).get_by_role("button", name="LOST01")).to_be_visible(timeout=10_000)
    page.unroute("**/api/v1/live")
    expect(page.get_by_text("Live", exact=True).last).to_be_visible(timeout=15_000)


def test_a_black_list_sound_is_chosen_and_stays_chosen(open_page: Opener) -> None:
    page = open_page("/", permissions=["notifications"])
    bell = page.get_by_role("button", name="Sound for the black list")
    expect(bell).to_have_attribute("aria-pressed", "false")
    bell.click()
    expect(bell).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(bell).to_have_attribute("aria-pressed", "true")
    bell.click()
    expect(bell).to_have_attribute("aria-pressed", "false")


def test_a_barrier_is_opened_with_a_reason_and_the_page_says_what_came_of_it(
    open_page: Opener, barrier: Shelly, running: RunningSite, people: dict[str, str]
) -> None:
    page = open_page("/", user=people["operator"], password=people["password"])
    expect(page.get_by_role("button", name="Open barrier")).to_be_visible()
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog", name="Open a barrier")
    expect(dialog.get_by_label("Why")).to_be_focused()
    dialog.get_by_role("button", name="Open it now").click()
    expect(dialog).to_be_visible()
    page.keyboard.type("an ambulance")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Gate arm: opened")).to_be_visible(timeout=25_000)
    (order,) = running.get("/commands")["commands"]
    assert (order["actor"], order["reason"]) == ("user:guard", "an ambulance")


def test_back_closes_the_drawer(open_page: Opener, passages: Passages) -> None:
    passages.passed("BACK01")
    page = open_page("/?plate=BACK")
    page.get_by_role("list", name=ROWS).get_by_role("button", name="BACK01").click()
    drawer = page.get_by_role("complementary", name="Event", exact=True)
    expect(drawer).to_contain_text("BACK01")
    expect(page).to_have_url(re.compile(r"\?plate=BACK&event="))
    page.go_back()
    expect(drawer).to_have_count(0)
    expect(page).to_have_url(re.compile(r"\?plate=BACK$"))
    page.get_by_role("link", name="Events", exact=True).click()
    expect(page.get_by_label("Part of a plate")).to_have_value("")


def test_the_drawer_is_reached_and_left_by_the_keyboard(open_page: Opener, passages: Passages) -> None:
    passages.passed("EV2001")
    passages.passed("EV2002")
    page = open_page("/?plate=EV200")
    expect(page.get_by_role("list", name=ROWS).get_by_role("button", name="EV2002")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    drawer = page.get_by_role("complementary", name="Event", exact=True)
    expect(drawer).to_contain_text("EV2002")
    expect(page).to_have_url(re.compile(r"[?&]event="))
    page.keyboard.press("j")
    expect(drawer).to_contain_text("EV2001")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_passage_tells_its_evidence_and_its_plate_is_put_on_a_list(
    open_page: Opener, passages: Passages, running: RunningSite
) -> None:
    passages.passed("EV3001", ago=timedelta(hours=2))
    event = passages.passed("EV3001")
    page = open_page(f"/?event={event['event_id']}")
    drawer = page.get_by_role("complementary", name="Event", exact=True)
    expect(drawer.get_by_role("img", name="Frame with plate EV3001")).to_be_visible()
    expect(drawer.get_by_role("region", name="Earlier")).to_contain_text("2 visits in 30 days")
    expect(drawer.get_by_role("heading", name="Why")).to_be_visible()
    drawer.get_by_role("button", name="Closer").click()
    expect(drawer.get_by_role("button", name="Whole picture")).to_be_enabled()
    page.keyboard.press("l")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("List").select_option("black")
    dialog.get_by_label("Note").fill("seen twice")
    dialog.get_by_role("button", name="Add").click()
    expect(page.get_by_text("EV3001 is on Black")).to_be_visible()
    # A list counts from the moment that the reactor has read it again.
    wait_for(lambda: passages.passed("EV3001")["lists"] == ["black"], 30, "the list does not count")
    page.keyboard.press("Escape")
    alarm = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="EV3001")).first
    expect(alarm).to_contain_text("Black", timeout=LIVE_MS * 3)
    running.api.delete("/api/v1/lists/black/entries/EV3001").raise_for_status()


def test_filters_stand_in_the_address(open_page: Opener, passages: Passages) -> None:
    passages.passed("EV4001", camera="Yard")
    passages.passed("EV4002", camera="Gate")
    page = open_page("/")
    page.get_by_label("Camera", exact=True).select_option(label="Yard")
    rows = page.get_by_role("list", name=ROWS)
    expect(rows.get_by_role("button", name="EV4002")).to_have_count(0)
    expect(rows.get_by_role("button", name="EV4001")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Camera", exact=True)).to_have_value(passages.cameras["Yard"])
    expect(rows.get_by_role("button", name="EV4001")).to_be_visible()
    page.get_by_label("Part of a plate").fill("ZZZZ")
    expect(page.get_by_role("heading", name="No passage fits")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect(rows.get_by_role("button", name="EV4002")).to_be_visible()


def test_a_broken_link_says_that_the_passage_is_not_there(open_page: Opener) -> None:
    page = open_page("/?event=00000000-0000-4000-8000-000000000000")
    expect(page.get_by_role("complementary", name="Event", exact=True).get_by_role("alert")).to_be_visible()


def test_two_people_see_the_same_passage_and_a_viewer_no_control_of_an_operator(
    open_page: Opener, passages: Passages, people: dict[str, str], barrier: Shelly
) -> None:
    event = passages.passed("EV5001")
    admin = open_page(f"/?event={event['event_id']}")
    viewer = open_page(f"/?event={event['event_id']}", user=people["viewer"], password=people["password"])
    for page in (admin, viewer):
        expect(page.get_by_role("complementary", name="Event", exact=True)).to_contain_text("EV5001")
    expect(admin.get_by_role("button", name="Add to a list")).to_be_visible()
    expect(admin.get_by_role("button", name="Open barrier")).to_be_visible()
    for name in ("Add to a list", "Open barrier", "Send again"):
        expect(viewer.get_by_role("button", name=name)).to_have_count(0)
    viewer.keyboard.press("l")
    viewer.keyboard.press("o")
    expect(viewer.get_by_role("dialog")).to_have_count(0)


def test_a_session_that_ends_asks_over_the_page_and_what_was_typed_stays(open_page: Opener, passages: Passages) -> None:
    event = passages.passed("EV6001")
    page = open_page(f"/?event={event['event_id']}")
    expect(page.get_by_role("complementary", name="Event", exact=True)).to_contain_text("EV6001")
    page.keyboard.press("l")
    page.get_by_role("dialog").get_by_label("Note").fill("half a sentence")
    page.context.clear_cookies()
    again = page.get_by_role("dialog", name="Sign in")
    expect(again).to_be_visible(timeout=15_000)
    again.get_by_label("Password").fill("a long enough password")
    page.wait_for_timeout(1100)
    again.get_by_role("button", name="Sign in").click()
    expect(again).to_have_count(0)
    expect(page.get_by_role("dialog").get_by_label("Note")).to_have_value("half a sentence")


def test_a_site_without_cameras_leads_to_the_first_steps(open_page: Opener, people: dict[str, str]) -> None:
    page = open_page("/sign-in")
    page.route("**/api/v1/cameras", lambda route: route.fulfill(json={"cameras": []}))
    page.goto("/")
    page.get_by_role("complementary", name="First steps").get_by_role("link", name="Begin").click()
    expect(page).to_have_url(re.compile(r"/welcome$"))
    viewer = open_page("/sign-in", user=people["viewer"], password=people["password"])
    viewer.route("**/api/v1/cameras", lambda route: route.fulfill(json={"cameras": []}))
    viewer.goto("/")
    expect(viewer.get_by_role("main")).to_be_visible()
    expect(viewer.get_by_role("link", name="Begin")).to_have_count(0)


def test_a_camera_without_picture_is_named_by_what_its_card_shows(
    open_page: Opener, passages: Passages, running: RunningSite
) -> None:
    passages.camera("Blind")
    told = {"plateText": "EV8001", "datetime": f"{now():%Y%m%d %H%M%S}000+0000", "plateConfidence": "0.93"}
    told |= {"carID": "8001", "carState": "lost", "sensorProviderID": "Blind"}
    running.api.post("/api/v1/ingest/json", json=told).raise_for_status()
    page = open_page("/")
    card = page.get_by_role("article").filter(has_text="Blind").get_by_role("button")
    expect(card).to_have_accessible_name(re.compile(r"No picture is kept of this passage\s*EV8001"), timeout=15_000)
    card.click()
    expect(page.get_by_role("complementary", name="Event", exact=True)).to_contain_text("EV8001")


def test_the_page_fits_a_phone(open_page: Opener, passages: Passages) -> None:
    passages.passed("EV7001")
    page = open_page("/", width=390, height=844)
    expect(page.get_by_role("list", name=ROWS).get_by_role("button", name="EV7001")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
