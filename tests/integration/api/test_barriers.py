"""Opening a barrier by hand, and what is told of orders: lists, events, decisions, figures."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func

from services.integrations.barrier import integration
from services.integrations.engine import catalogue, wakeups
from services.integrations.engine.discover import Found
from services.integrations.engine.worker import Worker
from shared import streams
from shared.db.session import transaction
from shared.db.tables import Command
from shared.media import MediaStore
from shared.messages import DeliveryState
from shared.process import Stop
from shared.secrets import MASK, Vault
from shared.testing import entries
from simulators.shelly import Shelly
from simulators.web_device import Misbehaviour
from tests.integration.api.gateway import Api, add_camera, an_event


@pytest.fixture
def shelly() -> Iterator[Shelly]:
    with Shelly(password="s3cret!") as running:
        yield running


@pytest.fixture
def worker(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """The barriers' worker, beside the API as on a site."""
    monkeypatch.setattr(wakeups, "BLOCK_MS", 100)
    site, stop = api.site, Stop()
    vault, media = Vault(site.settings.secret_key.get_secret_value()), MediaStore(site.settings.media_dir)
    running = Worker(integration, site.engine, site.events, vault, media, site.settings.data_dir, poll=0.1)
    thread = threading.Thread(target=running.run, args=(stop,))
    thread.start()
    yield running
    stop.set()
    thread.join(15)


def barrier(api: Api, shelly: Shelly, name: str = "Gate", **settings: Any) -> str:
    """Added as a person does, by the form that the integration published."""
    catalogue.publish(api.site.engine, [Found("barrier", integration)])
    entered = {"driver": "shelly", "host": "127.0.0.1", "port": shelly.port, "password": "s3cret!", "pulse": 0.5}
    body = {"name": name, "kind": "barrier", "settings": entered | settings}
    answer = api.client.post("/api/v1/destinations", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["settings"]["password"] == MASK
    return str(answer.json()["id"])


def ask(api: Api, gate: str, reason: str = "Visitor", **headers: str) -> Any:
    return api.client.post(f"/api/v1/barriers/{gate}/open", json={"reason": reason}, headers=headers)


def ended(api: Api, command: str, state: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while True:
        found: dict[str, Any] = api.client.get(f"/api/v1/commands/{command}").json()
        if found["state"] == state:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def because_of(api: Api, event: Any, gate: str, state: str = "done", **columns: Any) -> UUID:
    with transaction(api.site.engine) as session:
        row = Command(
            event_id=event.event_id,
            event=event.model_dump(mode="json"),
            camera={},
            destination_id=UUID(gate),
            state=state,
            expires_at=func.now() + timedelta(seconds=10),
            **columns,
        )
        session.add(row)
        session.flush()
        return row.id


def test_a_barrier_opens_at_a_click_and_the_relay_confirms_it(api: Api, shelly: Shelly, worker: Worker) -> None:
    gate = barrier(api, shelly, feedback="device")
    answer = ask(api, gate)
    assert answer.status_code == 202, answer.text
    made = answer.json()
    assert (made["state"], made["actor"], made["reason"]) == ("new", "key:everything", "Visitor")
    told = ended(api, made["id"], "confirmed")
    assert (told["destination"], told["plate"], told["event_id"]) == ("Gate", "", None)
    shelly.relay.wait(False)
    assert shelly.relay.rises == 1
    rows = api.client.get("/api/v1/audit", params={"action": "barrier.open"}).json()
    (entry,) = rows["entries"]
    assert (entry["subject"], entry["detail"]["reason"], entry["detail"]["command"]) == ("Gate", "Visitor", made["id"])


def test_the_same_key_orders_once_however_often_it_is_sent(api: Api, shelly: Shelly, worker: Worker) -> None:
    gate, other = barrier(api, shelly, pause=0), barrier(api, shelly, "Other", pause=0)
    answers = [ask(api, gate, **{"Idempotency-Key": "click-1"}) for _ in range(4)]
    assert {answer.status_code for answer in answers} == {202}
    (command,) = {answer.json()["id"] for answer in answers}
    ended(api, command, "done")
    again = ask(api, gate, **{"Idempotency-Key": "click-1"})
    assert (again.json()["id"], again.json()["state"]) == (command, "done")
    for wrong in (
        ask(api, other, **{"Idempotency-Key": "click-1"}),
        ask(api, gate, "Else", **{"Idempotency-Key": "click-1"}),
    ):
        assert (wrong.status_code, "take a new one" in wrong.json()["detail"]) == (422, True)
    assert shelly.relay.rises == 1
    somebody = api.as_key("barriers:open", "deliveries:read")
    theirs = api.stranger.post(
        f"/api/v1/barriers/{gate}/open", json={"reason": "x"}, headers=somebody | {"Idempotency-Key": "click-1"}
    )
    assert theirs.json()["id"] != command
    audited = api.client.get("/api/v1/audit", params={"action": "barrier.open"}).text
    assert audited.count('"barrier.open"') == 2


def test_a_key_that_is_used_at_once_by_several_requests_orders_once(api: Api, shelly: Shelly) -> None:
    gate, ids = barrier(api, shelly), list[str]()
    api.client  # noqa: B018  signs the client in before the threads use it
    threads = [
        threading.Thread(target=lambda: ids.append(ask(api, gate, **{"Idempotency-Key": "one"}).json()["id"]))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (len(ids), len(set(ids))) == (6, 1)


def test_an_order_is_announced_after_it_is_stored(api: Api, shelly: Shelly) -> None:
    gate = barrier(api, shelly)
    command = ask(api, gate).json()["id"]
    (hint,) = entries(api.site.events, streams.wake(UUID(gate)))
    assert command.encode() in hint.data


def test_while_barriers_are_locked_nobody_opens_one(api: Api, shelly: Shelly) -> None:
    gate = barrier(api, shelly)
    before = ask(api, gate, **{"Idempotency-Key": "early"}).json()["id"]
    api.client.put("/api/v1/site/barriers", json={"locked": True, "reason": "Fire drill"})
    answer = ask(api, gate)
    assert (answer.status_code, answer.json()["detail"]) == (409, "All barriers of the site are locked: Fire drill")
    assert ask(api, gate, **{"Idempotency-Key": "early"}).json()["id"] == before
    assert len(api.client.get("/api/v1/commands").json()["commands"]) == 1


def test_what_cannot_be_opened_is_told(api: Api, shelly: Shelly) -> None:
    gate = barrier(api, shelly)
    assert ask(api, str(uuid4())).status_code == 404
    cloud = str(api.destination())
    no_barrier = ask(api, cloud)
    assert (no_barrier.status_code, no_barrier.json()["detail"]) == (404, f"There is no barrier {cloud}")
    for reason in ("", "  ", "a\nb", "x" * 501):
        assert ask(api, gate, reason).status_code == 422
    assert ask(api, gate, **{"Idempotency-Key": "x" * 129}).status_code == 422
    api.client.patch(f"/api/v1/destinations/{gate}", json={"enabled": False})
    assert ask(api, gate).json()["detail"] == "Gate is switched off"
    assert api.client.get(f"/api/v1/commands/{uuid4()}").status_code == 404


def test_a_relay_that_refuses_is_told_at_the_order(api: Api, shelly: Shelly, worker: Worker) -> None:
    gate = barrier(api, shelly, switch=3)
    told = ended(api, ask(api, gate).json()["id"], "failed")
    assert "error -105" in told["result"]
    assert told["acted_at"] is None
    # Noted at the destination after the order's end is written down.
    deadline = time.monotonic() + 20
    while "error -105" not in api.client.get(f"/api/v1/destinations/{gate}").json()["last_error"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_relay_that_does_not_answer_leaves_it_unknown_and_is_not_asked_again(
    api: Api, shelly: Shelly, worker: Worker
) -> None:
    shelly.only = "Switch.Set"
    gate = barrier(api, shelly, timeout=0.5)
    shelly.plan.append(Misbehaviour("silent", "after", 3))
    told = ended(api, ask(api, gate).json()["id"], "unknown")
    assert "did not answer within 0.5 seconds" in told["result"]
    assert shelly.relay.rises <= 1


def test_who_may_open(api: Api, shelly: Shelly) -> None:
    gate, camera = barrier(api, shelly), add_camera(api)
    address, body, from_page = f"/api/v1/barriers/{gate}/open", {"reason": "Visitor"}, {"X-Platewire": "1"}
    for name, role, cameras in (("porter", "operator", None), ("limited", "operator", [camera["id"]])):
        person = {"name": name, "role": role, "password": "correct horse battery", "cameras": cameras}
        assert api.client.post("/api/v1/users", json=person).status_code == 201
    for name, expected in (("guard", 403), ("porter", 202), ("limited", 403), ("admin", 202)):
        assert api.sign_in(name).post(address, json=body, headers=from_page).status_code == expected, name
    assert api.sign_in("porter").post(address, json=body).status_code == 403
    for scope, expected in (("barriers:open", 202), ("barriers:write", 403), ("deliveries:write", 403)):
        assert api.stranger.post(address, json=body, headers=api.as_key(scope)).status_code == expected, scope


def test_orders_are_told_page_by_page_and_by_what_is_asked(api: Api, shelly: Shelly) -> None:
    gate, other = barrier(api, shelly), barrier(api, shelly, "Other")
    event = an_event("KE1234XX")
    api.store(event)
    because_of(api, event, other, "expired")
    made = [ask(api, gate).json()["id"] for _ in range(4)]
    seen, cursor = list[str](), None
    while True:
        page = api.client.get("/api/v1/commands", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [row["id"] for row in page["commands"]]
        if (cursor := page["next"]) is None:
            break
    assert seen[:4] == made[::-1]
    assert len(seen) == 5

    def found(**asked: str) -> list[tuple[str, str]]:
        rows = api.client.get("/api/v1/commands", params=asked).json()["commands"]
        return [(row["destination"], row["plate"]) for row in rows]

    assert (
        found(state="expired")
        == found(destination=other)
        == found(event=str(event.event_id))
        == [("Other", "KE1234XX")]
    )
    assert found(state="sent") == []
    assert api.client.get("/api/v1/commands", params={"state": "ajar"}).status_code == 422


def test_who_is_limited_to_a_camera_sees_the_orders_of_its_events_alone(api: Api, shelly: Shelly) -> None:
    gate, camera = barrier(api, shelly), add_camera(api)
    mine, other = an_event(camera_id=UUID(str(camera["id"]))), an_event(camera_id=uuid4())
    ids = [str(because_of(api, event, gate)) for event in (mine, other)]
    by_hand = ask(api, gate).json()["id"]
    made = api.client.post("/api/v1/api-keys", json={"name": "gate", "scopes": ["*"], "cameras": [camera["id"]]})
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    rows = api.stranger.get("/api/v1/commands", headers=headers).json()["commands"]
    assert [row["id"] for row in rows] == [ids[0]]
    for command in (ids[1], by_hand):
        assert api.stranger.get(f"/api/v1/commands/{command}", headers=headers).status_code == 404


def test_an_event_and_its_decision_tell_what_was_ordered(api: Api, shelly: Shelly) -> None:
    gate, event = barrier(api, shelly), an_event()
    api.store(event)
    because_of(api, event, gate, "confirmed", result="On for 2 s, ended by the Shelly")
    (row,) = api.client.get("/api/v1/events").json()["events"]
    (told,) = api.client.get(f"/api/v1/events/{event.event_id}").json()["commands"]
    decision = api.client.get(f"/api/v1/events/{event.event_id}/decision").json()
    assert row["commands"] == decision["commands"] == [told]
    assert (told["destination"], told["state"]) == ("Gate", "confirmed")
    assert decision["words"][-1] == "Gate was opened, and that is confirmed: On for 2 s, ended by the Shelly"


def test_a_barrier_is_not_opened_by_sending_an_old_delivery_again(api: Api, shelly: Shelly) -> None:
    event = an_event()
    delivery = api.deliver(event, UUID(barrier(api, shelly)), DeliveryState.EXPIRED)
    answer = api.client.post(f"/api/v1/deliveries/{delivery}/resend")
    assert (answer.status_code, "opened by hand" in answer.json()["detail"]) == (409, True)


def test_figures_tell_how_many_orders_ended_how_and_how_fast(api: Api, shelly: Shelly) -> None:
    gate = barrier(api, shelly)
    for seconds in (0.25, 0.5):
        moment = func.clock_timestamp()
        times = {"seen_at": moment - timedelta(seconds=seconds), "acted_at": moment, "sent_at": moment}
        because_of(api, an_event(), gate, "done", **times)
    because_of(api, an_event(), gate, "expired")
    text = api.client.get("/metrics").text
    assert 'platewire_commands_total{destination="Gate",state="done"} 2.0' in text
    assert 'platewire_commands_total{destination="Gate",state="expired"} 1.0' in text
    (slowest,) = [line for line in text.splitlines() if 'latency_seconds{destination="Gate",quantile="1"}' in line]
    assert float(slowest.split()[-1]) == pytest.approx(0.5, abs=0.1)


def test_the_form_is_published_and_wrong_settings_are_refused_by_it(api: Api, shelly: Shelly) -> None:
    barrier(api, shelly)
    kinds = {kind["name"]: kind for kind in api.client.get("/api/v1/integrations").json()["integrations"]}
    assert "enum" in kinds["barrier"]["settings_schema"]["properties"]["driver"]
    for settings in ({}, {"driver": "magic"}, {"driver": "gpio", "pulse": 99}):
        body = {"name": "Wrong", "kind": "barrier", "settings": settings}
        assert api.client.post("/api/v1/destinations", json=body).status_code == 422
