"""Every kind that waits for a peer's answer gives a sick one up in time, and says that it will try again."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from services.integrations.engine.discover import load
from shared.errors import Retry
from tests.simulators.sample_delivery import a_delivery, a_picture, some_pictures
from tests.simulators.sick_peer import SickPeer

TIMEOUT = 1.0
PATIENCE = 15.0
"""Seconds after which a try must be over: generous, and far from the minutes that a dribbling answer would last."""
GREETINGS = {"email": b"220 mail\r\n", "ftp": b"220 files\r\n"}
WAITING = ["email", "ftp", "json_http", "mqtt", "numberok_meta", "wave", "webhook"]
TELLING = ["nvr_text", "syslog"]
"""Their peers answer nothing, so silence and slowness are their health."""


def settings_of(kind: str, port: int) -> Any:
    url, patient = f"http://127.0.0.1:{port}", {"timeout": TIMEOUT}
    host: dict[str, Any] = {"host": "127.0.0.1", "port": port}
    wanted: dict[str, dict[str, Any]] = {
        "email": host | patient | {"sender": "a@site.example", "recipients": ["b@site.example"], "security": "none"},
        "ftp": host | patient | {"protocol": "ftp", "user": "u", "password": "p"},
        "json_http": patient | {"url": url},
        "mqtt": host | patient,
        "numberok_meta": patient | {"url": url, "connection_key": "A" * 44},
        "nvr_text": host,
        "syslog": host | patient | {"transport": "tcp"},
        "wave": host | patient | {"user": "u", "password": "p", "scheme": "http"},
        "webhook": patient | {"url": url},
    }
    model = load(kind).settings
    return model.model_validate({name: value for name, value in wanted[kind].items() if name in model.model_fields})


def fails(kind: str, port: int) -> Retry:
    began = time.monotonic()
    with pytest.raises(Retry) as caught:
        load(kind).deliver(a_delivery(), some_pictures(a_picture(64, 48), a_picture(32, 16)), settings_of(kind, port))
    assert time.monotonic() - began < PATIENCE
    return caught.value


@pytest.mark.parametrize("kind", [*WAITING, *TELLING])
def test_a_closed_port_is_tried_again(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert fails(kind, port).reason


@pytest.mark.parametrize("illness", ["silent", "slow_header", "slow_body", "reset"])
@pytest.mark.parametrize("kind", WAITING)
def test_a_sick_peer_is_given_up_in_time_and_tried_again(kind: str, illness: str) -> None:
    with SickPeer(illness, GREETINGS.get(kind, b"")) as peer:
        assert fails(kind, peer.port).reason
        assert peer.greeted


@pytest.mark.parametrize("kind", TELLING)
def test_a_peer_that_breaks_off_is_tried_again(kind: str) -> None:
    with SickPeer("reset") as peer:
        assert fails(kind, peer.port).reason
