"""The passages of one plate: when it comes, how long it stayed away, and what it is on."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.passages import Passages
from tests.e2e.running_site import RunningSite


def test_the_passages_of_one_plate_tell_when_it_comes(open_page: Opener, passages: Passages) -> None:
    for hours in (24 * 9, 24 * 3, 0):
        passages.passed("PL7001", camera="Visits", ago=timedelta(hours=hours))
    page = open_page("/plates/PL7001")
    expect(page.get_by_text("3 times", exact=True)).to_be_visible()
    expect(page.get_by_text("Visits (3)")).to_be_visible()
    expect(page.get_by_text("2 days without it")).to_be_visible()
    expect(page.get_by_text("5 days without it")).to_be_visible()
    expect(page.get_by_role("rowheader")).to_have_count(7)
    page.get_by_role("button", name=re.compile("^Passage Today")).click()
    drawer = page.get_by_role("complementary", name="Event", exact=True)
    expect(drawer).to_contain_text("PL7001")
    page.reload()
    expect(drawer).to_contain_text("PL7001")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)


def test_the_lists_of_a_plate_are_told_and_it_is_put_on_another(
    open_page: Opener, passages: Passages, running: RunningSite
) -> None:
    for name in ("Visitors", "Fleet"):
        running.post("/lists", {"name": name})
    running.post("/lists/Fleet/entries", {"plate": "PL71*"})
    passages.passed("PL7101", camera="Visits")
    page = open_page("/plates/PL7101")
    lists = page.get_by_role("group", name="Lists")
    expect(lists).to_contain_text("Fleet")
    expect(lists).to_contain_text("PL71*")
    page.get_by_role("button", name="Add to a list").click()
    page.get_by_role("dialog").get_by_label("List").select_option("Visitors")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(lists.get_by_role("link", name="Visitors")).to_be_visible()


def test_a_plate_that_never_came_leads_to_its_look_alikes(open_page: Opener, passages: Passages) -> None:
    passages.passed("PL72O1", camera="Visits")
    page = open_page("/plates/PL7201")
    expect(page.get_by_role("heading", name="This plate was never seen")).to_be_visible()
    page.get_by_role("link", name="Look-alikes").click()
    expect(page.get_by_role("button", name="PL72O1", exact=True)).to_be_visible()


def test_a_viewer_on_a_phone_sees_them_and_changes_nothing(
    open_page: Opener, passages: Passages, running: RunningSite
) -> None:
    running.post("/users", {"name": "visitor", "role": "viewer", "password": "correct horse battery"})
    passages.passed("PL7301", camera="Visits")
    page = open_page("/plates/PL7301", user="visitor", password="correct horse battery", width=390, height=844)
    expect(page.get_by_text("1 time", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Add to a list")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
