"""What was found, or is selected, leaves as a file; selected passages are tagged."""

from __future__ import annotations

import csv
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.many import fill
from tests.browser.passages import Passages
from tests.e2e.running_site import RunningSite

WRITTEN_MS = 60_000
"""A job has to begin first, on a machine that does more."""
PASSWORD = "correct horse battery"


def strip(page: Page) -> Locator:
    return page.get_by_role("region", name="Exports")


def asked(running: RunningSite) -> list[dict[str, Any]]:
    """What the audit log keeps of exports, newest first."""
    entries = running.get("/audit", action="event.export")["entries"]
    return [one["detail"] for one in entries if one["action"] == "event.export"]


def ask_for(page: Page, form: str, reason: str = "") -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name=form).check()
    dialog.get_by_label("What it is for").fill(reason)
    dialog.get_by_role("button", name="Export", exact=True).click()
    expect(dialog).to_have_count(0)


def fetch(page: Page, folder: Path) -> Path:
    link = strip(page).get_by_role("link", name=re.compile("^Download"))
    expect(link).to_have_count(1, timeout=WRITTEN_MS)
    with page.expect_download() as coming:
        link.click()
    file = folder / coming.value.suggested_filename
    coming.value.save_as(file)
    return file


def test_what_was_found_is_exported_as_a_table_and_the_file_stays_in_reach(
    open_page: Opener, passages: Passages, running: RunningSite, tmp_path: Path
) -> None:
    for plate in ("SX1001", "SX1002", "SY1003"):
        passages.passed(plate, camera="Export")
    page = open_page(f"/search?plate=SX100&period=today&camera={passages.cameras['Export']}")
    page.get_by_label("Why you search").fill("case 18")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("2 passages", exact=True)).to_be_visible()
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("dialog").get_by_label("What it is for")).to_have_value("case 18")
    ask_for(page, "Table (CSV)", "case 18, for the court")
    file = fetch(page, tmp_path)
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert [row["plate"] for row in rows] == ["SX1002", "SX1001"]
    expect(strip(page)).to_contain_text("2 passages")
    assert asked(running)[0]["reason"] == "case 18, for the court"
    strip(page).get_by_role("button", name=re.compile("^Close CSV")).click()
    expect(strip(page)).to_have_count(0)
    page.reload()
    page.get_by_role("button", name="Export", exact=True).click()
    dialog = page.get_by_role("dialog", name="Export what was found")
    expect(dialog.get_by_role("link", name=re.compile("^Download CSV"))).to_be_visible()
    dialog.get_by_role("button", name=re.compile("^Delete CSV")).click()
    expect(dialog.get_by_role("heading", name="Of the last day")).to_have_count(0)


def test_the_selection_leaves_as_evidence_also_what_could_not_be_read(
    open_page: Opener, passages: Passages, running: RunningSite, tmp_path: Path
) -> None:
    for plate in ("SX2001", "SX2002"):
        passages.passed(plate, camera="Evidence")
    # Of sixty, three could not be read.
    fill(running.data_dir, 60, {"Evidence": passages.cameras["Evidence"]})
    page = open_page(f"/search?camera={passages.cameras['Evidence']}&unread=with")
    page.get_by_label("Select SX2001").check()
    page.get_by_role("button", name="Older").first.click()
    unread = page.get_by_label("Select unread")
    expect(unread).to_have_count(2)
    for row in unread.all():
        row.check()
    selected = page.get_by_role("region", name="Selected passages")
    selected.get_by_role("button", name="Export 3 passages").click()
    ask_for(page, "Evidence (ZIP)")
    with zipfile.ZipFile(fetch(page, tmp_path)) as evidence:
        names = evidence.namelist()
    assert "SHA256SUMS" in names
    assert asked(running)[0]["query"] == "unread=with"
    assert asked(running)[0]["ids"] == 3
    assert sum(name.endswith("event.json") for name in names) == 3


@pytest.mark.timeout(180)
def test_an_export_is_found_again_after_a_reload_and_a_failed_one_says_why(
    open_page: Opener, passages: Passages, running: RunningSite
) -> None:
    passages.camera("Heap")
    fill(running.data_dir, 21_500, {"Heap": passages.cameras["Heap"]})
    page = open_page("/search?camera=" + passages.cameras["Heap"])
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(51)
    page.get_by_role("button", name="Export", exact=True).click()
    ask_for(page, "Table (Excel)")
    expect(strip(page).get_by_role("progressbar")).to_be_visible()
    page.reload()
    expect(strip(page).get_by_text("XLSX")).to_be_visible()
    expect(strip(page).get_by_role("link", name=re.compile("^Download"))).to_be_visible(timeout=WRITTEN_MS)
    expect(strip(page)).to_contain_text("20,640 passages")
    page.get_by_role("button", name="Export", exact=True).click()
    ask_for(page, "Evidence (ZIP)")
    refused = strip(page).get_by_role("alert")
    expect(refused).to_contain_text("more than 20,000 events", timeout=WRITTEN_MS)
    strip(page).get_by_role("button", name=re.compile("^Delete ZIP")).click()
    expect(refused).to_have_count(0)
    strip(page).get_by_role("button", name=re.compile("^Delete XLSX")).click()
    expect(strip(page)).to_have_count(0)


def test_nothing_found_is_not_exported(open_page: Opener) -> None:
    page = open_page("/search?plate=SX2999")
    expect(page.get_by_role("heading", name="No passage fits")).to_be_visible()
    expect(page.get_by_role("button", name="Export", exact=True)).to_be_disabled()


def test_the_selection_is_tagged_and_the_tag_can_be_searched_at_once(
    open_page: Opener, passages: Passages, running: RunningSite
) -> None:
    events = [passages.passed(f"SX300{number}", camera="Export") for number in range(6)]
    page = open_page("/search?plate=SX300")
    page.get_by_label("Select this page").check()
    page.get_by_label("Select SX3000").uncheck()
    page.get_by_role("button", name="Tag", exact=True).click()
    dialog = page.get_by_role("dialog", name="Tag 5 passages")
    tag = dialog.get_by_label("Tag", exact=True)
    tag.fill("two words")
    dialog.get_by_role("button", name="Tag", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("A tag has 1 to 32 letters")
    expect(tag).to_have_attribute("aria-invalid", "true")
    expect(tag).to_have_value("two words")
    tag.fill("theft")
    dialog.get_by_role("button", name="Tag", exact=True).click()
    expect(page.get_by_text("5 passages are tagged theft")).to_be_visible()
    assert running.get(f"/events/{events[1]['event_id']}")["tags"] == ["theft"]
    page.get_by_label("Tag", exact=True).select_option("theft")
    expect(page.get_by_text("5 passages", exact=True)).to_be_visible()
    expect(page.get_by_role("table").get_by_text("theft")).to_have_count(5)


def test_a_viewer_exports_what_is_selected_and_neither_tags_it_nor_adds_it_to_a_list(
    open_page: Opener, passages: Passages, running: RunningSite
) -> None:
    running.post("/users", {"name": "exporter", "role": "viewer", "password": PASSWORD})
    passages.passed("SX4001", camera="Export")
    page = open_page("/search?plate=SX4001", user="exporter", password=PASSWORD, width=390, height=844)
    page.get_by_label("Select SX4001").check()
    selection = page.get_by_role("region", name="Selected passages")
    expect(selection.get_by_role("button", name="Export 1 passage")).to_be_visible()
    expect(selection.get_by_role("button")).to_have_count(2)
    selection.get_by_role("button", name="Export 1 passage").click()
    ask_for(page, "Table (CSV)")
    expect(strip(page).get_by_role("link", name=re.compile("^Download"))).to_be_visible(timeout=WRITTEN_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
