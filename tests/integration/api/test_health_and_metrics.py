"""What the site says of itself to people and to Prometheus."""

from __future__ import annotations

from uuid import UUID

from shared import streams
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import Track
from shared.messages import DeliveryState
from shared.status import CameraState, CameraStatus, ServiceStatus, report_camera, report_service
from tests.integration.api.gateway import Api, add_camera, an_event


def test_health_names_the_services_that_are_not_there(api: Api) -> None:
    lonely = api.stranger.get("/api/v1/health")
    assert (lonely.status_code, lonely.json()["status"]) == (200, "degraded")
    assert lonely.json()["checks"]["reactor"]["sentence"] == "No reactor reports, does it run?"
    for service in ("capture", "recognizer", "reactor", "integrations"):
        report_service(api.site.events, ServiceStatus(service=service, instance="1", at=now()))
    assert api.stranger.get("/api/v1/health").json()["status"] == "ok"


def test_metrics_tell_cameras_services_and_what_waits(api: Api) -> None:
    camera = add_camera(api)
    camera_id = UUID(str(camera["id"]))
    report_camera(api.site.events, camera_id, CameraStatus(state=CameraState.RUNNING, frames=42))
    status = ServiceStatus(service="recognizer", instance="r1", at=now(), values={"reads_total": 7, "queue": 2})
    report_service(api.site.events, status)
    api.store(an_event(camera_id=camera_id, car_id=310))
    api.deliver(an_event(), api.destination(), DeliveryState.DUE)
    with transaction(api.site.engine) as session:
        session.add(Track(camera_id=camera_id, state={"unread": {"blurred": 5, "clipped": 2}}))
    streams.publish(api.site.frames, streams.frames(camera_id), "{}")
    text = api.client.get("/metrics").text
    for line in (
        'platewire_camera_state{camera="Gate in",state="running"} 1.0',
        'platewire_camera_frames{camera="Gate in"} 42.0',
        'platewire_recognizer_reads_total{instance="r1"} 7.0',
        'platewire_recognizer_queue{instance="r1"} 2.0',
        'platewire_events_total{camera="Gate in"} 310.0',
        'platewire_unread_total{camera="Gate in",reason="blurred"} 5.0',
        'platewire_deliveries{destination="Cloud",state="due"} 1.0',
        'platewire_frames_waiting{camera="Gate in"} 1.0',
    ):
        assert line in text, text
