"""What goes wrong between us and a server, each against what the ledger must be told."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from services.integrations.wave.deliver import deliver
from shared.errors import Reject, Retry, Trouble
from simulators.nx_server import Fault, NxServer
from tests.integration.integrations.wave_site import Destination, again, destination, settings
from tests.simulators.sample_delivery import a_delivery, some_pictures

BOTH = pytest.mark.parametrize("profile", ["legacy", "v4"])
STEPS = {
    "introduction": {"legacy": "moduleInformation", "v4": "site/info"},
    "devices": {"legacy": "getCamerasEx", "v4": "devices?"},
    "bookmarks": {"legacy": "/bookmarks?", "v4": "/bookmarks?"},
    "bookmark": {"legacy": "/bookmarks/add", "v4": "/bookmarks"},
    "event": {"legacy": "createEvent", "v4": "events/generic"},
}
SLOW = ["slow_header", "slow_body", "hang"]


def fails(to: Destination) -> Retry:
    with pytest.raises(Retry) as caught:
        to.send()
    return caught.value


@BOTH
@pytest.mark.parametrize("fault", SLOW)
def test_a_slow_answer_ends_with_the_timeout_and_the_next_try_delivers(profile: str, fault: str) -> None:
    with destination(profile, timeout=1) as to:
        to.nx.faults.append(Fault(fault, "ookmarks"))
        began = time.monotonic()

        error = fails(to)

        assert "did not answer within 1 seconds" in error.reason
        assert time.monotonic() - began < 20
        to.nx.faults.clear()
        to.changes = {}
        to.send()
        assert len(to.nx.state.bookmarks) == 1


@BOTH
@pytest.mark.parametrize("fault", ["reset", "close", "reset_in_body"])
@pytest.mark.parametrize("step", list(STEPS))
def test_a_broken_connection_is_tried_again_wherever_it_breaks(profile: str, fault: str, step: str) -> None:
    with destination(profile) as to:
        to.nx.faults.append(Fault(fault, STEPS[step][profile]))
        delivery = to.delivery()

        with pytest.raises(Retry, match="broke off the connection"):
            to.send(again=delivery)
        to.send(again=again(delivery))

        assert to.nx.faults == []
        assert len(to.nx.state.bookmarks) == 1
        # An event has no identity: when its answer is lost it is told once more.
        assert len(to.nx.state.events) == (2 if (step, fault) == ("event", "reset_in_body") else 1)


@BOTH
@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_server_in_trouble_is_tried_again(profile: str, status: int) -> None:
    with destination(profile) as to:
        to.nx.faults.append(Fault("status", "ookmarks", status=status))
        error = fails(to)
        to.send()

        assert (error.status, len(to.nx.state.bookmarks)) == (status, 1)


@BOTH
@pytest.mark.parametrize(
    ("status", "body"),
    [(400, b'{"error":"5","errorString":"Bad"}'), (409, b'{"error":"7","errorString":"Bad"}'), (415, b"Bad")],
)
def test_any_other_refusal_is_final_and_keeps_what_was_said(profile: str, status: int, body: bytes) -> None:
    with destination(profile) as to:
        to.send()
        to.nx.faults.append(Fault("status", "ookmarks", status=status, body=body))
        with pytest.raises(Reject) as caught:
            to.send()
    assert (type(caught.value), caught.value.status, caught.value.reason) == (Reject, status, "Bad")


@BOTH
def test_answers_that_are_no_json_are_no_end(profile: str) -> None:
    with destination(profile) as to:
        # Digest asks twice at first: the challenge's body is garbage as well.
        to.nx.faults += [Fault("garbage", STEPS["devices"][profile], body=b"<html>")] * (
            2 if profile == "legacy" else 1
        )
        assert "cannot be understood" in fails(to).reason
        to.nx.faults.append(Fault("garbage", "ookmarks", body=b"[1, null]"))
        to.send()

        assert len(to.nx.state.bookmarks) == 1


@BOTH
def test_a_server_that_restarts_goes_on_with_the_next_delivery(profile: str) -> None:
    with destination(profile) as to:
        to.send()
        to.nx.stop()
        assert fails(to).trouble is Trouble.CANNOT_CONNECT
        to.nx.state.restart()
        to.nx.start()
        to.send()

        assert len(to.nx.state.bookmarks) == 2


def test_a_delivery_as_a_whole_ends_although_each_request_is_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.integrations.wave.server.BUDGET", 0.0)
    with destination("v4") as to:
        assert "were not enough for one delivery" in fails(to).reason


def test_a_closed_port_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    given = settings(NxServer("v3", port=port))

    with pytest.raises(Retry, match="cannot be reached: Connection refused") as caught:
        deliver(a_delivery(), some_pictures(), given)
    assert caught.value.trouble is Trouble.CANNOT_CONNECT


def test_a_server_that_takes_the_connection_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        given = settings(NxServer("v3", port=silent.getsockname()[1]), timeout=1)

        with pytest.raises(Retry, match="did not answer within 1 seconds"):
            deliver(a_delivery(), some_pictures(), given)


def test_an_address_that_is_ours_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLATEWIRE_ALLOW_LOOPBACK")
    with destination("v3") as to, pytest.raises(Reject, match="leads back to this machine"):
        to.send()


def test_a_certificate_of_the_servers_own_is_refused_until_it_is_pinned_or_its_authority_entered(
    certificate: Any,
) -> None:
    with NxServer("v3", certificate=certificate.files) as nx:
        to = Destination(nx)
        error = fails(to)
        to.changes["fingerprint"] = "00" * 32
        other = fails(to)
        assert nx.requests == []
        for accepted in ({"fingerprint": certificate.fingerprint}, {"ca": certificate.pem}, {"verify": False}):
            to.changes = dict(accepted)
            to.send()

        assert len(nx.state.bookmarks) == 3
    assert (error.trouble, other.trouble) == (Trouble.CERTIFICATE, Trouble.CERTIFICATE)
    assert "pin its fingerprint" in error.reason


def test_the_wrong_one_of_http_and_https_is_told(certificate: Any) -> None:
    with NxServer("v3", certificate=certificate.files) as nx:
        assert "does it want HTTPS?" in fails(Destination(nx, {"https": False})).reason
    with destination("v3", https=True) as to:
        assert "is it http:// instead of https://?" in fails(to).reason


def test_a_burst_arrives_whole() -> None:
    with destination("legacy", events=False) as to:
        for number in range(200):
            to.send(f"AA{number:04}BB")

        assert len(to.nx.state.bookmarks) == 200
        assert to.nx.connections == 4
