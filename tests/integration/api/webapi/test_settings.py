"""`settings`: one document of cameras, destinations, reactions and the site; a change is whole or not made."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from shared.db.session import transaction
from shared.db.tables import Audit, Camera, Destination
from shared.secrets import MASK, Vault
from shared.site import TimeZone, load
from tests.integration.api.gateway import RTSP, Api, add_camera, an_event
from tests.integration.api.webapi.asking import ask, check_who_may, done, refused

UNKNOWN = "00000000-0000-0000-0000-00000000000a"


def change(api: Api, document: object) -> Any:
    return done(api.client.post("/webapi/settings", json=document))


def wrong(api: Api, document: object) -> list[str]:
    """The names of all wrong fields."""
    answer = api.client.put("/webapi/settings", json=document)
    fields = answer.json()["fields"]
    assert refused(answer, 422, field=fields[0]["field"]) == fields[0]["detail"]
    assert all(one["detail"] for one in fields)
    return [one["field"] for one in fields]


def a_site(api: Api) -> dict[str, Any]:
    """A camera, a destination with a secret, a reaction; the document that shows them."""
    add_camera(api, "Gate")
    settings = {"url": "http://cloud/in", "password": "hunter3"}
    asked = {"name": "Cloud", "kind": "json_http", "settings": settings}
    made = api.client.post("/api/v1/destinations", json=asked).json()
    api.client.post("/api/v1/reactions", json={"name": "Tell", "destination_id": made["id"]})
    document: dict[str, Any] = done(ask(api, "settings"))
    return document


def stored(api: Api) -> tuple[Any, ...]:
    with transaction(api.site.engine) as session:
        vault = Vault(api.site.settings.secret_key.get_secret_value())
        cameras = [(c.name, c.revision, vault.open(c.source), c.settings) for c in session.scalars(select(Camera))]
        destinations = [(d.name, d.revision, vault.open(d.settings)) for d in session.scalars(select(Destination))]
        return cameras, destinations, load(session, TimeZone)


def test_settings_are_for_those_who_may_read_or_write_them(api: Api) -> None:
    check_who_may(api, "settings", "settings:read")
    check_who_may(api, "settings", "settings:write", "POST", json={"site": {"timezone": "UTC"}})
    reader = api.as_key("settings:read")
    refused(api.stranger.put("/webapi/settings", json={"site": {}}, headers=reader), 403)


@pytest.mark.parametrize(
    ("part", "scope"),
    [
        ({"cameras": [{"name": "Gate", "settings": {"rate": 1}}]}, "cameras:write"),
        ({"destinations": [{"name": "Cloud", "enabled": False}]}, "destinations:write"),
        ({"reactions": [{"name": "Tell", "enabled": False}]}, "reactions:write"),
        ({"site": {"barriers_locked": True}}, "barriers:write"),
    ],
)
def test_each_part_needs_its_own_right_too(api: Api, part: dict[str, Any], scope: str) -> None:
    a_site(api)
    before = stored(api)
    document = {"site": {"timezone": "Europe/Kyiv"}} | part
    if "site" in part:
        document["site"] = {"timezone": "Europe/Kyiv"} | part["site"]
    lacking = api.stranger.put("/webapi/settings", json=document, headers=api.as_key("settings:write"))
    assert scope in refused(lacking, 403)
    assert stored(api) == before
    done(api.stranger.put("/webapi/settings", json=document, headers=api.as_key("settings:write", scope)))
    assert stored(api) != before


def test_the_document_shows_everything_with_secrets_as_masks(api: Api) -> None:
    document = a_site(api)
    assert set(document) == {"cameras", "destinations", "reactions", "site"}
    (camera,), (destination,), (reaction,) = document["cameras"], document["destinations"], document["reactions"]
    assert camera["source"]["url"] == RTSP.replace("hunter2", MASK)
    assert (camera["settings"]["rate"], camera["enabled"]) == (5.0, True)
    assert destination["settings"] == {"url": "http://cloud/in", "password": MASK}
    assert (reaction["name"], reaction["destination_id"]) == ("Tell", destination["id"])
    assert document["site"]["timezone"] == {"value": "UTC"}
    assert "hunter" not in ask(api, "settings").text


def test_a_document_sent_back_as_it_came_changes_nothing(api: Api) -> None:
    document = a_site(api)
    before = stored(api)
    assert change(api, document) == document
    assert stored(api) == before
    with transaction(api.site.engine) as session:
        assert session.scalars(select(Audit).where(Audit.action == "settings.change")).all() == []


def test_any_part_may_be_changed_and_the_rest_stays(api: Api) -> None:
    document = a_site(api)
    gate = {"id": document["cameras"][0]["id"], "settings": {"rate": 3}}
    after = change(api, {"cameras": [gate], "site": {"timezone": "Europe/Kyiv"}})
    assert after["cameras"][0]["settings"] == document["cameras"][0]["settings"] | {"rate": 3.0}
    assert after["site"]["timezone"] == {"value": "Europe/Kyiv"}
    assert after["destinations"] == document["destinations"]
    after = change(api, {"destinations": [{"name": "Cloud", "enabled": False, "settings": {"port": 8080}}]})
    assert after["destinations"][0]["settings"] == {"url": "http://cloud/in", "password": MASK, "port": 8080}
    cameras, destinations, zone = stored(api)
    assert destinations[0][2]["password"] == "hunter3"
    assert (cameras[0][2]["url"], zone.value) == (RTSP, "Europe/Kyiv")


def test_a_new_secret_replaces_the_old_and_a_mask_does_not_follow_to_another_host(api: Api) -> None:
    a_site(api)
    change(api, {"destinations": [{"name": "Cloud", "settings": {"password": "hunter4"}}]})
    assert stored(api)[1][0][2]["password"] == "hunter4"
    moved = {"name": "Cloud", "settings": {"url": "http://evil/in"}}
    assert wrong(api, {"destinations": [moved]}) == ["destinations.0.password"]
    source = {"kind": "rtsp", "url": f"rtsp://admin:{MASK}@10.0.0.9/stream"}
    assert wrong(api, {"cameras": [{"name": "Gate", "source": source}]}) == ["cameras.0.source.url"]
    assert stored(api)[1][0][2]["url"] == "http://cloud/in"


def test_what_is_new_by_name_is_added(api: Api) -> None:
    document = a_site(api)
    yard = {"name": "Yard", "source": {"kind": "upload"}}
    reaction = {"name": "Also", "destination_id": document["destinations"][0]["id"], "enabled": False}
    after = change(api, {"cameras": [yard], "reactions": [reaction]})
    assert [camera["name"] for camera in after["cameras"]] == ["Gate", "Yard"]
    assert sorted(one["name"] for one in after["reactions"]) == ["Also", "Tell"]


def test_another_kind_of_source_replaces_the_source(api: Api) -> None:
    a_site(api)
    after = change(api, {"cameras": [{"name": "Gate", "source": {"kind": "upload"}}]})
    assert after["cameras"][0]["source"] == {"kind": "upload"}


def test_every_wrong_field_is_named_and_nothing_is_changed(api: Api) -> None:
    document = a_site(api)
    before = stored(api)
    document["cameras"][0]["settings"] |= {"rate": 400, "lost_after": 0, "motion": False}
    document["cameras"].append({"name": "Yard", "source": {"kind": "pigeon"}})
    document["cameras"].append({"id": UNKNOWN, "enabled": False})
    document["destinations"][0]["settings"] |= {"port": 0, "colour": "red"}
    document["destinations"][0]["kind"] = "nvr_text"
    document["reactions"][0]["destination_id"] = UNKNOWN
    document["site"] |= {"timezone": "Mars/Olympus", "moon": 1}
    document["weather"] = {}
    assert wrong(api, document) == [
        "weather",
        "cameras.0.settings.rate",
        "cameras.0.settings.lost_after",
        "cameras.1.source",
        "cameras.2.id",
        "destinations.0.kind",
        "reactions.0.destination_id",
        "site.timezone.value",
        "site.moon",
    ]
    settings = {"port": 0, "colour": "red", "url": "x", "password": "new"}
    assert sorted(wrong(api, {"destinations": [{"name": "Cloud", "settings": settings}]})) == [
        "destinations.0.settings.colour",
        "destinations.0.settings.port",
        "destinations.0.settings.url",
    ]
    assert stored(api) == before


def test_one_wrong_field_among_fifty_leaves_all_as_it_was(api: Api) -> None:
    fifty = [{"name": f"Camera {number}", "source": {"kind": "upload"}} for number in range(50)]
    fifty[37]["settings"] = {"rate": "fast"}
    assert wrong(api, {"cameras": fifty}) == ["cameras.37.settings.rate"]
    assert stored(api)[0] == []
    fifty[37]["settings"] = {"rate": 2}
    assert len(change(api, {"cameras": fifty})["cameras"]) == 50


def test_names_that_are_taken_are_refused(api: Api) -> None:
    document = a_site(api)
    change(api, {"cameras": [{"name": "Yard", "source": {"kind": "upload"}}]})
    gate = {"id": document["cameras"][0]["id"], "name": "Yard"}
    assert wrong(api, {"cameras": [gate], "site": {"timezone": "Europe/Kyiv"}}) == ["cameras.0"]
    assert stored(api)[2].value == "UTC"


NO_DOCUMENTS: list[tuple[object, str]] = [
    ({"cameras": {}}, "cameras"),
    ({"cameras": ["Gate"]}, "cameras.0"),
    ({"cameras": [{"name": "\0"}]}, "cameras.0.name"),
    ({"cameras": [{"id": {"a": 1}}]}, "cameras.0.id"),
    ({"site": []}, "site"),
    ({"site": {"timezone": {"value": "UTC", "zone": 1}}}, "site.timezone"),
    ({"site": {"barriers_locked": "perhaps"}}, "site.barriers_locked.value"),
    ({"site": {"public_url": "javascript:alert(1)"}}, "site.public_url.value"),
    ({"site": {"webapi_rates": 0}}, "site.webapi_rates.value"),
    ({"'; DROP TABLE settings; --": 1}, "'; DROP TABLE settings; --"),
]


def test_what_is_no_settings_document_is_refused(api: Api, subtests: pytest.Subtests) -> None:
    for document, field in NO_DOCUMENTS:
        with subtests.test(document=document, field=field):
            assert field in wrong(api, document)


def test_a_change_needs_json_and_reading_takes_no_parameters(api: Api) -> None:
    refused(api.client.post("/webapi/settings"), 422)
    refused(api.client.post("/webapi/settings", json={}), 422)
    refused(api.client.post("/webapi/settings", data={"cameras": "x"}), 422, field="cameras")
    refused(ask(api, "settings", format="xml"), 422, field="format")
    refused(
        api.client.post("/webapi/settings", content=b"{", headers={"Content-Type": "application/json"}),
        400,
        "malformed",
    )
    assert set(done(api.client.get("/webapi?command=SETTINGS"))) == {"cameras", "destinations", "reactions", "site"}


def test_pictures_are_told_at_the_sites_public_address(api: Api) -> None:
    change(api, {"site": {"public_url": "https://plates.example/"}})
    api.store(an_event(frame_key="2026/11/14/a.jpg"))
    (event,) = done(ask(api, "search"))["events"]
    assert event["imagesURI"][0].startswith("https://plates.example/api/v1/events/")


def test_a_change_is_on_record_without_its_secrets(api: Api) -> None:
    a_site(api)
    change(
        api,
        {"destinations": [{"name": "Cloud", "settings": {"password": "hunter4"}}], "site": {"timezone": "Asia/Tokyo"}},
    )
    with transaction(api.site.engine) as session:
        row = session.scalars(select(Audit).where(Audit.action == "settings.change")).one()
    assert row.detail == {"changed": ["destinations: Cloud", "site.timezone"]}


def test_the_kill_switch_leaves_its_own_trace(api: Api) -> None:
    lock = {"barriers_locked": {"value": True, "reason": "fire drill"}}
    for site in (lock, lock, {"timezone": "Europe/Kyiv"}, {"barriers_locked": False}):
        change(api, {"site": site})
    with transaction(api.site.engine) as session:
        rows = session.scalars(select(Audit).where(Audit.action.startswith("barriers.")).order_by(Audit.id)).all()
    assert [(row.action, row.subject, row.detail["reason"]) for row in rows] == [
        ("barriers.lock", "site", "fire drill"),
        ("barriers.unlock", "site", "fire drill"),
    ]
