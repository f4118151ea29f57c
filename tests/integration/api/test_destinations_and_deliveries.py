"""Destinations with their secrets and checks, and deliveries that are sent again."""

from __future__ import annotations

import threading
from uuid import UUID, uuid4

import pytest
from rq import SimpleWorker
from rq.timeouts import TimerDeathPenalty
from sqlalchemy import delete

from services.api.destinations.check import check
from services.api.errors import AnswerTooLate
from shared import streams
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import DeliveryRow, Destination, IntegrationKind
from shared.jobs import JOBS
from shared.messages import DeliveryState
from shared.secrets import MASK, Vault
from tests.integration.api.gateway import Api, an_event


def test_a_destination_masks_its_secrets_and_keeps_them_for_the_same_address(api: Api) -> None:
    settings = {"url": "https://cloud/in", "password": "hunter2"}
    made = api.client.post("/api/v1/destinations", json={"name": "Cloud", "kind": "json_http", "settings": settings})
    assert made.status_code == 201, made.text
    assert made.json()["settings"] == {"url": "https://cloud/in", "password": MASK}
    address = f"/api/v1/destinations/{made.json()['id']}"
    kept = {"url": "https://cloud/other", "password": MASK, "port": 443}
    assert api.client.patch(address, json={"settings": kept}).json()["revision"] == 2
    moved = api.client.patch(address, json={"settings": {"url": "https://elsewhere/in", "password": MASK}})
    assert (moved.status_code, moved.json()["field"]) == (422, "password")
    with transaction(api.site.engine) as session:
        row = session.get(Destination, UUID(made.json()["id"]))
        assert row is not None
        vault = Vault(api.site.settings.secret_key.get_secret_value())
        assert vault.open(row.settings) == {"url": "https://cloud/other", "password": "hunter2", "port": 443}
    assert "hunter2" not in api.client.get("/api/v1/destinations").text
    with transaction(api.site.engine) as session:
        session.execute(delete(IntegrationKind))
    assert api.client.get(address).json()["settings"] == {}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "telepathy"}, "kind"),
        ({"settings": {}}, "settings.url"),
        ({"settings": {"url": "http://cloud", "port": 0}}, "settings.port"),
        ({"settings": {"url": "http://cloud", "colour": "red"}}, "settings.colour"),
        ({"send_on": "whenever"}, "send_on"),
    ],
)
def test_a_destination_must_fit_its_integration(api: Api, change: dict[str, object], field: str) -> None:
    body = {"name": "Cloud", "kind": "json_http", "settings": {"url": "http://cloud/in"}} | change
    answer = api.client.post("/api/v1/destinations", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert api.client.get("/api/v1/destinations").json()["destinations"] == []


def test_the_integrations_come_with_their_schema(api: Api) -> None:
    (found,) = api.client.get("/api/v1/integrations").json()["integrations"]
    assert found["settings_schema"]["required"] == ["url"]


def test_trying_a_destination_tells_what_the_worker_found(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.api.destinations.check.CHECK_DESTINATION", "tests.integration.api.gateway.refuse")
    destination = api.destination()
    worker = SimpleWorker([JOBS], connection=streams.connect(api.site.settings.redis_events_url))
    working = threading.Thread(target=worker.work, kwargs={"max_jobs": 1}, daemon=True)
    monkeypatch.setattr(worker, "_install_signal_handlers", lambda: None)
    monkeypatch.setattr(worker, "death_penalty_class", TimerDeathPenalty)
    working.start()
    answer = api.client.post(f"/api/v1/destinations/{destination}/test")
    working.join(10)
    sentence = f"{destination} refuses the password"
    assert answer.json() == {"ok": False, "kind": "json_http", "sentence": sentence, "trouble": "credentials"}


def test_a_check_that_no_worker_takes_is_withdrawn(api: Api) -> None:
    with pytest.raises(AnswerTooLate, match="does integrations run"):
        check(api.site.events, uuid4(), patience=0.3)
    assert api.site.events.llen(f"rq:queue:{JOBS}") == 0


def test_a_dead_delivery_is_sent_again_and_wakes_its_worker(api: Api) -> None:
    event, destination = an_event(), api.destination()
    delivery = api.deliver(event, destination, DeliveryState.DEAD)
    answer = api.client.post(f"/api/v1/deliveries/{delivery}/resend")
    assert (answer.json()["state"], answer.json()["attempts"]) == ("due", 0)
    assert api.site.events.xlen(streams.wake(destination)) == 1
    again = api.client.post(f"/api/v1/deliveries/{delivery}/resend")
    assert (again.status_code, again.json()["error"]) == (409, "conflict")
    with transaction(api.site.engine) as session:
        row = session.get(DeliveryRow, delivery)
        assert row is not None
        assert row.due_at <= now() < row.expires_at
    assert api.client.post(f"/api/v1/deliveries/{uuid4()}/resend").status_code == 404


def test_deliveries_are_paged_and_filtered(api: Api) -> None:
    first, second = api.destination("One"), api.destination("Two")
    events = [an_event(f"AA{number}") for number in range(5)]
    for event in events:
        api.deliver(event, first, DeliveryState.DELIVERED)
        api.deliver(event, second, DeliveryState.DEAD)
    page = api.client.get("/api/v1/deliveries", params={"destination": str(second), "limit": 3}).json()
    rest = api.client.get(
        "/api/v1/deliveries", params={"destination": str(second), "limit": 3, "cursor": page["next"]}
    ).json()
    assert [row["plate"] for row in page["deliveries"] + rest["deliveries"]] == ["AA4", "AA3", "AA2", "AA1", "AA0"]
    assert rest["next"] is None
    assert len(api.client.get("/api/v1/deliveries?state=delivered").json()["deliveries"]) == 5
    one = api.client.get("/api/v1/deliveries", params={"event": str(events[0].event_id)}).json()["deliveries"]
    assert {row["destination"] for row in one} == {"One", "Two"}
