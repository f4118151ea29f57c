"""Cameras of a site become cameras of ours, once, under names that no other has."""

from __future__ import annotations

from sqlalchemy import select

from shared.db.session import transaction
from shared.db.tables import Audit
from tests.integration.api.gateway import Api, add_camera
from tests.integration.api.meta.head_office import a_member, a_source, cameras


def test_cameras_are_named_after_their_site_and_never_clash(api: Api) -> None:
    add_camera(api, "North / Gate")
    north, south = a_member(api), a_member(api, "South")
    north.register(a_source("A"), a_source("B"), a_source("C", "Yard", direction="in", zones=["lane", "bay"]))
    south.register(a_source("A"))
    assert sorted(cameras(api)) == ["North / Gate", "North / Gate 2", "North / Gate 3", "North / Yard", "South / Gate"]
    yard = next(one for one in north.shown()["sources"] if one["id"] == "C")
    assert (yard["direction"], yard["zones"], yard["name"]) == ("in", ["lane", "bay"], "North / Yard")
    assert cameras(api)["North / Gate 2"]["settings"]["towards"] == "unknown"
    north.register(a_source("A", direction="out"), a_source("B"), a_source("C", "Yard"))
    assert cameras(api)["North / Gate 2"]["settings"]["towards"] == "out"


def test_registering_again_changes_nothing(api: Api) -> None:
    north = a_member(api)
    for _ in range(2):
        assert north.register(a_source("A"), a_source("B")).json()["sources"] == 2
    assert len(cameras(api)) == 2
    with transaction(api.site.engine) as session:
        assert session.scalars(select(Audit.action).where(Audit.action == "meta.register")).all() == ["meta.register"]


def test_a_camera_that_is_not_named_any_more_keeps_its_place(api: Api) -> None:
    north = a_member(api)
    north.register(a_source("A"), a_source("B", "Yard"))
    before = {name: one["id"] for name, one in cameras(api).items()}
    north.register(a_source("A"))
    assert [one["registered"] for one in north.shown()["sources"]] == [True, False]
    north.register(a_source("A"), a_source("B", "Yard"))
    assert [one["registered"] for one in north.shown()["sources"]] == [True, True]
    assert {name: one["id"] for name, one in cameras(api).items()} == before


def test_a_new_name_there_is_followed_unless_somebody_chose_one_here(api: Api) -> None:
    north = a_member(api)
    north.register(a_source("A", "Gate"), a_source("B", "Yard"))
    chosen = cameras(api)["North / Yard"]["id"]
    api.client.patch(f"/api/v1/cameras/{chosen}", json={"name": "Back yard"})
    north.register(a_source("A", "Main gate"), a_source("B", "Court"))
    assert sorted(cameras(api)) == ["Back yard", "North / Main gate"]


def test_a_long_name_is_cut_and_still_its_own(api: Api) -> None:
    north = a_member(api)
    north.register(a_source("A", "x" * 64), a_source("B", "x" * 64))
    names = sorted(cameras(api), key=len)
    assert {len(name) for name in names} == {64}
    assert len(names) == 2


def test_only_a_registration_is_taken(api: Api) -> None:
    north = a_member(api)
    for body, status in (
        ({"protocol": 2, "sources": []}, 422),
        ({"sources": []}, 422),
        ({"protocol": 1, "sources": [{"id": "A", "name": "Gate"}] * 2}, 422),
        ({"protocol": 1, "sources": [{"id": "", "name": "Gate"}]}, 422),
        ({"protocol": 1, "sources": [{"id": "A B", "name": "Gate"}]}, 422),
        ({"protocol": 1, "sources": [{"id": "A", "name": "a\nb"}]}, 422),
        ({"protocol": 1, "sources": [{"id": "A", "name": "Gate", "direction": "sideways"}]}, 422),
        ({"protocol": 1, "sources": [{"id": str(n), "name": "Gate"} for n in range(1001)]}, 422),
        ({"protocol": 1, "sources": [], "of_a_newer_version": True}, 200),
    ):
        answer = north.ask("PUT", "registration", json=body)
        assert answer.status_code == status, (body, answer.text)
    assert cameras(api) == {}
