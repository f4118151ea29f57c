"""What an installer may enter for a Meta server."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from services.integrations.numberok_meta.settings import Settings

KEY = "47336957505E61322AFF995586A0858170630BA3FF1C"


def settings(**changes: Any) -> Settings:
    return Settings.model_validate({"url": "https://head.example/", "connection_key": KEY} | changes)


@pytest.mark.parametrize("typed", [KEY, KEY.lower(), f" {KEY[:22]}-{KEY[22:]}\n"])
def test_a_key_is_taken_however_it_was_copied(typed: str) -> None:
    assert settings(connection_key=typed).connection_key.get_secret_value() == KEY


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"connection_key": KEY[:-1]}, "44 hexadecimal digits"),
        ({"connection_key": "pw_" + KEY}, "44 hexadecimal digits"),
        ({"url": "head.example"}, "https://head.example"),
        ({"url": "https://admin:secret@head.example"}, "no user"),
        ({"url": "https://head.example/?site=1"}, "no user, query"),
        ({"profile": "[paths]\nevents = 5"}, "paths.events does not fit"),
        ({"profile": '[key]\nvalue = "Bearer"'}, "key.value does not fit"),
        ({"profile": "[unknown]\na = 1"}, "unknown does not fit"),
        ({"profile": "= no TOML"}, "is not TOML"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings(**changes)


def test_the_address_loses_its_last_slash() -> None:
    assert settings().url == "https://head.example"
