"""A backup is made, compared with the site and restored, and what is wrong with one is said beside its field."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.e2e.running_site import RunningSite

PHRASE = "a passphrase that is long"
SLOWEST_MS = 30_000


def made(page: Page, folder: Path) -> Path:
    form = page.get_by_role("form", name="Make a backup")
    form.get_by_label("Passphrase").fill(PHRASE)
    with page.expect_download() as download:
        form.get_by_role("button", name="Download").click()
    file = folder / "site.backup"
    download.value.save_as(file)
    return file


def look(page: Page, file: Path, phrase: str = PHRASE) -> None:
    form = page.get_by_role("form", name="Restore a backup")
    form.get_by_label("Backup file").set_input_files(file)
    form.get_by_label("Its passphrase").fill(phrase)
    form.get_by_role("button", name="Show the difference").click()


def test_a_short_passphrase_is_refused_beside_its_field(open_page: Opener) -> None:
    page = open_page("/settings/backup")
    form = page.get_by_role("form", name="Make a backup")
    form.get_by_label("Passphrase").fill("short")
    form.get_by_role("button", name="Download").click()
    expect(form.get_by_role("alert")).to_be_visible()
    expect(form.get_by_label("Passphrase")).to_have_attribute("aria-invalid", "true")


def test_a_backup_shows_what_it_would_change_and_changes_it_once_confirmed(
    open_page: Opener, running: RunningSite, tmp_path: Path
) -> None:
    running.post("/lists", {"name": "backed up"})
    page = open_page("/settings/backup", accept_downloads=True)
    file = made(page, tmp_path)
    look(page, file)
    expect(page.get_by_text("Nothing: the site is as the backup tells.")).to_be_visible(timeout=SLOWEST_MS)
    expect(page.get_by_text("This site made it.")).to_be_visible()
    running.api.delete("/api/v1/lists/backed up").raise_for_status()
    running.post("/lists", {"name": "made later"})
    page.get_by_label("Make the site as it was").check()
    expect(page.get_by_text("Nothing: the site is")).to_have_count(0)
    page.get_by_role("button", name="Show the difference").click()
    lists = page.get_by_role("row").filter(has_text="backed up")
    expect(lists).to_contain_text("Lists", timeout=SLOWEST_MS)
    expect(lists).to_contain_text("made later")
    page.get_by_role("button", name="Restore", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert "made later" in {one["name"] for one in running.get("/lists")["lists"]}
    page.get_by_role("button", name="Restore", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(page.get_by_text("The backup is restored")).to_be_visible(timeout=SLOWEST_MS)
    names = {one["name"] for one in running.get("/lists")["lists"]}
    assert "backed up" in names
    assert "made later" not in names
    running.api.delete("/api/v1/lists/backed up").raise_for_status()


def test_a_site_that_changed_since_wants_another_look(open_page: Opener, running: RunningSite, tmp_path: Path) -> None:
    page = open_page("/settings/backup", accept_downloads=True)
    file = made(page, tmp_path)
    running.api.patch("/api/v1/lists/white", json={"colour": "blue"}).raise_for_status()
    look(page, file)
    expect(page.get_by_role("row").filter(has_text="white")).to_contain_text("colour", timeout=SLOWEST_MS)
    running.api.patch("/api/v1/lists/white", json={"colour": "green"}).raise_for_status()
    page.get_by_role("button", name="Restore", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(page.get_by_role("alert")).to_be_visible(timeout=SLOWEST_MS)
    expect(page.get_by_role("button", name="Restore", exact=True)).to_have_count(0)


def test_a_wrong_passphrase_and_a_damaged_file_are_said_beside_their_fields(open_page: Opener, tmp_path: Path) -> None:
    page = open_page("/settings/backup", accept_downloads=True, width=390, height=844)
    file = made(page, tmp_path)
    phrase, chosen = page.get_by_label("Its passphrase"), page.get_by_label("Backup file")
    look(page, file, "another passphrase")
    expect(page.get_by_role("alert")).to_contain_text("does not open", timeout=SLOWEST_MS)
    expect(phrase).to_have_attribute("aria-invalid", "true")
    cut, other = tmp_path / "cut.backup", tmp_path / "other.backup"
    cut.write_bytes(file.read_bytes()[:-80])
    look(page, cut)
    expect(chosen).to_have_attribute("aria-invalid", "true", timeout=SLOWEST_MS)
    other.write_bytes(b"no backup at all")
    look(page, other)
    expect(page.get_by_role("alert")).to_contain_text("no backup", timeout=SLOWEST_MS)
    expect(phrase).to_have_value(PHRASE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
