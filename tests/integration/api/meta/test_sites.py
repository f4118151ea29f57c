"""Connection keys: shown once, stored as hashes, taken away; and how it stands with each site."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select, update

from shared.clock import now
from shared.credentials import token_hash
from shared.db.session import transaction
from shared.db.tables import ApiKey, Audit, MetaSite
from tests.integration.api.gateway import Api
from tests.integration.api.meta.head_office import SITES, Member, a_member, a_source, cameras


def contact(member: Member) -> str:
    found: str = member.shown()["contact"]
    return found


def test_a_key_is_shown_once_and_kept_as_its_hash(api: Api) -> None:
    north = a_member(api)
    assert re.fullmatch(r"[0-9A-F]{44}", north.key)
    assert north.key not in api.client.get(SITES).text
    with transaction(api.site.engine) as session:
        key = session.scalars(select(ApiKey).where(ApiKey.name == "Meta: North")).one()
        assert (key.key_hash, key.scopes) == (token_hash(north.key), ["meta:connect"])
        assert session.scalars(select(Audit.action)).all() == ["meta.site.add"]


def test_a_connection_key_opens_nothing_but_the_connection(api: Api) -> None:
    north = a_member(api)
    assert north.register().status_code == 200
    for path in ("cameras", "events", "lists", "meta/sites", "health"):
        answer = api.stranger.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {north.key}"})
        assert answer.status_code == (200 if path == "health" else 403), path


def test_no_other_key_opens_the_connection(api: Api) -> None:
    everything = api.client.get("/api/v1/meta/lists")
    assert (everything.status_code, everything.json()["error"]) == (403, "not_allowed")
    assert api.stranger.get("/api/v1/meta/lists").status_code == 401
    assert api.stranger.get("/api/v1/meta/lists", headers=api.as_key("meta:connect")).status_code == 403
    assert api.stranger.get("/api/v1/meta/lists", headers=api.as_key("lists:read")).status_code == 403


def test_a_key_that_was_taken_away_is_refused_at_once_and_a_new_one_goes_on(api: Api) -> None:
    north = a_member(api)
    north.register(a_source())
    assert api.client.delete(f"{SITES}/{north.id}/key").status_code == 204
    assert north.register(a_source()).status_code == 401
    assert (contact(north), north.shown()["sentence"][:23]) == ("revoked", "Its key was taken away;")

    renewed = api.client.post(f"{SITES}/{north.id}/key", json={}).json()
    again = Member(api, north.id, renewed["connection_key"])
    assert again.register(a_source()).status_code == 200
    assert list(cameras(api)) == ["North / Gate"]
    assert contact(again) == "fine"
    # Renewing takes the one before away.
    api.client.post(f"{SITES}/{north.id}/key", json={})
    assert again.register(a_source()).status_code == 401


def test_a_rotated_key_keeps_its_form_and_the_one_before_works_for_the_grace(api: Api) -> None:
    north = a_member(api)
    rotated = api.client.post(f"/api/v1/api-keys/{north.shown()['key_id']}/rotate", json={"grace_minutes": 5})
    assert re.fullmatch(r"[0-9A-F]{44}", rotated.json()["key"])
    assert north.register().status_code == 200
    assert Member(api, north.id, rotated.json()["key"]).register().status_code == 200


def test_an_expired_key_is_refused_and_the_site_says_so(api: Api) -> None:
    north = a_member(api, expires_at=(now() + timedelta(hours=1)).isoformat())
    assert north.register().status_code == 200
    with transaction(api.site.engine) as session:
        session.execute(update(ApiKey).where(ApiKey.name == "Meta: North").values(expires_at=now()))
    assert north.register().status_code == 401
    assert (contact(north), north.shown()["sentence"]) == ("expired", "Its key has expired")


def test_silence_shows_at_the_site_and_in_health(api: Api) -> None:
    north = a_member(api)
    assert contact(north) == "never"
    assert "meta_sites" not in api.client.get("/api/v1/health").json()["checks"]
    north.register()
    assert api.client.get("/api/v1/health").json()["checks"]["meta_sites"]["status"] == "ok"
    with transaction(api.site.engine) as session:
        session.execute(update(MetaSite).values(last_contact_at=now() - timedelta(minutes=4)))
    assert contact(north) == "silent"
    check = api.client.get("/api/v1/health").json()["checks"]["meta_sites"]
    assert check == {"status": "degraded", "sentence": "1 of 1 Meta sites have not reported for three minutes"}
    assert "North" not in api.stranger.get("/api/v1/health").text


def test_a_heartbeat_tells_the_queue_the_clock_and_each_camera(api: Api) -> None:
    north = a_member(api)
    north.register(a_source())
    state = {"id": "CAM_1", "state": "waiting", "message": "The password is refused"}
    sent = (now() + timedelta(seconds=90)).isoformat()
    answer = north.beat(sent, state, waiting=7, oldest_seconds=61.5).json()
    assert (answer["registered"], answer["heartbeat"]) == (True, 60)
    shown = north.shown()
    assert (shown["waiting"], shown["oldest_seconds"]) == (7, 61.5)
    assert 85 < shown["clock_skew"] <= 90
    assert re.fullmatch("Its clock is (89|90) s ahead of ours", shown["sentence"])
    assert [(one["state"], one["message"]) for one in shown["sources"]] == [("waiting", "The password is refused")]
    assert north.beat(sent, {"id": "CAM_2", "state": "running"}).json()["registered"] is False


def test_only_admins_hand_out_keys(api: Api) -> None:
    body = {"name": "South"}
    assert api.stranger.post(SITES, json=body, headers=api.as_key("cameras:write", "lists:write")).status_code == 403
    api.sign_in("guard")
    assert api.app_client.post(SITES, json=body, headers={"X-Platewire": "1"}).status_code == 403
    assert api.app_client.get(SITES).status_code == 200


def test_what_is_wrong_with_a_site_is_said(api: Api) -> None:
    a_member(api)
    for body, status, field in (
        ({"name": "North"}, 409, None),
        ({"name": ""}, 422, "name"),
        ({"name": "N" * 41}, 422, "name"),
        ({"name": "South", "lists": ["ghosts"]}, 422, "lists"),
        ({"name": "South", "unknown": 1}, 422, "unknown"),
    ):
        answer = api.client.post(SITES, json=body)
        assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text


def test_a_site_goes_with_its_key_and_its_cameras_stay(api: Api) -> None:
    north = a_member(api)
    north.register(a_source())
    assert api.client.delete(f"{SITES}/{north.id}").status_code == 204
    assert north.register().status_code == 401
    assert (api.client.get(SITES).json()["sites"], list(cameras(api))) == ([], ["North / Gate"])
    assert api.client.get(f"{SITES}/{north.id}").status_code == 404
