"""The live feed over a real socket: it delivers, resumes, and leaves no connection behind."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from uuid import uuid4

import httpx
import pytest
import uvicorn
from sqlalchemy import delete

from services.api.app import create_app
from shared import streams
from shared.credentials import KeyLimits, create_api_key
from shared.db.session import transaction
from shared.db.tables import ApiKey
from shared.messages import Event
from shared.testing import Site
from tests.integration.api.gateway import an_event


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    """A served application; a feed cannot be followed through the in-process client."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(site.settings), log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1/live"
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture
def headers(site: Site) -> dict[str, str]:
    with transaction(site.engine) as session:
        return {"Authorization": f"Bearer {create_api_key(session, 'wall', ['events:read'])}"}


def publish(site: Site, event: Event) -> str:
    return streams.publish(site.events, streams.EVENTS, event.model_dump_json(), keep=10_000)


def messages(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """Server-sent events as they come: field to value."""
    found: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            found[name] = value
        elif found:
            yield found
            found = {}


def follow(address: str, headers: dict[str, str]) -> AbstractContextManager[httpx.Response]:
    return httpx.stream("GET", address, headers=headers, timeout=10)


def test_an_event_reaches_whoever_follows(site: Site, address: str, headers: dict[str, str]) -> None:
    publish(site, an_event("OLD1"))
    event = an_event("AA1234BB", lists=("white",))
    with follow(address, headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        coming = messages(answer)
        assert next(coming) == {"retry": "2000"}
        assert next(coming)["event"] == "hello"
        entry = publish(site, event)
        told = next(coming)
    assert (told["id"], told["event"]) == (entry, "event")
    row = json.loads(told["data"])
    assert (row["event_id"], row["plate"], row["lists"]) == (str(event.event_id), "AA1234BB", ["white"])


def test_who_comes_back_gets_what_was_missed_and_skips_what_is_broken(
    site: Site, address: str, headers: dict[str, str]
) -> None:
    seen = publish(site, an_event("SEEN1"))
    publish(site, an_event("MISSED1"))
    streams.publish(site.events, streams.EVENTS, '{"kind": "nonsense"}')
    publish(site, an_event("MISSED2"))
    with follow(address, headers | {"Last-Event-ID": seen}) as answer:
        coming = (told for told in messages(answer) if told.get("event") == "event")
        assert [json.loads(next(coming)["data"])["plate"] for _ in range(2)] == ["MISSED1", "MISSED2"]


def test_a_reader_who_left_leaves_no_connection_behind(site: Site, address: str, headers: dict[str, str]) -> None:
    def waiting() -> int:
        return len([one for one in site.events.client_list() if one["cmd"] == "xread"])

    with follow(address, headers) as answer:
        coming = messages(answer)
        next(coming)
        next(coming)
        assert until(lambda: waiting() == 1)
    assert until(lambda: waiting() == 0)


def until(holds: Callable[[], bool]) -> bool:
    """Whether it becomes true within some seconds."""
    return any(holds() or threading.Event().wait(0.05) for _ in range(200))


def test_who_is_limited_to_cameras_follows_these_alone(site: Site, address: str) -> None:
    camera = uuid4()
    with transaction(site.engine) as session:
        key = create_api_key(session, "gate", ["events:read"], limits=KeyLimits(cameras=[camera]))
    with follow(address, {"Authorization": f"Bearer {key}"}) as answer:
        coming = messages(answer)
        assert [next(coming) for _ in range(2)][1]["event"] == "hello"
        hidden = publish(site, an_event("HIDDEN1"))
        publish(site, an_event("SEEN1", camera_id=camera))
        assert next(coming) == {"id": hidden}
        assert json.loads(next(coming)["data"])["plate"] == "SEEN1"


def test_a_key_that_is_taken_away_gets_no_further_event(site: Site, address: str, headers: dict[str, str]) -> None:
    with follow(address, headers) as answer:
        coming = messages(answer)
        assert [next(coming) for _ in range(2)][1]["event"] == "hello"
        with transaction(site.engine) as session:
            session.execute(delete(ApiKey))
        publish(site, an_event("SECRET1"))
        assert list(coming) == []


def test_the_feed_is_closed_to_strangers(address: str) -> None:
    assert httpx.get(address, timeout=10).status_code == 401
