"""A log server by UDP, TCP and TLS, and every way in which it can be away."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from services.integrations.syslog.deliver import check, deliver
from services.integrations.syslog.settings import Settings
from shared.errors import Reject, Retry, Trouble
from tests.integration.integrations.conftest import Certificate
from tests.simulators.sample_delivery import a_delivery, some_pictures
from tests.simulators.syslog_server import SyslogServer


def the_settings(server: SyslogServer, **changes: Any) -> Settings:
    known = {"host": "127.0.0.1", "port": server.port, "transport": server.transport, "timeout": 3}
    return Settings.model_validate(known | changes)


def send(server: SyslogServer, plate: str = "AB123CD", **changes: Any) -> None:
    deliver(a_delivery(plate=plate), some_pictures(), the_settings(server, **changes))


def test_messages_arrive_whole_by_every_transport(certificate: Certificate) -> None:
    for transport, framing in (("udp", "counted"), ("tcp", "counted"), ("tcp", "line"), ("tls", "counted")):
        files = certificate.files if transport == "tls" else None
        with SyslogServer(transport, files) as server:
            for plate in ("AB1", "Б<&=|\\\r\n2"):
                send(server, plate, framing=framing, ca=certificate.pem)
            first, second = server.expect(2)
            assert b"cs1=AB1 " in first
            assert "cs1=Б<&\\=|\\\\2 ".encode() in second
            assert first.startswith(b"<134>1 ")


def test_a_certificate_that_is_not_trusted_gets_nothing(certificate: Certificate) -> None:
    with SyslogServer("tls", certificate.files) as server:
        with pytest.raises(Retry, match="not trusted") as caught:
            send(server)
        assert caught.value.trouble is Trouble.CERTIFICATE
        send(server, fingerprint=certificate.fingerprint)
        assert len(server.expect(1)) == 1


@pytest.mark.parametrize("fault", ["reset", "close"])
def test_a_server_that_hangs_up_is_tried_again(fault: str) -> None:
    with SyslogServer(fault=fault) as server, pytest.raises(Retry):
        send(server)


def test_a_closed_port_and_an_unknown_name_are_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for host in ("127.0.0.1", "log.invalid"):
        settings = Settings(host=host, port=port, timeout=2)
        with pytest.raises(Retry, match="cannot be reached") as caught:
            check(settings)
        assert caught.value.trouble is Trouble.CANNOT_CONNECT


def test_nothing_is_sent_into_our_own_house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLATEWIRE_ALLOW_LOOPBACK")
    for transport in ("udp", "tcp"):
        with SyslogServer(transport) as server:
            with pytest.raises(Reject, match="not allowed"):
                send(server)
            assert server.received == b""


def test_a_test_connects_and_sends_nothing() -> None:
    with SyslogServer() as server:
        assert "accepts connections" in check(the_settings(server)).answer
        assert server.received == b""
        assert "cannot be told" in check(the_settings(server, transport="udp")).answer
