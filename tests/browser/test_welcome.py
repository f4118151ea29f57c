"""The first steps of a site: four of them, and at their end a plate."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.e2e.running_site import RunningSite


def test_a_newcomer_comes_from_the_password_to_the_first_plate(open_page: Opener, running: RunningSite) -> None:
    running.post("/users", {"name": "newcomer", "role": "admin", "password": "shown at the start"})
    page = open_page("/welcome", user="newcomer", password="shown at the start")
    page.get_by_label("Old password").fill("wrong one")
    page.get_by_label("New password").fill("correct horse battery")
    page.get_by_role("button", name="Change the password").last.click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Old password").fill("shown at the start")
    page.get_by_role("button", name="Change the password").last.click()

    page.get_by_label("Time zone of the site").fill("Europe/Nowhere")
    page.get_by_role("button", name="Take this time zone").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Time zone of the site").fill("Europe/Kyiv")
    page.get_by_role("button", name="Take this time zone").click()

    page.get_by_label("RTSP address").fill("gate camera")
    page.get_by_role("button", name="Add camera").click()
    expect(page.get_by_label("RTSP address")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Take the demo road").click()
    expect(page.get_by_text("That is the first plate.")).to_be_visible(timeout=90_000)
    assert running.get("/site")["timezone"] == "Europe/Kyiv"
    page.get_by_role("link", name="To the events").click()
    expect(page.get_by_role("list", name="Passages, newest first")).to_be_visible()
    for camera in running.get("/cameras")["cameras"]:
        if camera["name"] == "Demo road":
            running.api.delete(f"/api/v1/cameras/{camera['id']}").raise_for_status()


def test_who_may_not_set_up_a_site_is_told(open_page: Opener, running: RunningSite) -> None:
    running.post("/users", {"name": "welcome viewer", "role": "viewer", "password": "correct horse battery"})
    page = open_page("/welcome", user="welcome viewer", password="correct horse battery", width=390)
    expect(page.get_by_role("heading", name="You may not see this.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
