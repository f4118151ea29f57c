"""Every integration that calls a peer, on every line that can go bad: told in time and in words, without a secret."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

import pytest

from services.integrations.engine.discover import load, names
from shared.errors import NotSent, Reject, Retry
from tests.simulators.bad_line import FAULTS, BadLine
from tests.simulators.sample_delivery import a_delivery, a_picture, some_pictures

SECRET = "7261" + "ab" * 20
PATIENCE = 25.0
"""Seconds; a line is given up long before, and a machine that runs tests is slow."""
Settings = Callable[[int], dict[str, Any]]

# Each with the shortest time-out that its settings allow.
CALLING: dict[str, Settings] = {
    "json_http": lambda port: {"url": f"http://127.0.0.1:{port}/", "timeout": 2},
    "webhook": lambda port: {"url": f"http://127.0.0.1:{port}/", "timeout": 2},
    "numberok_meta": lambda port: {"url": f"http://127.0.0.1:{port}", "connection_key": SECRET, "timeout": 5},
    "wave": lambda port: {
        "host": "127.0.0.1",
        "port": port,
        "user": "anpr",
        "password": SECRET,
        "https": False,
        "timeout": 2,
    },
    "email": lambda port: {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "a@example.org",
        "recipients": ["b@example.org"],
        "timeout": 5,
    },
    "mqtt": lambda port: {"host": "127.0.0.1", "port": port, "user": "anpr", "password": SECRET, "timeout": 2},
    "ftp": lambda port: {
        "protocol": "ftp",
        "host": "127.0.0.1",
        "port": port,
        "user": "anpr",
        "password": SECRET,
        "timeout": 5,
    },
    "syslog": lambda port: {"host": "127.0.0.1", "port": port, "transport": "tcp", "timeout": 2},
    "notify": lambda port: {
        "service": {"preset": "ntfy", "topic": "gate", "url": f"http://127.0.0.1:{port}"},
        "timeout": 2,
    },
    "nvr_text": lambda port: {"host": "127.0.0.1", "port": port, "timeout": 2},
}
NOT_CALLING = {
    "barrier": "commands, not deliveries: test_barrier_wires.py breaks the line of every driver at every step",
    "sd_card": "writes to a folder and calls nobody",
    "ssm": "is called by its peer; test_check_and_ports.py and test_proxy.py break that line",
}
# These only talk: TCP itself is all the answer that they get, so what a peer says, or its silence, is no fault.
ONLY_TALKS = {"nvr_text", "syslog"}
HEARD = {"closed"}


def settings_of(kind: str, port: int) -> Any:
    model = load(kind).settings
    wanted = CALLING[kind](port)
    shortest = model.model_json_schema()["properties"].get("timeout", {}).get("minimum")
    if "timeout" in wanted and shortest is not None:
        wanted["timeout"] = max(wanted["timeout"], shortest)
    known = model.model_fields
    return model.model_validate({name: value for name, value in wanted.items() if name in known})


def test_every_integration_stands_in_one_of_the_two_tables() -> None:
    assert set(CALLING) | set(NOT_CALLING) == set(names())
    assert not set(CALLING) & set(NOT_CALLING)


@pytest.mark.slow
@pytest.mark.timeout(90)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", sorted(CALLING))
def test_a_bad_line_is_tried_again_later_and_told_in_words(kind: str, fault: str) -> None:
    pictures = some_pictures(a_picture(640, 480), a_picture(120, 30, ".png"))
    with BadLine(fault) as line:
        settings = settings_of(kind, line.port)
        began = time.monotonic()
        if kind in ONLY_TALKS and fault not in HEARD:
            talk(kind, settings, pictures)
        else:
            with pytest.raises(Retry) as told:
                load(kind).deliver(a_delivery(), pictures, settings)
            reason = told.value.reason
            assert len(reason) > 10
            assert SECRET not in reason
            assert "Traceback" not in reason
        assert time.monotonic() - began < PATIENCE


def talk(kind: str, settings: Any, pictures: Any) -> None:
    """What was handed to TCP may be a success, or the line was seen to break; never another error, never a hang."""
    with contextlib.suppress(Retry):
        load(kind).deliver(a_delivery(), pictures, settings)


@pytest.mark.slow
@pytest.mark.timeout(90)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", sorted(set(CALLING) - ONLY_TALKS))
def test_the_connection_test_says_in_one_sentence_that_the_line_is_bad(kind: str, fault: str) -> None:
    with BadLine(fault) as line:
        began = time.monotonic()
        with pytest.raises((Retry, Reject, NotSent)) as told:
            load(kind).check(settings_of(kind, line.port))
        reason = str(told.value)
        assert reason
        assert SECRET not in reason
        assert "\n" not in reason
        assert time.monotonic() - began < PATIENCE


SPEAKS = {"email": "smtp", "ftp": "ftp", "mqtt": "mqtt"}
"""The others speak HTTP."""


@pytest.mark.slow
@pytest.mark.timeout(90)
@pytest.mark.parametrize("fault", ["slow_header", "slow_body"])
@pytest.mark.parametrize("kind", sorted(set(CALLING) - ONLY_TALKS))
def test_an_answer_that_dribbles_is_given_up_as_a_whole(kind: str, fault: str) -> None:
    pictures = some_pictures(a_picture(640, 480), a_picture(120, 30, ".png"))
    with BadLine(fault, SPEAKS.get(kind, "http")) as line:
        impatient = settings_of(kind, line.port).model_copy(update={"timeout": 1.0})
        began = time.monotonic()
        with pytest.raises(Retry) as told:
            load(kind).deliver(a_delivery(), pictures, impatient)
        assert SECRET not in told.value.reason
        # Some ask for headers alone, and those came.
        with contextlib.suppress(Retry):
            load(kind).check(impatient)
        assert time.monotonic() - began < PATIENCE
