"""The Test button's words when something is wrong, and which ports the server takes."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from services.integrations.ssm.deliver import check
from services.integrations.ssm.settings import Settings
from shared.errors import PlatewireError, Retry, Trouble
from simulators.json_receiver import Answer, JsonReceiver
from simulators.sunapi_camera import Quirks, SunapiCamera

StartSource = Callable[..., Any]


def trouble_of(settings: Settings) -> tuple[Trouble, str]:
    with pytest.raises(PlatewireError) as caught:
        check(settings)
    return getattr(caught.value, "trouble", Trouble.OTHER), str(caught.value)


def test_when_nothing_listens_the_reason_is_elsewhere(start_source: StartSource) -> None:
    source = start_source()
    source.stop()

    trouble, sentence = trouble_of(source.settings)
    assert trouble is Trouble.CANNOT_CONNECT
    assert "is the destination enabled?" in sentence


def test_another_program_is_noticed(start_source: StartSource) -> None:
    with JsonReceiver(otherwise=Answer(200, b"{}")) as other:
        settings = Settings(listen_address="127.0.0.1", port=other.port, password="s3cret-pw")

        assert trouble_of(settings) == (Trouble.WRONG_DEVICE, "Another program listens on this port")


def test_changed_settings_that_do_not_run_yet_are_noticed(start_source: StartSource) -> None:
    source = start_source()
    changed = source.settings.model_copy(update={"user": "other"})

    assert "still runs with other settings" in trouble_of(changed)[1]


def test_the_camera_behind_a_proxy_is_asked_too(before_camera: Callable[..., Any], camera: SunapiCamera) -> None:
    source = before_camera()
    assert source.check().endswith("The camera answers: XNV-SIM8080R.")

    wrong = source.settings.model_copy(update={"upstream_user": "nobody"})
    assert trouble_of(wrong)[0] is Trouble.CREDENTIALS
    camera.quirks.refuse = frozenset({"deviceinfo"})
    assert trouble_of(source.settings)[0] is Trouble.RIGHTS
    camera.quirks = Quirks()
    camera.power_off()
    assert trouble_of(source.settings)[0] is Trouble.CANNOT_CONNECT


def test_a_taken_port_is_told(start_source: StartSource) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        source = start_source(port=taken.getsockname()[1])
        source.thread.join(20)

    (error,) = source.errors
    assert isinstance(error, Retry)
    assert "cannot be listened on: Address already in use" in str(error)


def test_a_port_of_our_own_servers_is_never_taken(start_source: StartSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATEWIRE_OWN_SERVICES", "api:18123")
    source = start_source(port=18123)

    assert "belongs to a server of this site" in str(source.errors[0])
