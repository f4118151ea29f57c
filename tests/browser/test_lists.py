"""Lists in the browser: plates are put on them one by one and by file, with a look at what would match first."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.passages import Passages
from tests.e2e.running_site import RunningSite


def test_a_plate_is_put_on_a_list_with_a_look_at_what_it_would_have_matched(
    open_page: Opener, passages: Passages
) -> None:
    passages.passed("AB1O23")
    page = open_page("/settings/lists")
    page.get_by_role("button", name="New list").click()
    page.get_by_label("Name", exact=True).fill("Residents")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Residents")).to_be_visible()
    page.get_by_role("button", name="Add plate").click()
    page.get_by_label("Plate or pattern").fill("AB 1023")
    seen = page.get_by_role("region", name="Seen in the last 90 days")
    expect(seen).to_contain_text("1 passage would have matched")
    expect(seen).to_contain_text("as a look-alike")
    page.get_by_label("Owner").fill("Olena")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="Olena")).to_be_visible()
    page.get_by_label("Find in this list").fill("olen")
    expect(page.get_by_role("row").filter(has_text="Olena")).to_be_visible()
    page.get_by_label("Find in this list").fill("nobody")
    expect(page.get_by_role("heading", name="No entry holds")).to_be_visible()


def test_what_is_no_plate_is_said_beside_the_field_and_stays_typed(open_page: Opener) -> None:
    page = open_page("/settings/lists/white")
    page.get_by_role("button", name="Add plate").click()
    page.get_by_label("Plate or pattern").fill("🚗🚗")
    page.get_by_label("Note").fill("a long story")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Plate or pattern")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Note")).to_have_value("a long story")


def test_a_file_is_looked_at_before_it_is_written(open_page: Opener, running: RunningSite, tmp_path: Path) -> None:
    running.post("/lists", {"name": "Staff"})
    file = tmp_path / "staff.csv"
    file.write_text("Plate;Note\nAA1111BB;first\nAA2222BB;second\n!;wrong\n")
    page = open_page("/settings/lists/Staff")
    page.get_by_role("tab", name="Import").click()
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("tab", name="2 added")).to_be_visible(timeout=20_000)
    page.get_by_role("tab", name="1 invalid").click()
    expect(page.get_by_text("Line 4")).to_be_visible()
    assert running.get("/lists/Staff/entries")["entries"] == []
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_role("button", name="Close")).to_be_visible(timeout=20_000)
    assert len(running.get("/lists/Staff/entries")["entries"]) == 2


def test_a_list_goes_only_after_a_second_question(open_page: Opener, running: RunningSite) -> None:
    running.post("/lists", {"name": "Short lived"})
    page = open_page("/settings/lists/Short%20lived")
    page.get_by_role("button", name="Delete list").click()
    expect(page.get_by_role("dialog")).to_contain_text("0 entries go with it")
    page.get_by_role("dialog").get_by_role("button", name="Delete list").click()
    expect(page.get_by_role("heading", name="Lists")).to_be_visible()
    assert "Short lived" not in [one["name"] for one in running.get("/lists")["lists"]]


def test_a_viewer_sees_lists_and_no_way_to_change_them(open_page: Opener, running: RunningSite) -> None:
    running.post("/users", {"name": "reader of lists", "role": "viewer", "password": "correct horse battery"})
    page = open_page("/settings/lists/white", user="reader of lists", password="correct horse battery", width=390)
    expect(page.get_by_role("heading", name="White")).to_be_visible()
    expect(page.get_by_role("button", name="Add plate")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
