"""What an installer may and may not enter for a server."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.integrations.wave.settings import Settings

LEAST = {"host": "10.0.4.17", "user": "anpr", "password": "pw"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"host": "https://10.0.4.17"}, "without scheme and port"),
        ({"user": "a:b"}, "no colon"),
        ({"password": ""}, "at least 1"),
        ({"ca": "hello"}, "no PEM"),
        ({"fingerprint": "abc"}, "64 hexadecimal"),
        ({"cameras": {"Gate": " "}}, "enter the server's device for Gate"),
        ({"name": "{colour}"}, "unknown field {colour}"),
        ({"tags": ["{a}"]}, "unknown field {a}"),
        ({"bookmarks": False, "events": False}, "bookmarks, generic events or both"),
        ({"duration": 90}, "at least as long"),
        ({"timeout": 60}, "less than or equal to 20"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Settings.model_validate(LEAST | wrong)


@pytest.mark.parametrize(
    ("changes", "base"),
    [
        ({}, "https://10.0.4.17:7001"),
        ({"https": False, "port": 7002}, "http://10.0.4.17:7002"),
        ({"host": "fd00::1"}, "https://[fd00::1]:7001"),
    ],
)
def test_address_and_port_are_all_that_is_needed(changes: dict[str, object], base: str) -> None:
    assert Settings.model_validate(LEAST | changes).base == base
