"""How long things are kept: what would go is counted before it is saved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.passages import Passages
from tests.e2e.running_site import RunningSite

ADDRESS = "/settings/retention"
SLOWEST_MS = 20_000
USUAL = {"events_days": 30, "pictures_days": 30, "unread_days": 30, "audit_days": 365, "cameras": {}}


@pytest.fixture(autouse=True)
def _as_it_was(running: RunningSite) -> Iterator[None]:
    yield
    running.api.put("/api/v1/site/retention", json=USUAL).raise_for_status()


def test_what_would_go_is_counted_while_one_types_and_saved_after_a_question(
    open_page: Opener, running: RunningSite, passages: Passages
) -> None:
    passages.passed("RT1001", "Kept gate", timedelta(days=3))
    page = open_page(ADDRESS)
    events = page.get_by_role("group", name="Passages", exact=True)
    told = events.get_by_text("tonight")
    expect(told).to_be_visible(timeout=SLOWEST_MS)
    before = told.inner_text()  # other tests may have left passages that are old already
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    events.get_by_role("spinbutton").fill("2")
    expect(told).not_to_have_text(before, timeout=SLOWEST_MS)
    expect(told).to_contain_text("passage")
    expect(page.get_by_role("status").filter(has_text="deletes more")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert running.get("/site/retention")["events_days"] == 30
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Save and delete").click()
    expect(page.get_by_role("button", name="Saved", exact=True)).to_be_visible(timeout=SLOWEST_MS)
    assert running.get("/site/retention")["events_days"] == 2
    events.get_by_label("for good").check()
    expect(events).to_contain_text("Nothing goes tonight", timeout=SLOWEST_MS)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(events.get_by_role("spinbutton")).to_be_disabled()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled(timeout=SLOWEST_MS)
    assert running.get("/site/retention")["events_days"] is None


def test_a_figure_that_is_missing_is_not_for_good(open_page: Opener, running: RunningSite) -> None:
    page = open_page(ADDRESS)
    days = page.get_by_role("group", name="Pictures", exact=True).get_by_role("spinbutton")
    for wrong in ("", "0", "4000"):
        days.fill(wrong)
        expect(page.get_by_role("status").filter(has_text="Say how many days")).to_be_visible()
        expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Cancel").click()
    expect(days).to_have_value("30")
    assert running.get("/site/retention")["pictures_days"] == 30


def test_a_camera_keeps_its_pictures_for_another_time(
    open_page: Opener, running: RunningSite, passages: Passages
) -> None:
    camera = passages.camera("Short gate")
    page = open_page(ADDRESS)
    page.get_by_role("button", name="Add a camera").click()
    page.get_by_label("Camera", exact=True).select_option(label="Short gate")
    page.get_by_label("Short gate: days").fill("3")
    expect(page.get_by_role("status").filter(has_text="than what is set now")).to_be_visible(timeout=SLOWEST_MS)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog").or_(page.get_by_role("button", name="Saved", exact=True)).first).to_be_visible()
    if page.get_by_role("dialog").count():
        page.get_by_role("dialog").get_by_role("button", name="Save and delete").click()
    expect(page.get_by_role("button", name="Saved", exact=True)).to_be_visible(timeout=SLOWEST_MS)
    assert running.get("/site/retention")["cameras"] == {camera: 3}
    page.get_by_role("button", name="Take away Short gate").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Short gate: days")).to_have_count(0)


def test_an_operator_looks_and_a_viewer_does_not_see_it(open_page: Opener, running: RunningSite) -> None:
    for role in ("operator", "viewer"):
        running.post("/users", {"name": f"keeping {role}", "role": role, "password": "correct horse battery"})
    page = open_page(ADDRESS, user="keeping operator", password="correct horse battery", width=390, height=844)
    expect(page.get_by_text("Guidelines 3/2019")).to_be_visible(timeout=SLOWEST_MS)
    expect(page.get_by_role("spinbutton").first).to_be_disabled()
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    viewer = open_page(ADDRESS, user="keeping viewer", password="correct horse battery")
    expect(viewer.get_by_role("heading", name="You may not see this.")).to_be_visible()
