"""What a site may pull: the lists that it is granted, as pages that change only where an entry did."""

from __future__ import annotations

from collections.abc import Sequence

from tests.integration.api.gateway import Api
from tests.integration.api.meta.head_office import SITES, Json, Member, a_member
from tests.integration.api.transfers import bring_in

PLATES = [f"AA{number:04d}" for number in range(1500)]


def granted(api: Api, plates: Sequence[str] = PLATES) -> Member:
    bring_in(api, "\n".join(plates))
    return a_member(api, lists=["white"])


def index(member: Member) -> Json:
    (found,) = member.ask("GET", "lists").json()["lists"]
    pages: Json = member.ask("GET", f"lists/{found['id']}").json()
    assert pages["version"] == found["version"]
    return pages


def page(member: Member, list_id: str, first: str, before: str | None) -> Json:
    query = {"first": first, **({"before": before} if before else {})}
    found: Json = member.ask("GET", f"lists/{list_id}/page", params=query).json()
    return found


def test_the_pages_together_are_the_list(api: Api) -> None:
    north = granted(api)
    found = index(north)
    firsts = [one["first"] for one in found["pages"]]
    assert len(firsts) > 2
    assert firsts == sorted(firsts)
    plates: list[str] = []
    for told, following in zip(found["pages"], [*firsts[1:], None], strict=True):
        pulled = page(north, found["id"], told["first"], following)
        assert (pulled["version"], len(pulled["entries"])) == (told["version"], told["entries"])
        plates += [entry["plate"] for entry in pulled["entries"]]
    assert plates == PLATES


def test_a_changed_entry_changes_its_page_and_no_other(api: Api) -> None:
    north = granted(api)
    before = index(north)
    api.client.patch("/api/v1/lists/white/entries/AA0700", json={"note": "changed"})
    api.client.delete("/api/v1/lists/white/entries/AA0001")
    api.client.post("/api/v1/lists/white/entries", json={"plate": "AA0000X"})
    after = index(north)
    versions = {one["first"]: one["version"] for one in before["pages"]}
    changed = [one for one in after["pages"] if versions.get(one["first"]) != one["version"]]
    assert 1 <= len(changed) <= 2 < len(before["pages"])
    assert after["version"] != before["version"]


def test_a_heartbeat_says_when_there_may_be_news(api: Api) -> None:
    north = granted(api, PLATES[:3])
    states = [north.beat("2026-03-14T12:00:00Z").json()["lists"] for _ in range(2)]
    api.client.post("/api/v1/lists/white/entries", json={"plate": "NEW1"})
    states.append(north.beat("2026-03-14T12:00:00Z").json()["lists"])
    api.client.patch(f"{SITES}/{north.id}", json={"lists": ["white", "black"]})
    states.append(north.beat("2026-03-14T12:00:00Z").json()["lists"])
    assert (states[0] == states[1], len(set(states))) == (True, 3)


def test_what_is_still_true_is_not_sent_again(api: Api) -> None:
    north = granted(api, PLATES[:3])
    first = north.ask("GET", "lists")
    again = north.ask("GET", "lists", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    api.client.post("/api/v1/lists/white/entries", json={"plate": "NEW1"})
    assert north.ask("GET", "lists", headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_a_list_that_was_not_granted_is_not_there(api: Api) -> None:
    north, south = granted(api, PLATES[:3]), a_member(api, "South")
    found = index(north)
    assert south.ask("GET", "lists").json() == {"lists": []}
    for path in (f"lists/{found['id']}", f"lists/{found['id']}/page"):
        assert (south.ask("GET", path).status_code, north.ask("GET", path).status_code) == (404, 200)
    api.client.patch(f"{SITES}/{north.id}", json={"lists": []})
    assert north.ask("GET", f"lists/{found['id']}").status_code == 404


def test_an_empty_list_has_no_pages(api: Api) -> None:
    north = a_member(api, lists=["white"])
    assert index(north)["pages"] == []


def test_a_deleted_list_is_not_granted_any_more(api: Api) -> None:
    api.client.post("/api/v1/lists", json={"name": "staff"})
    north = a_member(api, lists=["staff"])
    api.client.delete("/api/v1/lists/staff")
    assert north.ask("GET", "lists").json() == {"lists": []}
    assert north.shown()["lists"] == []
