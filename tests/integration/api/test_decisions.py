"""Why something happened because of an event, or did not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import update

from shared.db.session import transaction
from shared.db.tables import EventRow
from shared.messages import Alternative, DeliveryState, Event, ListHit, Moment
from shared.rules.conditions import Why
from shared.rules.trace import RoundTrace, RuleTrace, stored
from tests.integration.api.gateway import Api, an_event

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
WHITE = ListHit(list="white", kind="white", entry="AA12??BB", how="pattern")


def decided(api: Api, event: Event, *rounds: RoundTrace) -> None:
    api.store(event)
    readings = [{"text": "AA1234BB", "reads": 7, "surest": 0.97, "share": 0.91}]
    change = update(EventRow).where(EventRow.event_id == event.event_id)
    with transaction(api.site.engine) as session:
        session.execute(change.values(decision=stored(rounds) if rounds else None, readings=readings))


def a_round(moment: Moment = Moment.DETECT, **changes: object) -> RoundTrace:
    made = RoundTrace(
        moment=moment,
        at=NOON + timedelta(seconds=1),
        plate="AA1234BB",
        country="UKR",
        confidence=0.97,
        direction="in",
        zone=1,
        reads=5,
        hits=(WHITE,),
        rules=(
            RuleTrace(rule_id=UUID(int=1), name="Gate", destination="Barrier", why=Why.BARRIERS_LOCKED, sentence="No"),
            RuleTrace(rule_id=UUID(int=2), name="Office", destination="Cloud", fired=True, sentence="Fired"),
        ),
        more={"not_on_list": 12, "fired": 1},
    )
    return made.model_copy(update=changes)


def test_the_story_goes_from_the_frames_to_the_deliveries(api: Api) -> None:
    api.client.patch("/api/v1/site", json={"timezone": "Europe/Kyiv"})
    other = Alternative(text="AA1234B8", country="", margin=1.2)
    event = an_event(at=NOON, alternatives=(other,), lists=("white",), hits=(WHITE,))
    decided(api, event, a_round())
    api.deliver(event, api.destination("Cloud"), DeliveryState.DEAD)
    answer = api.client.get(f"/api/v1/events/{event.event_id}/decision")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["words"] == [
        "Gate in read AA1234BB from 9 frames, 0.970 sure",
        "AA1234BB was said by 7 of them, with 91% of the weight",
        "The plate fits UKR",
        "AA1234B8 was considered and is less likely",
        "At 14:00:01 the passage was reliable as AA1234BB",
        "It was on the list white by the pattern AA12??BB",
        "Rule Gate: No",
        "Rule Office: Fired",
        "1 more rule fired",
        "12 more rules did not fire: not on list",
        "Cloud refused it: 503 from the receiver",
    ]
    (detect,) = found["rounds"]
    assert [(rule["name"], rule["fired"], rule["why"]) for rule in detect["rules"]] == [
        ("Gate", False, "barriers_locked"),
        ("Office", True, None),
    ]
    assert found["event"]["plate"] == "AA1234BB"
    assert found["deliveries"][0]["state"] == "dead"


def test_both_rounds_are_told_in_their_order(api: Api) -> None:
    event = an_event(at=NOON)
    decided(api, event, a_round(Moment.LOST), a_round())
    found = api.client.get(f"/api/v1/events/{event.event_id}/decision").json()
    assert [one["moment"] for one in found["rounds"]] == ["detect", "lost"]


def test_events_without_a_plate_or_without_a_kept_decision_say_so(api: Api) -> None:
    unread, old = an_event("", at=NOON, unread="too_small", country=""), an_event(at=NOON)
    api.store(unread, old)
    said = api.client.get(f"/api/v1/events/{unread.event_id}/decision").json()["words"]
    assert said == [
        "A plate was seen at Gate in and could not be read: too small",
        "No rule is tried without a plate",
    ]
    said = api.client.get(f"/api/v1/events/{old.event_id}/decision").json()["words"]
    assert said[-1] == "No rule was tried, or that was not kept yet"


def test_a_corrected_event_tells_what_was_read_and_who_corrected_it(api: Api) -> None:
    event = an_event(at=NOON)
    decided(api, event, a_round())
    body = {"plate": "KA4711XY", "country": "POL"}
    api.client.put(f"/api/v1/events/{event.event_id}/correction", json=body).raise_for_status()
    words = api.client.get(f"/api/v1/events/{event.event_id}/decision").json()["words"]
    assert words[0] == "Gate in read AA1234BB from 9 frames, 0.970 sure"
    assert "The plate fits UKR" in words
    corrected = "Later key:everything corrected the plate to KA4711XY; no rule was tried again and nobody was told"
    assert words[-1] == corrected


def test_only_those_who_may_see_events_are_told(api: Api) -> None:
    event = an_event(at=NOON)
    api.store(event)
    address = f"/api/v1/events/{event.event_id}/decision"
    assert api.stranger.get(address).status_code == 401
    assert api.stranger.get(address, headers=api.as_key("lists:read")).status_code == 403
    assert api.client.get(f"/api/v1/events/{uuid4()}/decision").status_code == 404
    assert api.client.get("/api/v1/events/nonsense/decision").status_code == 422
