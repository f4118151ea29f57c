"""The way in, the way out, and a session that ends while somebody works."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.e2e.running_site import ADMIN_PASSWORD, RunningSite


def test_a_stranger_is_led_to_the_password_and_then_to_the_page_he_wanted(open_page: Opener) -> None:
    page = open_page("/search", user=None)
    expect(page).to_have_url(re.compile(r"/sign-in\?next="))
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("admin")
    page.get_by_label("Password").fill(ADMIN_PASSWORD)
    page.wait_for_timeout(1100)  # one try a second
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/search$"))
    expect(page.get_by_role("navigation")).to_contain_text("Search")


def test_nobody_is_led_to_another_site_by_the_address(open_page: Opener, running: RunningSite) -> None:
    page = open_page("/sign-in?next=//evil.example/", user=None)
    page.wait_for_timeout(1100)
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(ADMIN_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation")).to_be_visible()
    assert page.url == f"{str(running.api.base_url).rstrip('/')}/"


def test_signing_out_leads_to_the_way_in(open_page: Opener) -> None:
    page = open_page("/")
    page.get_by_role("button", name="admin").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile(r"/sign-in$"))


def test_the_pages_speak_ukrainian_to_a_ukrainian_browser(open_page: Opener) -> None:
    page = open_page("/", locale="uk-UA")
    expect(page.get_by_role("navigation")).to_contain_text("Події")
    assert page.locator("html").get_attribute("lang") == "uk"
