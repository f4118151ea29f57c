"""Searches that are kept under a name: in reach by a click, and each person's own."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.passages import Passages
from tests.e2e.running_site import RunningSite


def kept(page: Page) -> Locator:
    """The panel of saved searches, opened."""
    page.get_by_role("button", name="Saved searches").click()
    return page.get_by_role("group", name="Saved searches")


def save(panel: Locator, name: str) -> None:
    panel.get_by_label("Save this search as").fill(name)
    panel.get_by_role("button", name="Save", exact=True).click()


def test_a_search_is_saved_opened_and_deleted(open_page: Opener, passages: Passages, running: RunningSite) -> None:
    for plate in ("SS1001", "SS1002"):
        passages.passed(plate, camera="Saved")
    camera = passages.cameras["Saved"]
    page = open_page(f"/search?plate=SS?001&mode=exact&period=week&camera={camera}&max_confidence=0.95")
    expect(page.get_by_text("1 passage", exact=True)).to_be_visible()
    panel = kept(page)
    save(panel, "Ones of the week")
    expect(page.get_by_text("Ones of the week is saved")).to_be_visible()
    own = page.context.request.get("/api/v1/searches").json()["searches"]
    # As the API understands it; the week is meant anew whenever it is opened.
    assert [one["query"] for one in own] == [
        f"plate=SS%3F001&mode=wildcard&camera={camera}&max_confidence=0.95&period=week"
    ]
    page.goto("/search?plate=SS1002&view=wall")
    found = page.get_by_role("list", name="Passages found")
    expect(found.get_by_role("button", name="SS1002")).to_be_visible()
    panel = kept(page)
    search = panel.get_by_role("link", name="Ones of the week")
    expect(search).to_contain_text("is SS?001, Last 7 days, at Saved, at most 0.95 sure")
    search.click()
    expect(panel).to_be_hidden()
    expect(found.get_by_role("button", name="SS1001")).to_be_visible()
    expect(found.get_by_role("listitem")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"mode=exact&period=week&camera=.*&view=wall"))
    panel = kept(page)
    panel.get_by_role("button", name="Delete the search Ones of the week").click()
    panel.get_by_role("button", name="Delete", exact=True).click()
    expect(panel.get_by_role("link")).to_have_count(0)
    assert page.context.request.get("/api/v1/searches").json()["searches"] == []


def test_a_name_that_is_taken_is_told_beside_it_and_nothing_is_saved_of_no_search(open_page: Opener) -> None:
    page = open_page("/search")
    panel = kept(page)
    expect(panel).to_contain_text("Search for something, then save it here")
    expect(panel.get_by_label("Save this search as")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.goto("/search?direction=in")
    panel = kept(page)
    save(panel, "Going in")
    expect(panel.get_by_role("link", name="Going in")).to_be_visible()
    save(panel, "Going in")
    expect(panel.get_by_role("alert")).to_contain_text("You already keep a search Going in")
    expect(panel.get_by_label("Save this search as")).to_have_value("Going in")
    expect(panel.get_by_role("link")).to_have_count(1)


def test_a_viewer_keeps_searches_of_ones_own_also_on_a_phone(open_page: Opener, running: RunningSite) -> None:
    password = "correct horse battery"
    running.post("/users", {"name": "keeper", "role": "viewer", "password": password})
    page = open_page("/search?country=POL", user="keeper", password=password, width=390, height=844)
    panel = kept(page)
    expect(panel.get_by_role("link")).to_have_count(0)
    save(panel, "Guests")
    expect(panel.get_by_role("link", name="Guests")).to_contain_text("Poland")
    box = panel.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
