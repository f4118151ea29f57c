"""Searches that somebody keeps: theirs alone, and each can be run."""

from __future__ import annotations

from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.db.session import transaction
from shared.db.tables import Audit, SavedSearch, User
from shared.messages import Direction
from tests.integration.api.gateway import Api, an_event

NIGHT = f"list=none&direction=in&from=2026-03-13T22:00:00Z&camera={UUID(int=1)}&camera={UUID(int=2)}&plate=AA*"


def test_a_search_is_kept_and_run_as_it_was(api: Api) -> None:
    made = api.client.post("/api/v1/searches", json={"name": "Night", "query": f"?{NIGHT}"})
    assert (made.status_code, made.json()["query"]) == (201, NIGHT)
    api.client.post("/api/v1/searches", json={"name": "All", "query": ""})
    kept = api.client.get("/api/v1/searches").json()["searches"]
    assert [search["name"] for search in kept] == ["All", "Night"]
    event = an_event(direction=Direction.IN)
    api.store(event, an_event(camera_id=UUID(int=3), direction=Direction.IN))
    found = api.client.get("/api/v1/events", params=parse_qsl(kept[1]["query"])).json()["events"]
    assert [row["event_id"] for row in found] == [str(event.event_id)]
    assert api.client.post("/api/v1/searches", json={"name": "Night", "query": ""}).status_code == 409
    assert api.client.delete(f"/api/v1/searches/{made.json()['id']}").status_code == 204
    assert api.client.delete(f"/api/v1/searches/{made.json()['id']}").status_code == 404
    with transaction(api.site.engine) as session:
        rows = session.execute(select(Audit.action, Audit.subject).order_by(Audit.id)).all()
    assert [tuple(row) for row in rows] == [
        ("search.add", "Night"),
        ("search.add", "All"),
        ("event.search", "AA*"),
        ("search.delete", "Night"),
    ]


def test_days_that_are_meant_anew_are_kept_as_a_word(api: Api) -> None:
    body = {"name": "This week", "query": "list=none&period=week"}
    assert api.client.post("/api/v1/searches", json=body).json()["query"] == "list=none&period=week"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("colour=red", "A search has no parameter 'colour'"),
        ("limit=5", "A search has no parameter 'limit'"),
        ("from=yesterday", "The search cannot be run: from: "),
        ("camera=gate", "The search cannot be run: camera.0: "),
        ("period=decade", "A period is one of today, yesterday, week, month"),
        ("period=week&from=2026-03-13T22:00:00Z", "A search has a period, or from and to"),
        ("plate=%2A", "The search cannot be run: A search needs at least one letter or digit"),
    ],
)
def test_what_cannot_be_run_is_refused_by_a_sentence(api: Api, query: str, sentence: str) -> None:
    answer = api.client.post("/api/v1/searches", json={"name": "Wrong", "query": query})
    assert (answer.status_code, answer.json()["field"]) == (422, "query")
    assert answer.json()["detail"].startswith(sentence)


def test_nobody_sees_or_deletes_the_searches_of_others_and_they_go_with_their_owner(api: Api) -> None:
    made = api.client.post("/api/v1/searches", json={"name": "Night", "query": "list=none"}).json()
    guard = api.sign_in("guard")
    assert guard.get("/api/v1/searches").json() == {"searches": []}
    from_page = {"X-Platewire": "1"}
    assert guard.delete(f"/api/v1/searches/{made['id']}", headers=from_page).status_code == 404
    own = guard.post("/api/v1/searches", json={"name": "Night", "query": "zone=2"}, headers=from_page)
    assert own.status_code == 201
    assert [search["query"] for search in guard.get("/api/v1/searches").json()["searches"]] == ["zone=2"]
    with transaction(api.site.engine) as session:
        session.delete(session.scalars(select(User).where(User.name == "guard")).one())
    with transaction(api.site.engine) as session:
        assert session.scalars(select(SavedSearch.query)).all() == ["list=none"]
