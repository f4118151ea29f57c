"""A Meta server's answers, faults and certificates, each against what the ledger must be told."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from services.integrations.numberok_meta.deliver import check, deliver
from services.integrations.numberok_meta.settings import Settings
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.integration import Receipt
from tests.simulators.meta_server import KEY, Fault, MetaServer, SentList
from tests.simulators.sample_delivery import a_camera, a_delivery, a_picture, some_pictures

FRAME, CROP = a_picture(1280, 720), a_picture(216, 48, ".png")
SOURCE = "CAM_00166CC39D44"


def settings(server: MetaServer, **changes: Any) -> Settings:
    return Settings.model_validate({"url": server.url, "connection_key": KEY} | changes)


def send(server: MetaServer, **changes: Any) -> Receipt:
    server.sources.setdefault(SOURCE, {"id": SOURCE})
    return deliver(a_delivery(), some_pictures(FRAME, CROP), settings(server, **changes))


def test_an_event_arrives_with_its_pictures_and_its_identity(server: MetaServer) -> None:
    assert send(server).status == 200
    asked = server.of("events")[0]
    assert (asked.method, asked.headers["authorization"]) == ("POST", f"Bearer {KEY}")
    assert asked.headers["webhook-id"] == "9a0f3c1e-0000-4000-8000-00000000000a"
    assert {part.name: part.data for part in asked.parts if part.name != "event"} == {"image": FRAME, "plate": CROP}
    assert asked.headers["content-length"] == str(len(asked.body))


@pytest.mark.parametrize("plate", ["ÄБ1", "<A&B>+%", 'A"\\1', "AB\r\n--x"])
def test_an_odd_plate_arrives_as_it_is(server: MetaServer, plate: str) -> None:
    server.sources.setdefault(SOURCE, {"id": SOURCE})
    deliver(a_delivery(plate=plate), some_pictures(FRAME, CROP), settings(server))
    assert [event["plateText"] for _, event in server.events] == [plate]


@pytest.mark.parametrize(
    ("pictures", "names"),
    [("both", {"image", "plate"}), ("frame", {"image"}), ("crop", {"plate"}), ("none", set())],
)
def test_only_the_wanted_pictures_are_sent(server: MetaServer, pictures: str, names: set[str]) -> None:
    send(server, pictures=pictures)
    assert {part.name for part in server.of("events")[0].parts} == {"event", *names}


@pytest.mark.parametrize("fault", ["500", "503", "429", "302", "404", "405", "reset", "close", "half"])
def test_what_may_get_better_is_tried_again_and_stored_once(server: MetaServer, fault: str) -> None:
    server.plan.append(Fault(fault))
    with pytest.raises(Retry):
        send(server)
    send(server)
    assert len(server.events) == 1
    assert [asked.headers["webhook-id"] for asked in server.of("events")] == [str(a_delivery().delivery_id)] * 2


@pytest.mark.parametrize("fault", ["400", "413", "422"])
def test_what_the_server_refuses_for_good_is_not_sent_again(server: MetaServer, fault: str) -> None:
    server.plan.append(Fault(fault))
    with pytest.raises(Reject, match="It was told to"):
        send(server)


def test_a_refused_key_makes_events_wait(server: MetaServer) -> None:
    server.key = "0" * 44
    with pytest.raises(Retry, match="refuses the connection key") as caught:
        send(server)
    assert (caught.value.status, caught.value.trouble) == (401, Trouble.CREDENTIALS)
    assert KEY not in str(caught.value)


def test_a_source_that_is_not_registered_yet_makes_its_event_wait(server: MetaServer) -> None:
    with pytest.raises(Retry, match="not registered"):
        deliver(a_delivery(), some_pictures(), settings(server))


def test_an_event_of_another_site_is_not_passed_on(server: MetaServer) -> None:
    with pytest.raises(Reject, match="from the site South"):
        deliver(a_delivery(camera=a_camera(site="South")), some_pictures(), settings(server))
    assert server.asked == []


def test_the_test_button_leaves_nothing_behind(server: MetaServer) -> None:
    server.lists["5b1f2a34-0b5d-4e7a-9c1f-3d2e4b5a6c70"] = SentList("5b1f2a34-0b5d-4e7a-9c1f-3d2e4b5a6c70", "staff")
    assert "grants this site 1 list" in check(settings(server)).answer
    assert [(asked.method, asked.path) for asked in server.asked] == [("GET", "/api/v1/meta/lists")]
    assert (server.sources, server.events) == ({}, [])


@pytest.mark.parametrize(
    ("fault", "kind", "trouble"),
    [
        ("401", Unauthorised, Trouble.CREDENTIALS),
        ("403", Unauthorised, Trouble.RIGHTS),
        ("404", Reject, Trouble.WRONG_DEVICE),
        ("nonsense", Reject, Trouble.WRONG_DEVICE),
        ("500", Retry, Trouble.OTHER),
        ("close", Retry, Trouble.CANNOT_CONNECT),
    ],
)
def test_the_test_button_names_what_is_wrong(
    server: MetaServer, fault: str, kind: type[Reject | Retry], trouble: Trouble
) -> None:
    server.plan.append(Fault(fault))
    with pytest.raises((Reject, Retry)) as caught:
        check(settings(server))
    assert (type(caught.value), getattr(caught.value, "trouble", None)) == (kind, trouble)


def test_nobody_there_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(Retry, match="cannot be reached") as caught:
        check(Settings.model_validate({"url": f"http://127.0.0.1:{port}", "connection_key": KEY}))
    assert caught.value.trouble is Trouble.CANNOT_CONNECT


def test_only_a_trusted_certificate_is_talked_to(certificate: Any) -> None:
    with MetaServer(certificate.files) as server:
        with pytest.raises(Retry, match="not trusted") as caught:
            check(settings(server))
        assert caught.value.trouble is Trouble.CERTIFICATE
        assert check(settings(server, fingerprint=certificate.fingerprint)).status == 200
        assert check(settings(server, ca=certificate.pem)).status == 200
        with pytest.raises(Retry):
            check(settings(server, fingerprint="0" * 64))
