"""The dashboard: figures of a span of time, each of which leads to the passages behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from simulators.json_receiver import JsonReceiver
from tests.browser.conftest import Opener
from tests.browser.passages import Passages
from tests.e2e.running_site import RunningSite
from tests.e2e.site_client import wait_for

CAMERA = "Counted gate"
WEEK = "/dashboard?period=week"
"""Not today, which may have begun a minute ago."""
SLOWEST_MS = 20_000


@pytest.fixture
def receiver(running: RunningSite) -> Iterator[str]:
    """The name of a destination that hears of every vehicle."""
    with JsonReceiver() as heard:
        body = {"name": "Counting office", "kind": "json_http", "settings": {"url": heard.url}}
        made = running.post("/destinations", body)
        rule = {"name": "Counting office", "settings": {"list": "any"}, "destination_id": made["id"]}
        running.post("/reactions", rule)
        yield made["name"]
        running.api.delete(f"/api/v1/destinations/{made['id']}", params={"with_reactions": True})


@pytest.fixture(scope="module")
def counted(running: RunningSite, passages: Passages) -> str:
    """The id of a camera at which three vehicles passed: two in, one of them twice, and one out."""
    running.post("/lists/white/entries", {"plate": "DB1001"})
    passages.passed("DB1001", CAMERA, carMoveDirection="in")
    passages.passed("DB1001", CAMERA, timedelta(minutes=2), carMoveDirection="out", plateCountry="POL")
    passages.passed("DB1002", CAMERA, timedelta(minutes=3), carMoveDirection="in")
    return passages.camera(CAMERA)


def figure(page: Page, name: str) -> str:
    links = page.get_by_role("list", name="In figures").get_by_role("link")
    link = links.filter(has=page.get_by_text(name, exact=True))
    return link.locator("b").inner_text()


def test_the_figures_of_a_camera_lead_to_its_passages(open_page: Opener, counted: str) -> None:
    page = open_page(WEEK)
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Dashboard").click()
    page.get_by_role("button", name="Last 7 days").click()
    page.get_by_label("Camera", exact=True).select_option(label=CAMERA)
    expect(page).to_have_url(re.compile(rf"/dashboard\?period=week&camera={counted}$"))
    expect(page.get_by_role("link", name="DB1001: 2 passages")).to_be_visible(timeout=SLOWEST_MS)
    expected = {"Passages": "3", "In": "2", "Out": "1", "Inside": "+1", "Different plates": "2", "Read": "100%"}
    # Those of all cameras stand there until these have come.
    wait_for(
        lambda: {name: figure(page, name) for name in expected} == expected, 20, "the camera's figures did not come"
    )
    expect(page.get_by_role("link", name="White: 2 passages")).to_be_visible()
    expect(page.get_by_role("link", name="On no list: 1 passage")).to_be_visible()
    expect(page.get_by_role("link", name="Poland: 1 passage")).to_be_visible()
    page.get_by_role("link", name="DB1001: 2 passages").click()
    expect(page).to_have_url(re.compile(r"/search\?"))
    expect(page.get_by_text("2 passages", exact=True).first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="Last 7 days")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("list", name="In figures").get_by_role("link", name="drove out").click()
    expect(page.get_by_text("1 passage", exact=True).first).to_be_visible()


def test_the_chart_is_a_table_too(open_page: Opener, counted: str) -> None:
    page = open_page(f"{WEEK}&camera={counted}")
    page.get_by_text("As a table").focus()
    page.keyboard.press("Enter")
    table = page.get_by_role("region", name="Passages by day").get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["Day", "In", "Out", "Not known", "Unread", "Inside"])
    table.get_by_role("row").nth(1).get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/search\?.*period=custom"))
    expect(page.get_by_text(re.compile(r"^\d+ passages$")).first).to_be_visible()


def test_a_time_of_ones_own_begins_with_the_one_shown_and_a_wrong_one_is_refused(open_page: Opener) -> None:
    page = open_page(WEEK)
    page.get_by_role("button", name="From – until").click()
    expect(page.get_by_label("From", exact=True)).not_to_have_value("")
    expect(page.get_by_label("Until", exact=True)).not_to_have_value("")
    page.get_by_label("From", exact=True).fill("2026-03-02T10:00")
    page.get_by_label("Until", exact=True).fill("2026-03-01T10:00")
    page.keyboard.press("Tab")
    expect(page.get_by_role("alert")).to_contain_text("before to")
    expect(page.get_by_label("From", exact=True)).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Until", exact=True).fill("2026-03-03T10:00")
    page.keyboard.press("Tab")
    expect(page.get_by_role("heading", name="No vehicle passed in this time")).to_be_visible()
    page.get_by_role("button", name="Last 30 days").last.click()
    expect(page).to_have_url(re.compile("period=month"))


def test_an_address_that_was_mistyped_is_today(open_page: Opener) -> None:
    page = open_page("/dashboard?period=ever&from=never")
    expect(page.get_by_role("button", name="Today")).to_have_attribute("aria-pressed", "true")


def test_an_operator_sees_deliveries_and_a_viewer_the_rest(
    open_page: Opener, running: RunningSite, passages: Passages, receiver: str
) -> None:
    destination = next(one["id"] for one in running.get("/destinations")["destinations"] if one["name"] == receiver)

    def told() -> bool:
        # Until the reactor knows the rule.
        passages.passed("DB3001", CAMERA)
        return bool(running.get("/deliveries", destination=destination)["deliveries"])

    wait_for(told, 30, "nobody was told")
    page = open_page(WEEK)
    expect(page.get_by_role("heading", name="Deliveries")).to_be_visible(timeout=SLOWEST_MS)
    expect(page.get_by_role("row").filter(has_text=receiver)).to_be_visible()
    running.post("/users", {"name": "counter", "role": "viewer", "password": "correct horse battery"})
    looking = open_page(WEEK, user="counter", password="correct horse battery", width=390, height=844)
    expect(looking.get_by_role("heading", name="How well plates are read")).to_be_visible(timeout=SLOWEST_MS)
    expect(looking.get_by_role("heading", name="Deliveries")).to_have_count(0)
    assert looking.evaluate("document.documentElement.scrollWidth <= innerWidth")
