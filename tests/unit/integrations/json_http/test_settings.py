"""What an installer may and may not enter for a JSON receiver."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.integrations.json_http.settings import Settings


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": "ftp://host/"}, "looks like https"),
        ({"url": "unix:///run/socket"}, "looks like https"),
        ({"url": "http://"}, "looks like https"),
        ({"url": "http://user:pw@host/"}, "their own fields"),
        ({"auth": "basic"}, "needs a user"),
        ({"auth": "bearer"}, "needs a token"),
        ({"auth": "header", "token": "x"}, "needs the header's name"),
        ({"header_name": "Content-Length"}, "cannot be the name"),
        ({"token": "a\r\nX-Evil: 1"}, "one line"),
        ({"fingerprint": "abc"}, "64 hexadecimal"),
        ({"ca": "hello"}, "no PEM"),
        ({"signing_secret": "whsec_short"}, "24 to 64 bytes"),
        ({"event_part": 'a"; filename="x'}, "pattern"),
        ({"timeout": 0}, "greater than"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Settings.model_validate({"url": "https://receiver.example/events"} | wrong)


def test_a_fingerprint_may_be_written_with_colons() -> None:
    written = ":".join(["AB"] * 32)

    assert Settings(url="https://host/", fingerprint=written).fingerprint == "ab" * 32
