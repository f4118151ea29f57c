"""What is deleted by its age, what is held back, and that a run touches nothing else."""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from services.api.retention import work
from services.api.retention.work import ACTOR, due, run
from shared import audit, site
from shared.clock import now
from shared.credentials import Role, create_user
from shared.db.partitions import drop_empty
from shared.db.session import transaction
from shared.db.tables import Audit, Command, DeliveryRow, EventNote, EventRow, EventTag, Plate
from shared.media import MediaStore
from shared.messages import DeliveryState, Event, UnreadReason
from shared.retention import Cutoffs, Retention, RetentionRun
from tests.integration.api.gateway import JPEG, PASSWORD, Api, add_camera, an_event

ADDRESS = "/api/v1/site/retention"
DAYS = {"events_days": 30, "pictures_days": 30, "unread_days": 30, "audit_days": 365, "cameras": {}}


def aged(api: Api, days: float, plate: str = "AA1234BB", **changes: object) -> Event:
    """An event of so many days ago with its pictures."""
    media, moment = MediaStore(api.site.settings.media_dir), now() - timedelta(days=days)
    name = f"{plate or 'dark'}-{int(days * 24)}"
    keys = {f"{kind}_key": media.put(JPEG, f"{name}-{kind}", moment) for kind in ("frame", "crop")}
    event = an_event(plate, moment, **keys, **changes)
    api.store(event)
    return event


def dark(api: Api, days: float) -> Event:
    return aged(api, days, "", unread=UnreadReason.LOW_CONTRAST, country="", confidence=0.0)


def night(api: Api, moment: datetime | None = None) -> Counter[str]:
    """A run, as if the last one was long ago."""
    with transaction(api.site.engine) as session:
        site.save(session, RetentionRun(at=now() - timedelta(days=3)))
    return run(api.site.engine, MediaStore(api.site.settings.media_dir), moment or now())


def plates(api: Api) -> set[str]:
    with transaction(api.site.engine) as session:
        return set(session.scalars(select(EventRow.plate)))


def files(api: Api) -> set[str]:
    return {path.name for path in Path(api.site.settings.media_dir).rglob("*.jpg")}


def count(api: Api, table: Any) -> int:
    with transaction(api.site.engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_old_events_go_with_all_that_belongs_to_them(api: Api) -> None:
    old, new = aged(api, 31, "AA1111AA"), aged(api, 29, "BB2222BB")
    destination = api.destination()
    for event in (old, new):
        api.client.post(f"/api/v1/events/{event.event_id}/notes", json={"text": "x"})
        api.client.put(f"/api/v1/events/{event.event_id}/tags/vip")
        api.deliver(event, destination, DeliveryState.DELIVERED)
    with transaction(api.site.engine) as session:
        month_old = {"created_at": now() - timedelta(days=31)}
        session.execute(update(DeliveryRow).where(DeliveryRow.event_id == old.event_id).values(month_old))
    would_go = api.client.get(ADDRESS).json()["would_go"]
    assert (would_go["events"], would_go["events_with_pictures"], would_go["deliveries"], would_go["held"]) == (
        1,
        1,
        1,
        0,
    )
    gone = night(api)
    assert gone == {"pictures": 2, "events": 1, "deliveries": 1}
    assert plates(api) == {"BB2222BB"}
    assert {name[:8] for name in files(api)} == {"BB2222BB"}
    assert [count(api, table) for table in (EventNote, EventTag, DeliveryRow, Plate)] == [1, 1, 1, 1]
    with transaction(api.site.engine) as session:
        row = session.scalars(select(Audit).where(Audit.action == "retention.run")).one()
    assert (row.actor, row.detail) == (ACTOR, dict(gone))
    told = api.client.get(ADDRESS).json()
    assert told["last_run"] == "Deleted 1 deliveries, 1 events, 2 pictures"
    assert set(told["would_go"].values()) == {0}


def test_an_event_with_the_tag_keep_stays_with_its_pictures_notes_and_deliveries(api: Api) -> None:
    event, other = aged(api, 100, "AA1111AA"), aged(api, 100, "BB2222BB")
    api.client.put(f"/api/v1/events/{event.event_id}/tags/keep")
    api.client.post(f"/api/v1/events/{event.event_id}/notes", json={"text": "For the court"})
    api.deliver(event, api.destination(), DeliveryState.DELIVERED)
    with transaction(api.site.engine) as session:
        session.execute(update(DeliveryRow).values(created_at=now() - timedelta(days=100)))
    assert api.client.get(ADDRESS).json()["would_go"]["held"] == 1
    night(api)
    assert plates(api) == {"AA1111AA"}
    assert len(files(api)) == 2
    assert [count(api, table) for table in (EventNote, EventTag, DeliveryRow)] == [1, 1, 1]
    assert api.client.get(f"/api/v1/events/{other.event_id}").status_code == 404
    api.client.delete(f"/api/v1/events/{event.event_id}/tags/keep")
    night(api)
    assert (plates(api), files(api)) == (set(), set())


def test_pictures_may_go_before_their_events_and_cameras_may_have_days_of_their_own(api: Api) -> None:
    camera = UUID(str(add_camera(api)["id"]))
    body = DAYS | {"pictures_days": 10, "cameras": {str(camera): 3}}
    assert api.client.put(ADDRESS, json=body).json()["cameras"] == {str(camera): 3}
    private = aged(api, 4, "AA1111AA", camera_id=camera)
    aged(api, 2, "BB2222BB", camera_id=camera)
    aged(api, 4, "CC3333CC")
    aged(api, 11, "DD4444DD")
    assert night(api)["pictures"] == 4
    assert plates(api) == {"AA1111AA", "BB2222BB", "CC3333CC", "DD4444DD"}
    assert {name[:8] for name in files(api)} == {"BB2222BB", "CC3333CC"}
    assert api.client.get(f"/api/v1/events/{private.event_id}").json()["frame_url"] == ""


def test_unread_passages_have_days_of_their_own(api: Api) -> None:
    api.client.put(ADDRESS, json=DAYS | {"unread_days": 7})
    dark(api, 8)
    dark(api, 6)
    aged(api, 8)
    assert night(api) == {"pictures": 2, "unread": 1}
    assert (count(api, EventRow), len(files(api))) == (2, 4)


def test_what_is_kept_for_good_stays(api: Api) -> None:
    api.client.put(ADDRESS, json=dict.fromkeys(DAYS, None) | {"cameras": {}})
    aged(api, 3000)
    dark(api, 3000)
    assert night(api) == {}
    assert count(api, EventRow) == 2


def test_files_that_no_event_knows_are_swept_when_their_day_is_over_for_long(api: Api) -> None:
    media = MediaStore(api.site.settings.media_dir)
    aged(api, 3.5, "AA1111AA")
    for days, name in ((4, "lost"), (60, "ancient"), (0.1, "young")):
        media.put(JPEG, name, now() - timedelta(days=days))
    assert night(api) == {"orphaned_pictures": 2}
    assert {name.partition("-")[0] for name in files(api)} == {"AA1111AA", "young"}
    left = {str(path.relative_to(media.root)) for path in media.root.rglob("*") if path.is_dir()}
    assert not [folder for folder in left if folder == f"{now() - timedelta(days=60):%Y/%m/%d}"]


def test_orders_that_are_over_go_and_those_under_way_stay(api: Api) -> None:
    destination = api.destination()
    month_old = now() - timedelta(days=31)
    values = {"destination_id": destination, "reason": "x", "issued_at": month_old, "expires_at": month_old}
    with transaction(api.site.engine) as session:
        session.add_all([Command(state=state, **values) for state in ("done", "failed", "sent")])
    assert night(api) == {"commands": 2}
    with transaction(api.site.engine) as session:
        assert session.scalars(select(Command.state)).all() == ["sent"]


def test_old_rows_of_the_audit_log_go_and_the_rest_still_proves_itself(api: Api) -> None:
    with api.site.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO audit (at, actor, action) SELECT now() - n * interval '100 d', 'user:anna', 'x' FROM "
                 "generate_series(9, 1, -1) AS n")
        )  # fmt: skip
    api.client.put(ADDRESS, json=DAYS)
    assert night(api) == {"audit": 6}
    told = api.client.get("/api/v1/audit/verify").json()
    assert (told["whole"], told["rows"], told["forgotten"]) == (True, 5, 6)
    with api.site.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("DELETE FROM audit WHERE id = 7"))
    assert api.client.get("/api/v1/audit/verify").json()["whole"] is False


def test_the_newest_row_of_the_audit_log_always_stays(api: Api) -> None:
    with transaction(api.site.engine) as session:
        session.execute(text("INSERT INTO audit (at, actor, action) VALUES (now() - interval '9 y', 'user:anna', 'x')"))
    with transaction(api.site.engine) as session:
        assert session.scalar(select(func.audit_forget(now(), 100))) == 0
        audit.record(session, "user:anna", "y", "")
    with transaction(api.site.engine) as session:
        assert session.scalar(select(func.audit_forget(now() - timedelta(days=1), 100))) == 1
        assert audit.verify(session).whole


def test_a_run_is_due_once_a_night_and_never_on_the_first_day(api: Api) -> None:
    moment = datetime(2026, 11, 10, 12, tzinfo=UTC)

    def asked(at: datetime) -> str | None:
        with transaction(api.site.engine) as session:
            return due(session, at)

    assert asked(moment) is None
    assert asked(moment + timedelta(hours=14)) is None
    assert asked(moment + timedelta(hours=16)) == "2026-11-11"
    at_night = moment + timedelta(hours=16)
    run(api.site.engine, MediaStore(api.site.settings.media_dir), at_night)
    assert asked(at_night + timedelta(hours=1)) is None
    assert run(api.site.engine, MediaStore(api.site.settings.media_dir), at_night) == {}
    assert asked(at_night + timedelta(days=1)) == "2026-11-12"


def test_a_run_that_takes_too_long_goes_on_in_the_next_job(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        aged(api, 40, f"AA111{number}AA")
    monkeypatch.setattr(work, "LONGEST", -1.0)
    monkeypatch.setattr("services.api.retention.rows.BATCH", 1)
    monkeypatch.setattr("services.api.retention.pictures.BATCH", 1)
    night(api)
    assert count(api, EventRow) == 3
    with transaction(api.site.engine) as session:
        assert due(session, now()) is not None
    monkeypatch.setattr(work, "LONGEST", 600.0)
    assert night(api) == {"pictures": 4, "events": 3}


def test_empty_months_that_are_over_are_dropped_and_others_are_not(api: Api) -> None:
    with api.site.engine.begin() as connection:
        for month, following in (("2020_01", "2020-02-01"), ("2020_02", "2020-03-01")):
            first = month.replace("_", "-") + "-01"
            connection.execute(
                text(f"CREATE TABLE events_{month} PARTITION OF events FOR VALUES FROM ('{first}') TO ('{following}')")
            )
    api.store(an_event(at=datetime(2020, 1, 5, tzinfo=UTC)))
    assert drop_empty(api.site.engine, datetime(2020, 3, 1, tzinfo=UTC)) == 1
    with api.site.engine.connect() as connection:
        names = (
            connection.execute(text("SELECT relname FROM pg_class WHERE relname LIKE 'events_2020___'")).scalars().all()
        )
    assert names == ["events_2020_01"]


def test_a_month_that_somebody_reads_waits_for_tomorrow(api: Api) -> None:
    with api.site.engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE events_2020_01 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2020-02-01')")
        )
    with api.site.engine.begin() as reader:
        reader.execute(text("SELECT count(*) FROM events"))
        assert drop_empty(api.site.engine, datetime(2020, 3, 1, tzinfo=UTC)) == 0
    assert drop_empty(api.site.engine, datetime(2020, 3, 1, tzinfo=UTC)) == 1


def test_other_days_can_be_tried_without_being_set(api: Api) -> None:
    aged(api, 8)
    assert api.client.get(ADDRESS).json()["would_go"]["events"] == 0
    tried = api.client.get(ADDRESS, params={"events_days": 7}).json()
    assert (tried["events_days"], tried["would_go"]["events"]) == (7, 1)
    assert api.client.get(ADDRESS).json()["events_days"] == 30
    assert api.client.get(ADDRESS, params={"events_days": 0}).status_code == 422


def test_all_that_can_be_set_can_be_tried_first(api: Api) -> None:
    camera = str(add_camera(api)["id"])
    aged(api, 40)
    dark(api, 40)
    aged(api, 8, "BB2222BB", camera_id=UUID(camera))

    def tried(**changes: object) -> dict[str, int]:
        answer = api.client.post(f"{ADDRESS}/preview", json=DAYS | changes)
        assert answer.status_code == 200, answer.text
        found: dict[str, int] = answer.json()["would_go"]
        return found

    assert (tried()["events"], tried()["unread"]) == (1, 1)
    assert (tried(events_days=None)["events"], tried(events_days=None)["unread"]) == (0, 1)
    assert tried(events_days=None, unread_days=None)["unread"] == 0
    assert tried(cameras={camera: 7})["events_with_pictures"] == tried()["events_with_pictures"] + 1
    assert api.client.get(ADDRESS).json()["cameras"] == {}
    wrong = api.client.post(f"{ADDRESS}/preview", json=DAYS | {"cameras": {str(UUID(int=5)): 3}})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "cameras")
    limited = api.limited_to(UUID(int=5), "settings:read")
    assert api.stranger.post(f"{ADDRESS}/preview", json=DAYS, headers=limited).status_code == 403


def test_only_an_admin_sets_it_and_it_is_audited(api: Api) -> None:
    with transaction(api.site.engine) as session:
        create_user(session, "porter", Role.OPERATOR, PASSWORD)
    porter, from_page = api.sign_in("porter"), {"X-Platewire": "1"}
    assert porter.get(ADDRESS).status_code == 200
    assert porter.put(ADDRESS, json=DAYS, headers=from_page).status_code == 403
    limited = api.limited_to(UUID(int=5), "settings:read")
    assert api.stranger.get(ADDRESS, headers=limited).status_code == 403
    for body, field in (
        (DAYS | {"events_days": 0}, "events_days"),
        (DAYS | {"cameras": {str(UUID(int=5)): 3}}, "cameras"),
        ({"events_days": 1}, "pictures_days"),
    ):
        answer = api.client.put(ADDRESS, json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    api.client.put(ADDRESS, json=DAYS | {"events_days": None})
    with transaction(api.site.engine) as session:
        row = session.scalars(select(Audit).where(Audit.action == "retention.change")).one()
    assert (row.detail["before"]["events_days"], row.detail["after"]["events_days"]) == (30, None)


def test_an_event_never_outlasts_itself_by_its_pictures() -> None:
    moment = datetime(2026, 11, 10, tzinfo=UTC)
    settings = Retention(events_days=5, pictures_days=30, unread_days=None, cameras={UUID(int=1): 90, UUID(int=2): 1})
    cutoffs = Cutoffs.of(settings, moment)
    assert cutoffs.pictures == cutoffs.events == cutoffs.unread == cutoffs.cameras[UUID(int=1)]
    assert cutoffs.cameras[UUID(int=2)] == moment - timedelta(days=1)


def test_a_file_that_cannot_be_deleted_stops_nothing_else(api: Api) -> None:
    event = aged(api, 40)
    os.unlink(MediaStore(api.site.settings.media_dir).path(event.frame_key))
    assert night(api)["events"] == 1
