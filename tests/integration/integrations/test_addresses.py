"""No destination leads into our own house: the guard stands in front of every connection."""

from __future__ import annotations

import socket

import httpx
import pytest

from services.integrations.json_http.deliver import check as check_json
from services.integrations.json_http.deliver import deliver as deliver_json
from services.integrations.json_http.settings import Settings as JsonSettings
from services.integrations.nvr_text.deliver import check as check_nvr
from services.integrations.nvr_text.settings import Settings as NvrSettings
from shared.addresses import Reach
from shared.certificates import Trust
from shared.errors import Reject
from shared.peer_http import PeerTransport
from simulators.json_receiver import JsonReceiver
from simulators.nvr_text import NvrText
from tests.integration.integrations.conftest import Certificate
from tests.simulators.sample_delivery import a_delivery, some_pictures


def refused(url: str, **settings: object) -> str:
    with pytest.raises(Reject) as caught:
        deliver_json(a_delivery(), some_pictures(), JsonSettings.model_validate({"url": url} | settings))
    return str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0.0.0.0", "[::ffff:127.0.0.1]"])
def test_nothing_is_sent_to_this_machine(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.delenv("PLATEWIRE_ALLOW_LOOPBACK")
    with JsonReceiver() as receiver:
        assert "not allowed" in refused(f"http://{host}:{receiver.port}/events")
        with pytest.raises(Reject, match="not allowed"):
            check_json(JsonSettings(url=f"http://{host}:{receiver.port}/events"))
    assert receiver.requests == []


def test_nothing_is_sent_to_the_clouds_metadata() -> None:
    assert "reserved" in refused("http://169.254.169.254/latest/meta-data/")


def test_nothing_is_sent_to_a_server_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    with JsonReceiver() as receiver:
        monkeypatch.setenv("REDIS_EVENTS_URL", f"redis://127.0.0.1:{receiver.port}/0")
        assert "a server of this site" in refused(receiver.url)
    assert receiver.requests == []


def test_private_networks_are_a_destinations_own_setting() -> None:
    assert "switched off" in refused("http://10.255.255.1/events", allow_private=False)


def test_a_name_that_turns_to_this_machine_between_two_tries_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo
    answers = iter(["127.0.0.1", "169.254.169.254"])

    def resolve(host: str, port: int, *rest: object, **named: object) -> object:
        if host != "rebind.example":
            return real(host, port, *rest, **named)  # type: ignore[arg-type]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with JsonReceiver() as receiver:
        settings = JsonSettings(url=f"http://rebind.example:{receiver.port}/events")
        assert deliver_json(a_delivery(), some_pictures(), settings).status == 200
        assert receiver.requests[0].headers["host"] == f"rebind.example:{receiver.port}"
        assert "reserved" in refused(settings.url)
        assert len(receiver.requests) == 1


def test_a_certificate_is_checked_for_the_name_and_not_for_the_address_behind_it(
    monkeypatch: pytest.MonkeyPatch, certificate: Certificate
) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **named: real("127.0.0.1" if "example" in host else host, *rest, **named),
    )
    transport = PeerTransport(Reach(allow_loopback=True), 10, Trust(ca=certificate.pem))
    with JsonReceiver(certificate=certificate.files) as receiver, httpx.Client(transport=transport) as client:
        # The certificate bears the address, not the name.
        assert client.get(receiver.url).status_code == 200
        with pytest.raises(httpx.ConnectError, match=r"Hostname mismatch|not valid for"):
            client.get(receiver.url.replace("127.0.0.1", "receiver.example"))


def test_a_text_device_is_never_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with NvrText() as nvr:
        settings = NvrSettings.model_validate({"host": "127.0.0.1", "port": nvr.port})
        check_nvr(settings)
        monkeypatch.delenv("PLATEWIRE_ALLOW_LOOPBACK")
        with pytest.raises(Reject, match="not allowed"):
            check_nvr(settings)
