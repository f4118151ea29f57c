"""The newcomer's path on a fresh site, timed: password, first plate, a list entry, a receiver that hears of it."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from simulators.json_receiver import JsonReceiver
from tests.browser.conftest import HEIGHT, SLOWEST_MS, WIDTH
from tests.e2e.running_site import RunningSite, running_site
from tests.e2e.site_client import wait_for

ROOT = Path(__file__).parents[2]
PATH_SECONDS = 300
"""What the whole path may take; most of it is waiting until the same car of the demo road comes again."""
FIRST_PLATE_SECONDS, ROUND_MS = 120, 240_000


@pytest.fixture
def fresh() -> Iterator[RunningSite]:
    """As `make run` starts it."""
    with (
        tempfile.TemporaryDirectory(prefix="platewire-newcomer-", ignore_cleanup_errors=True) as folder,
        running_site(Path(folder), "--demo", password="") as started,
    ):
        yield started


def printed_password(site: RunningSite) -> str:
    found = re.search(r"First user: admin, password\s+(\S+)", site.output.read_text())
    assert found, "the site prints the first password"
    return found[1]


def test_the_readme_says_what_make_run_does() -> None:
    readme, makefile = (ROOT / "README.md").read_text(), (ROOT / "Makefile").read_text()
    assert "make run " in readme
    assert "prints the first password" in readme
    assert re.search(r"^run:.*\n\t@\S+/platewire up --demo ", makefile, re.MULTILINE)


@pytest.mark.timeout(600)
def test_from_the_first_password_to_a_receiver_that_hears_of_a_listed_plate(
    fresh: RunningSite, browser: Browser
) -> None:
    base = str(fresh.api.base_url).rstrip("/")
    context = browser.new_context(base_url=base, viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(SLOWEST_MS * 2)
    began = time.monotonic()
    with JsonReceiver() as receiver:
        _sign_in(page, printed_password(fresh))
        plate = _first_plate(page, fresh)
        _listed(page, plate)
        _received(page, receiver.url)
        deadline = time.monotonic() + ROUND_MS / 1000
        while not any(one.document["plateText"] == plate for one in receiver.requests):
            assert time.monotonic() < deadline, f"the receiver never heard of {plate}"
            page.wait_for_timeout(500)
    took = time.monotonic() - began
    context.close()
    assert took < PATH_SECONDS, f"{took:.0f} s"


def _sign_in(page: Page, password: str) -> None:
    page.goto("/")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def _first_plate(page: Page, site: RunningSite) -> str:
    """Opens the first vehicle that is on no list: the demo has some on its lists."""

    def found() -> str:
        return next((str(one["plate"]) for one in site.events() if one["plate"] and not one["lists"]), "")

    plate = wait_for(found, FIRST_PLATE_SECONDS, "the demo road brought no vehicle")
    page.get_by_role("list", name="Passages, newest first").get_by_role("button", name=plate).first.click()
    drawer = page.get_by_role("complementary", name="Event", exact=True)
    expect(drawer.get_by_role("button", name="Add to a list")).to_be_visible(timeout=SLOWEST_MS * 2)
    return plate


def _listed(page: Page, plate: str) -> None:
    page.keyboard.press("l")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("List").select_option("white")
    dialog.get_by_role("button", name="Add").click()
    expect(page.get_by_text(f"{plate} is on White")).to_be_visible()


def _received(page: Page, url: str) -> None:
    """By the settings, as somebody finds them who looks for them."""
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Integrations").click()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="JSON").first.click()
    page.get_by_label("Name", exact=True).fill("My receiver")
    page.get_by_label("Destination URL").fill(url)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="My receiver")).to_be_visible()
    page.get_by_role("link", name="Reactions", exact=True).click()
    page.get_by_role("button", name="New rule").click()
    page.get_by_label("Name", exact=True).fill("Residents to my receiver")
    page.get_by_role("dialog").get_by_label("White").check()
    page.get_by_label("Then").select_option(label="tell My receiver")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("When a plate on White passes: tell My receiver.")).to_be_visible()
