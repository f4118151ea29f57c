"""Integrations, the account, health, keys, people and what keeps the site."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from simulators.json_receiver import Answer, JsonReceiver
from tests.browser.conftest import Opener
from tests.browser.passages import Passages
from tests.e2e.running_site import RunningSite
from tests.e2e.site_client import wait_for


@pytest.fixture
def receiver() -> Iterator[JsonReceiver]:
    with JsonReceiver() as running:
        yield running


def test_a_destination_is_connected_tested_and_told(
    open_page: Opener, running: RunningSite, passages: Passages, receiver: JsonReceiver
) -> None:
    """The newcomer's path behind the first plate: a list entry and a receiver that hears of it."""
    page = open_page("/settings/integrations")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="JSON").first.click()
    page.get_by_label("Name", exact=True).fill("My receiver")
    page.get_by_label("Destination URL").fill(receiver.url)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="My receiver")).to_be_visible()
    page.get_by_role("button", name="Test the connection").click()
    expect(page.locator("form").get_by_role("status")).to_be_visible(timeout=20_000)
    destination = next(one for one in running.get("/destinations")["destinations"] if one["name"] == "My receiver")

    page.goto("/settings/lists/white")
    page.get_by_role("button", name="Add plate").click()
    page.get_by_label("Plate or pattern").fill("NEW1001")
    page.get_by_role("button", name="Add", exact=True).click()
    page.goto("/settings/reactions")
    page.get_by_role("button", name="New rule").click()
    page.get_by_label("Name", exact=True).fill("Residents to my receiver")
    page.get_by_role("dialog").get_by_label("White").check()
    page.get_by_label("Then").select_option(label="tell My receiver")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("When a plate on White passes: tell My receiver.")).to_be_visible()

    receiver.requests.clear()
    # A list and a rule count from the moment that the reactor has read them.
    wait_for(lambda: passages.passed("NEW1001") and receiver.requests, 60, "the receiver heard nothing")
    assert receiver.requests[0].document["plateText"] == "NEW1001"
    heard = len(receiver.requests)
    page.goto(f"/settings/integrations/{destination['id']}")
    row = page.get_by_role("row").filter(has_text="NEW1001").first
    expect(row).to_contain_text("told", timeout=15_000)
    row.get_by_role("button", name="Send again NEW1001").click()
    wait_for(lambda: len(receiver.requests) > heard, 20, "it was not sent again")
    for rule in running.get("/reactions")["reactions"]:
        if rule["destination_id"] == destination["id"]:
            running.api.delete(f"/api/v1/reactions/{rule['id']}").raise_for_status()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Integrations")).to_be_visible()


def test_a_destination_that_refuses_everything_says_so(
    open_page: Opener, running: RunningSite, passages: Passages
) -> None:
    with JsonReceiver(otherwise=Answer(status=400)) as refusing:
        body = {"name": "Refusing", "kind": "json_http", "settings": {"url": refusing.url}}
        made = running.post("/destinations", body)
        rule = running.post("/reactions", {"name": "Refused", "settings": {}, "destination_id": made["id"]})
        # A rule counts from the moment that the reactor has read it.
        wait_for(lambda: passages.passed("RF1001") and refusing.requests, 60, "the receiver heard nothing")
        page = open_page("/settings/integrations")
        expect(page.get_by_role("main")).to_contain_text("failed last: ", timeout=15_000)
    running.api.delete(f"/api/v1/reactions/{rule['id']}").raise_for_status()
    running.api.delete(f"/api/v1/destinations/{made['id']}").raise_for_status()


def test_what_a_form_of_a_schema_refuses_is_said_beside_its_field(open_page: Opener) -> None:
    page = open_page("/settings/integrations/new-nvr_text")
    page.get_by_label("Name", exact=True).fill("Bad")
    page.get_by_label("Address", exact=True).fill("10.0.3.98")
    page.get_by_text("More settings").click()
    ports = page.get_by_label("Text device by camera")
    ports.fill("Gate = no port at all")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(ports).to_have_value("Gate = no port at all")
    expect(ports).to_have_attribute("aria-invalid", "true")


def test_a_setting_with_several_shapes_asks_for_the_fields_of_the_chosen_one(
    open_page: Opener, running: RunningSite
) -> None:
    page = open_page("/settings/integrations/new-notify")
    page.get_by_label("Service", exact=True).select_option(label="ntfy, the public one or your own, with pictures")
    page.get_by_label("Topic", exact=True).fill("gate-7261")
    page.get_by_label("Access token", exact=True).fill("tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Test the connection")).to_be_visible()
    made = next(one for one in running.get("/destinations")["destinations"] if one["kind"] == "notify")
    assert made["settings"]["service"]["topic"] == "gate-7261"
    assert "tk_Ag" not in str(made)
    page.reload()
    expect(page.get_by_label("Topic", exact=True)).to_have_value("gate-7261")
    running.api.delete(f"/api/v1/destinations/{made['id']}").raise_for_status()


def test_health_names_every_part_in_words(open_page: Opener, passages: Passages) -> None:
    passages.camera("Gate")
    page = open_page("/health")
    for name in ("Database", "Reactor", "Recognizer"):
        expect(page.get_by_text(name, exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Gate", exact=True)).to_be_visible()


def test_a_password_is_changed_only_with_the_old_one(open_page: Opener, running: RunningSite) -> None:
    running.post("/users", {"name": "changing", "role": "viewer", "password": "correct horse battery"})
    page = open_page("/settings/account", user="changing", password="correct horse battery")
    page.get_by_label("Old password").fill("wrong")
    page.get_by_label("New password").fill("an even longer password")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Old password").fill("correct horse battery")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password is changed")).to_be_visible()


def test_a_key_is_made_shown_once_and_taken_away(open_page: Opener, running: RunningSite) -> None:
    page = open_page("/settings/keys")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name", exact=True).fill("gate camera")
    page.get_by_role("radio", name="My own choice").check()
    page.get_by_label("events:push").check()
    page.get_by_label("Only from these addresses").fill("not an address")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    page.get_by_label("Only from these addresses").fill("127.0.0.0/8")
    page.get_by_role("button", name="Add", exact=True).click()
    shown = page.get_by_role("dialog", name="The key of gate camera").locator("code")
    expect(shown).to_contain_text("pw_")
    key = shown.text_content() or ""
    told = running.api.get("/api/v1/events", headers={"Authorization": f"Bearer {key.strip()}"})
    assert told.status_code == 200
    page.keyboard.press("Escape")
    assert key not in page.content()
    page.get_by_role("button", name="Take away gate camera").click()
    page.get_by_role("dialog").get_by_role("button", name="Take away").click()
    expect(page.get_by_role("button", name="Take away gate camera")).to_have_count(0)


def test_usual_rights_are_one_choice_and_a_key_sees_only_its_cameras(
    open_page: Opener, running: RunningSite, passages: Passages
) -> None:
    gate = passages.camera("Gate of the key")
    page = open_page("/settings/keys", width=390, height=844)
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name", exact=True).fill("pushing camera")
    page.get_by_label("Sees only these cameras").check()
    page.get_by_label("Gate of the key").check()
    expect(page.get_by_label("audit:read")).to_have_count(0)
    page.get_by_role("radio", name="Device that pushes").check()
    page.get_by_role("radio", name="My own choice").check()
    expect(page.get_by_label("audit:read")).to_be_disabled()
    expect(page.get_by_label("events:push")).to_be_checked()
    expect(page.get_by_label("events:read")).not_to_be_checked()
    page.get_by_label("events:push").uncheck()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    page.get_by_role("radio", name="Device that pushes").check()
    page.get_by_role("button", name="Add", exact=True).click()
    shown = page.get_by_role("dialog", name="The key of pushing camera")
    expect(shown).to_contain_text("HTTP Digest")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Device that pushes · 1 camera")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    made = next(one for one in running.get("/api-keys")["api_keys"] if one["name"] == "pushing camera")
    assert (made["scopes"], made["cameras"]) == (["events:push"], [gate])
    running.api.delete(f"/api/v1/api-keys/{made['id']}").raise_for_status()


def test_about_names_version_networks_and_packages_to_a_viewer(open_page: Opener, running: RunningSite) -> None:
    running.post("/users", {"name": "curious", "role": "viewer", "password": "correct horse battery"})
    page = open_page("/settings/about", user="curious", password="correct horse battery")
    expect(page.get_by_role("heading", name="plate-reader.onnx")).to_be_visible()
    expect(page.get_by_role("cell", name="SQLAlchemy", exact=True)).to_be_visible()
    find = page.get_by_label("Package or licence")
    find.fill("svelte")
    expect(page.get_by_role("row").filter(has=page.get_by_role("cell", name="svelte", exact=True))).to_contain_text(
        "MIT"
    )
    expect(page.get_by_role("cell", name="SQLAlchemy", exact=True)).to_have_count(0)
    find.fill("no such package")
    expect(page.get_by_text("No package fits")).to_be_visible()


def test_a_person_is_added_and_only_an_administrator_sees_that_page(open_page: Opener) -> None:
    page = open_page("/settings/people")
    page.get_by_role("button", name="Add person").click()
    page.get_by_label("Name", exact=True).fill("night guard")
    page.get_by_label("First password").fill("short")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    page.get_by_label("First password").fill("correct horse battery")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("night guard", exact=True)).to_be_visible()
    guard = open_page("/settings/people", user="night guard", password="correct horse battery")
    expect(guard.get_by_role("heading", name="You may not see this.")).to_be_visible()
    expect(guard.get_by_role("link", name="API keys")).to_have_count(0)


def test_the_audit_log_tells_who_did_what_and_that_it_is_whole(open_page: Opener) -> None:
    page = open_page("/settings/audit")
    expect(page.get_by_role("cell", name="sign_in", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Check the chain").click()
    expect(page.get_by_role("status").filter(has_text="is whole")).to_be_visible()


def test_a_site_that_reports_here_gets_its_key_once(open_page: Opener, running: RunningSite) -> None:
    page = open_page("/settings/integrations", width=390, height=844)
    page.get_by_role("button", name="Add site").click()
    page.get_by_label("Name of the site").fill("Harbour")
    page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    first = page.get_by_role("dialog", name="The connection key of Harbour").locator("code").text_content()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add site").click()
    page.get_by_label("Name of the site").fill("Harbour")
    page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="New key Harbour").click()
    page.get_by_role("dialog").get_by_role("button", name="New key").click()
    shown = page.get_by_role("dialog", name="The connection key of Harbour").locator("code")
    expect(shown).to_be_visible()
    assert first
    assert shown.text_content() != first
    page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Delete site Harbour").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete site").click()
    expect(page.get_by_text("No site reports here.")).to_be_visible()
    assert running.get("/meta/sites")["sites"] == []
