"""The rail beside what was found, which narrows the search, and the filters by several cameras, tag and certainty."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.passages import Passages
from tests.e2e.running_site import RunningSite

COUNTED_MS = 20_000
"""The rail comes after the rows, and a busy machine of the tests lets both wait."""


def rail(page: Page) -> Locator:
    return page.get_by_role("complementary", name="How they are spread")


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Passages found").locator("tbody").get_by_role("row")


def test_the_rail_counts_by_time_and_by_camera_and_a_bar_narrows_the_search(
    open_page: Opener, passages: Passages
) -> None:
    for hours, camera in ((0, "Rail west"), (0, "Rail west"), (26, "Rail west"), (26, "Rail east")):
        passages.passed("SR1001", camera=camera, ago=timedelta(hours=hours))
    page = open_page("/search?plate=SR1001")
    expect(rail(page)).to_contain_text("4 in all", timeout=COUNTED_MS)
    bars = rail(page).get_by_role("toolbar", name="By hour").get_by_role("button")
    expect(bars).to_have_count(2)
    expect(bars.first).to_have_accessible_name(re.compile(r"\d{2}:\d{2}: 2 passages$"))
    rail(page).get_by_role("button", name="Rail east: 1 passage").click()
    expect(rows(page)).to_have_count(1)
    assert address(page)["camera"] == [passages.cameras["Rail east"]]
    narrowed = rail(page).get_by_role("button", name="Rail east: 1 passage")
    expect(narrowed).to_have_attribute("aria-pressed", "true")
    narrowed.click()
    expect(rows(page)).to_have_count(4)
    bars.first.click()
    expect(rows(page)).to_have_count(2)
    expect(rail(page)).to_contain_text("2 in all", timeout=COUNTED_MS)
    assert address(page)["period"] == ["custom"]


def test_the_bars_of_time_are_one_stop_of_the_tab_key_and_walked_by_the_arrows(
    open_page: Opener, passages: Passages
) -> None:
    for hours in (0, 2, 4):
        passages.passed("SR2001", camera="Rail west", ago=timedelta(hours=hours))
    page = open_page("/search?plate=SR2001")
    bars = rail(page).get_by_role("toolbar").get_by_role("button")
    expect(bars).to_have_count(3, timeout=COUNTED_MS)
    expect(rail(page).get_by_role("toolbar").locator("[tabindex='0']")).to_have_count(1)
    bars.first.focus()
    for key, at in (("ArrowRight", 1), ("End", 2), ("ArrowRight", 2), ("ArrowLeft", 1), ("Home", 0)):
        page.keyboard.press(key)
        expect(bars.nth(at)).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(bars).to_have_count(1, timeout=COUNTED_MS)
    expect(bars).to_be_focused()


def test_a_longer_time_is_shown_by_the_day_and_by_the_hour_of_the_day(open_page: Opener, passages: Passages) -> None:
    for days in (0, 5):
        passages.passed("SR3001", camera="Rail west", ago=timedelta(days=days))
    page = open_page("/search?plate=SR3001")
    expect(rail(page).get_by_role("toolbar", name="By day").get_by_role("button")).to_have_count(2, timeout=COUNTED_MS)
    expect(rail(page).get_by_role("img", name=re.compile(r"By hour of the day: \d\d:00 [12]"))).to_be_visible()
    page.get_by_role("button", name="Today", exact=True).click()
    expect(rail(page).get_by_role("toolbar", name="By hour")).to_be_visible(timeout=COUNTED_MS)
    expect(rail(page)).to_contain_text("1 in all", timeout=COUNTED_MS)


def test_what_is_not_found_has_no_rail_and_on_a_phone_it_stands_below(open_page: Opener, passages: Passages) -> None:
    passages.passed("SR4001", camera="Rail west")
    page = open_page("/search?plate=SR4001", width=390, height=844)
    expect(rail(page)).to_contain_text("1 in all", timeout=COUNTED_MS)
    row, bars = rows(page).first.bounding_box(), rail(page).bounding_box()
    assert row
    assert bars
    assert bars["y"] > row["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto("/search?plate=SR4999")
    expect(page.get_by_role("heading", name="No passage fits")).to_be_visible()
    expect(rail(page)).to_have_count(0)


def test_several_cameras_are_chosen_one_by_one_and_taken_away_one_by_one(open_page: Opener, passages: Passages) -> None:
    for camera in ("Rail west", "Rail east", "Rail north"):
        passages.passed("SR5001", camera=camera)
    page = open_page("/search?plate=SR5001")
    choose = page.get_by_label("Camera", exact=True)
    choose.select_option(label="Rail west")
    choose.select_option(label="Rail north")
    expect(rows(page)).to_have_count(2)
    assert address(page)["camera"] == [passages.cameras[name] for name in ("Rail west", "Rail north")]
    page.reload()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="Take away: at Rail west").click()
    expect(rows(page)).to_have_count(1)
    choose.select_option(label="All cameras")
    expect(rows(page)).to_have_count(3)


def test_certainty_has_a_least_and_a_most(open_page: Opener, passages: Passages) -> None:
    for sure in ("0.55", "0.75", "0.97"):
        passages.passed("SR6001", camera="Rail west", plateConfidence=sure)
    page = open_page("/search?plate=SR6001")
    expect(rows(page)).to_have_count(3)
    page.get_by_label("Sure at least").select_option("0.7")
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_label("Sure at most").get_by_role("option", name="at most 0.5 sure")).to_have_count(0)
    page.get_by_label("Sure at most").select_option("0.9")
    expect(rows(page)).to_have_count(1)
    understood = page.get_by_role("list", name="What was understood")
    expect(understood).to_contain_text("at least 0.7 sure")
    page.get_by_role("button", name="Take away: at most 0.9 sure").click()
    expect(rows(page)).to_have_count(2)


def test_tagged_and_corrected_passages_are_found(open_page: Opener, passages: Passages, running: RunningSite) -> None:
    tagged, corrected = (passages.passed(plate, camera="Rail west") for plate in ("SR7001", "SR7O02"))
    passages.passed("SR7003", camera="Rail west")
    running.api.put(f"/api/v1/events/{tagged['event_id']}/tags/rail-case").raise_for_status()
    running.api.put(f"/api/v1/events/{corrected['event_id']}/correction", json={"plate": "SR7002"}).raise_for_status()
    page = open_page("/search?plate=SR70")
    expect(rows(page)).to_have_count(3)
    page.get_by_label("Tag", exact=True).select_option("rail-case")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("SR7001")
    page.get_by_role("button", name="Take away: tag rail-case").click()
    page.get_by_label("Corrected plates").select_option(label="Only corrected")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("SR7002")
    page.get_by_label("Corrected plates").select_option(label="Not corrected")
    expect(rows(page)).to_have_count(2)
