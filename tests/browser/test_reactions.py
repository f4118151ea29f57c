"""Reactions in the browser: the guide's table, rules as sentences, and what a rule would have done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.passages import Passages
from tests.e2e.running_site import RunningSite


@pytest.fixture(scope="module", autouse=True)
def recorder(running: RunningSite) -> Iterator[str]:
    """A recorder that nobody answers for; what is told to it waits."""
    settings = {"host": "127.0.0.1", "port": 9}
    made = running.post("/destinations", {"name": "Recorder", "kind": "nvr_text", "settings": settings})
    yield made["id"]
    running.api.delete(f"/api/v1/destinations/{made['id']}", params={"with_reactions": True})


def test_a_cell_of_the_table_becomes_a_rule(open_page: Opener, running: RunningSite) -> None:
    page = open_page("/settings/reactions")
    page.get_by_label("White list, Reaction 1").select_option(label="Send to NVR")
    expect(page.get_by_text("The reactions are changed")).to_be_visible()
    expect(page.get_by_text("When a plate on White passes: tell Recorder.")).to_be_visible()
    page.get_by_label("White list, Reaction 1").select_option(label="No action")
    expect(page.get_by_text("No rule yet.")).to_be_visible()
    assert running.get("/reactions")["reactions"] == []


def test_what_cannot_be_chosen_says_why(open_page: Opener) -> None:
    page = open_page("/settings/reactions")
    expect(page.get_by_text("Open barrier:")).to_be_visible()


def test_a_rule_shows_what_it_would_have_done_before_it_is_saved(open_page: Opener, passages: Passages) -> None:
    passages.passed("RU1E55", camera="Depot")
    page = open_page("/settings/reactions")
    page.get_by_role("button", name="New rule").click()
    page.get_by_label("Name", exact=True).fill("Depot at any time")
    page.get_by_role("dialog").get_by_label("Depot").check()
    dry = page.get_by_role("region", name="The last 7 days")
    expect(dry).to_contain_text("It would have fired 1 time")
    page.get_by_text("More conditions").click()
    page.get_by_label("Least confidence").fill("0.99")
    expect(dry).to_contain_text("It would have fired 0 times")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("at Depot and confidence is at least 0.99")).to_be_visible()
    page.get_by_role("button", name="Delete Depot at any time").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No rule yet.")).to_be_visible()


def test_all_barriers_are_locked_with_one_switch_and_a_reason(open_page: Opener, running: RunningSite) -> None:
    page = open_page("/settings/site")
    page.get_by_label("Why").fill("fire drill")
    page.get_by_role("button", name="Lock all barriers").click()
    expect(page.get_by_role("heading", name="All barriers are locked")).to_be_visible()
    assert running.get("/site")["barriers_reason"] == "fire drill"
    page.goto("/settings/reactions")
    expect(page.get_by_text("Barriers are locked")).to_contain_text("fire drill")
    page.goto("/settings/site")
    page.get_by_role("button", name="Let rules open barriers again").click()
    expect(page.get_by_role("heading", name="Barriers obey the rules")).to_be_visible()


def test_the_sites_name_stands_at_the_top_of_every_page(open_page: Opener, running: RunningSite) -> None:
    page = open_page("/settings/site")
    page.get_by_label("Name of the site").fill("North car park")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="North car park, Platewire")).to_be_visible()
    page.goto("/search")
    expect(page.get_by_role("link", name="North car park, Platewire")).to_be_visible()
    running.api.patch("/api/v1/site", json={"name": ""}).raise_for_status()


def test_a_zone_that_is_none_is_said_beside_the_field(open_page: Opener) -> None:
    page = open_page("/settings/site")
    page.get_by_label("Time zone").fill("Europe/Nowhere")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("zone")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Nowhere")
