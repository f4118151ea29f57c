"""The site's settings and the kill switch of its barriers."""

from __future__ import annotations

from sqlalchemy import select

from shared.credentials import Role, create_user
from shared.db.session import transaction
from shared.db.tables import Audit
from tests.integration.api.gateway import PASSWORD, Api


def test_a_fresh_site_is_in_utc_and_its_barriers_are_free(api: Api) -> None:
    assert api.client.get("/api/v1/site").json() == {
        "name": "",
        "timezone": "UTC",
        "barriers_locked": False,
        "barriers_reason": "",
    }


def test_a_site_has_a_name_that_everybody_sees(api: Api) -> None:
    assert api.client.get("/api/v1/session").json()["site"] == ""
    assert api.client.patch("/api/v1/site", json={"name": "  North car park "}).json()["name"] == "North car park"
    assert api.stranger.get("/api/v1/session", headers=api.as_key("events:read")).json()["site"] == "North car park"
    assert api.client.patch("/api/v1/site", json={"timezone": "Europe/Kyiv"}).json()["name"] == "North car park"
    assert api.client.patch("/api/v1/site", json={"name": ""}).json()["name"] == ""
    for wrong in ("x" * 65, "a\x00b"):
        answer = api.client.patch("/api/v1/site", json={"name": wrong})
        assert (answer.status_code, answer.json()["field"]) == (422, "name")


def test_the_time_zone_is_one_that_exists(api: Api) -> None:
    assert api.client.patch("/api/v1/site", json={"timezone": "Europe/Kyiv"}).json()["timezone"] == "Europe/Kyiv"
    for wrong in ("Europe/Atlantis", "../etc/passwd", "", "x" * 1000):
        answer = api.client.patch("/api/v1/site", json={"timezone": wrong})
        assert (answer.status_code, answer.json()["field"]) == (422, "timezone")
    assert api.client.patch("/api/v1/site", json={}).json()["timezone"] == "Europe/Kyiv"


def test_locking_and_unlocking_all_barriers_is_audited_with_its_reason(api: Api) -> None:
    locked = api.client.put("/api/v1/site/barriers", json={"locked": True, "reason": "Fire drill"}).json()
    assert (locked["barriers_locked"], locked["barriers_reason"]) == (True, "Fire drill")
    free = api.client.put("/api/v1/site/barriers", json={"locked": False}).json()
    assert free["barriers_locked"] is False
    with transaction(api.site.engine) as session:
        rows = session.execute(select(Audit.action, Audit.detail).order_by(Audit.id)).all()
    assert [tuple(row) for row in rows] == [
        ("barriers.lock", {"reason": "Fire drill"}),
        ("barriers.unlock", {"reason": ""}),
    ]


def test_an_operator_may_lock_barriers_and_a_viewer_may_not(api: Api) -> None:
    with transaction(api.site.engine) as session:
        create_user(session, "porter", Role.OPERATOR, PASSWORD)
    from_page, body = {"X-Platewire": "1"}, {"locked": True}
    assert api.sign_in("guard").put("/api/v1/site/barriers", json=body, headers=from_page).status_code == 403
    porter = api.sign_in("porter")
    assert porter.put("/api/v1/site/barriers", json=body, headers=from_page).status_code == 200
    assert porter.patch("/api/v1/site", json={"timezone": "UTC"}, headers=from_page).status_code == 403
    key = api.as_key("barriers:write")
    assert api.stranger.put("/api/v1/site/barriers", json={"locked": False}, headers=key).status_code == 200
