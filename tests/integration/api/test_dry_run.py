"""What a rule would have done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.api.reactions import dry_run as dry_run_module
from shared.db.session import transaction
from shared.db.tables import Destination
from shared.messages import Event, ListHit, Origin
from tests.integration.api.gateway import Api, an_event

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
WHITE = ListHit(list="white", kind="white", entry="AA1234BB", how="exact")


def listed(at: datetime, how: str = "exact", **changes: object) -> Event:
    hit = WHITE.model_copy(update={"how": how})
    return an_event(at=at).model_copy(update={"lists": ("white",), "hits": (hit,), **changes})


def dry_run(api: Api, rule: Mapping[str, object], begin: datetime = NOON, days: int = 7) -> dict[str, Any]:
    body = {"rule": rule, "from": begin.isoformat(), "to": (begin + timedelta(days=days)).isoformat()}
    answer = api.client.post("/api/v1/reactions/dry-run", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def kind_of(api: Api, kind: str, **more: object) -> str:
    with transaction(api.site.engine) as session:
        row = Destination(name=kind, kind=kind, settings=b"", **more)
        session.add(row)
        session.flush()
        return str(row.id)


def test_firings_are_counted_by_the_days_of_the_site_and_the_newest_are_shown(api: Api) -> None:
    api.client.patch("/api/v1/site", json={"timezone": "Europe/Kyiv"})
    late = datetime(2026, 3, 15, 22, 30, tzinfo=UTC)
    events = [listed(NOON), listed(late), listed(late + timedelta(hours=20)), an_event("KR7713X", at=NOON)]
    api.store(*events, listed(NOON - timedelta(seconds=1)), listed(NOON + timedelta(days=7)))
    found = dry_run(api, {"settings": {"lists": ["white"]}})
    assert (found["fired"], found["looked_at"], found["not_fired"]) == (3, 4, {"not_on_list": 1})
    assert found["by_day"] == [{"day": "2026-03-14", "fired": 1}, {"day": "2026-03-16", "fired": 2}]
    assert [one["event_id"] for one in found["newest"]] == [str(event.event_id) for event in reversed(events[:3])]
    assert found["stopped_at"] is None
    assert api.client.get("/api/v1/reactions").json()["reactions"] == []


def test_of_many_firings_the_newest_fifty_are_shown(api: Api) -> None:
    api.store(*[an_event(f"AB{number}", at=NOON + timedelta(minutes=number)) for number in range(60)])
    found = dry_run(api, {})
    assert found["fired"] == 60
    assert [one["plate"] for one in found["newest"]] == [f"AB{number}" for number in range(59, 9, -1)]


def test_the_cool_down_counts_as_it_would_have(api: Api) -> None:
    api.store(*[listed(NOON + timedelta(seconds=second)) for second in (0, 30, 59, 60, 119, 200)])
    found = dry_run(api, {"settings": {"cool_down": 60}})
    assert (found["fired"], found["not_fired"]) == (3, {"cooling_down": 3})


def test_a_rule_for_a_barrier_is_held_to_what_holds_for_barriers(api: Api) -> None:
    gate = kind_of(api, "barrier")
    black = ListHit(list="black", kind="black", entry="AA1234BB", how="look_alike")
    api.store(
        listed(NOON),
        listed(NOON, origin=Origin.FILE),
        listed(NOON, how="look_alike"),
        listed(NOON).model_copy(update={"hits": (black, WHITE), "lists": ("black", "white")}),
    )
    rule = {"settings": {"lists": ["white"]}, "destination_id": gate}
    found = dry_run(api, rule)
    assert found["fired"] == 1
    assert found["not_fired"] == {"not_live": 1, "look_alike_only": 1, "on_black": 1}
    assert dry_run(api, {"settings": {"lists": ["white"]}})["fired"] == 4


def test_events_from_before_hits_were_stored_count_as_exact_and_black_still_beats_white(api: Api) -> None:
    gate = kind_of(api, "barrier")
    api.store(an_event(at=NOON, lists=("white",)), an_event(at=NOON, lists=("black", "white")))
    found = dry_run(api, {"settings": {"lists": ["white"]}, "destination_id": gate})
    assert (found["fired"], found["not_fired"]) == (1, {"on_black": 1})


def test_stored_rules_that_come_first_and_stop_it_are_taken_into_account(api: Api) -> None:
    first, second = str(api.destination("First")), str(api.destination("Second"))
    stopper = {"lists": ["white"], "stop": True, "priority": 10}
    made = api.client.post(
        "/api/v1/reactions", json={"name": "Residents", "settings": stopper, "destination_id": first}
    ).json()
    api.store(listed(NOON), an_event("KR7713X", at=NOON))
    found = dry_run(api, {"destination_id": second})
    assert (found["fired"], found["not_fired"]) == (1, {"stopped_by": 1})
    assert dry_run(api, {"destination_id": second, "settings": {"priority": 5}})["fired"] == 2
    assert dry_run(api, {"id": made["id"], "destination_id": second})["fired"] == 2
    assert dry_run(api, {"destination_id": first})["not_fired"] == {"stopped_by": 1}


def test_plates_that_nobody_could_read_are_not_looked_at(api: Api) -> None:
    unread = an_event("", at=NOON, unread="blurred")
    api.store(unread)
    assert dry_run(api, {})["looked_at"] == 0


def test_a_time_without_length_and_names_that_do_not_exist_are_refused(api: Api) -> None:
    wrong: list[tuple[dict[str, object], str]] = [
        ({"rule": {}, "from": NOON.isoformat(), "to": NOON.isoformat()}, "to"),
        ({"rule": {}, "from": "2026-03-14T12:00:00", "to": NOON.isoformat()}, "from"),
        ({"rule": {}, "from": NOON.isoformat()}, "to"),
        (
            {"rule": {"settings": {"lists": ["Ghosts"]}}, "from": NOON.isoformat(), "to": "2027-01-01T00:00:00Z"},
            "settings.lists",
        ),
    ]
    for body, field in wrong:
        answer = api.client.post("/api/v1/reactions/dry-run", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text


def test_what_is_kept_of_many_plates_is_bounded_and_so_is_the_number_of_events(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.store(*[an_event(f"AB{number % 40}", at=NOON + timedelta(hours=number)) for number in range(200)])
    whole = dry_run(api, {"settings": {"cool_down": 86_400}}, days=30)
    assert (whole["fired"], whole["not_fired"]) == (200, {})
    monkeypatch.setattr(dry_run_module, "FORGET_EVERY", 10)
    assert dry_run(api, {"settings": {"cool_down": 86_400}}, days=30) == whole
    monkeypatch.setattr(dry_run_module, "MOST_EVENTS", 50)
    found = dry_run(api, {}, days=30)
    assert (found["looked_at"], found["stopped_at"]) == (50, "2026-03-16T14:00:00Z")
