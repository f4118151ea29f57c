from __future__ import annotations

import json
import logging
import sys

import pytest

from shared.logs import JsonLines, redact

LEAKS = [
    "rtsp://admin:s3cret@10.0.0.5:554/stream",
    "rtsp://admin:p@s3cret@10.0.0.5/",
    "rtsp://:s3cret@10.0.0.5/",
    "http://u:s3cret@host/x?y=1",
    "https://s3crettoken@host/x",
    "login user=a&password=s3cret&x=1",
    "GET /callback?code_verifier=s3cret&state=1",
    '{"password": "s3cret"}',
    '{"password": "two words s3cret"}',
    "{'client_secret': 'two words, s3cret'}",
    '{\\"password\\": \\"two s3cret\\"}',
    "passphrase: s3cret",
    "Authorization: Bearer s3cretlonger",
    "Authorization: Basic czNjcmV0 s3cret",
    'Authorization: Digest username="admin", realm="x", response="s3cret"',
    "{'authorization': 'Custom s3cret value'}",
    'sent Digest username="admin", nonce="1", response="s3cret"',
    "Cookie: platewire=abc; other=s3cret",
    "Set-Cookie: __Host-platewire=s3cret; Path=/",
    "api_token=s3cret",
    "X-API-Key: s3cret",
    "the key pw_s3cretABCDEFGHIJKLMNOPQRSTUVWXYZ is refused",
    "signed with whsec_s3cretABCDEFGHIJKLMNOPQRS",
    "token eyJhbGciOiJSUzI1NiJ9.s3cret.AAAA is expired",
    "sealed gAAAAABs3cretABCDEFGHIJKLMNOP==",
    "redis://:s3cret@valkey:6379/0",
    "postgresql://platewire:s3cret@postgres/platewire",
]


@pytest.mark.parametrize("line", LEAKS)
def test_no_credential_survives(line: str) -> None:
    assert "s3cret" not in redact(line)


@pytest.mark.parametrize("line", LEAKS)
def test_no_credential_survives_in_a_record_of_the_log(line: str) -> None:
    record = logging.LogRecord("x", logging.WARNING, "f", 1, "peer says %s", (line,), None)
    record.answer = {"said": [line, "\n" + line]}
    assert "s3cret" not in JsonLines("capture").format(record)


@pytest.mark.parametrize(
    "line",
    [
        "camera Gate in at rtsp://10.0.0.5:554/stream1 sends 12.5 frames a second",
        "the monkey: he sits",
        "http://host/a?list=white&mode=exact",
        "writes to admin@example.org",
        "bypass=1 on the compass: 12",
        "15:04:05 reads 3 tokens a second",
    ],
)
def test_what_is_no_credential_stays(line: str) -> None:
    assert redact(line) == line


def test_a_record_is_one_json_object_with_its_extras() -> None:
    record = logging.LogRecord("shared.x", logging.WARNING, "f", 1, "camera %s waits", ("gate",), None)
    record.camera, record.attempts, record.share = "abc", 3, 0.5
    entry = json.loads(JsonLines("capture").format(record))
    assert entry["service"] == "capture"
    assert entry["level"] == "warning"
    assert entry["message"] == "camera gate waits"
    assert (entry["camera"], entry["attempts"], entry["share"]) == ("abc", 3, 0.5)


def test_extras_are_cleaned_by_their_names_whatever_they_hold() -> None:
    record = logging.LogRecord("x", logging.WARNING, "f", 1, "made", (), None)
    record.client_secret, record.settings = "plain words", {"password": "more words", "url": "http://a/b"}
    entry = json.loads(JsonLines("api").format(record))
    assert entry["client_secret"] == "*"
    assert entry["settings"] == {"password": "*", "url": "http://a/b"}


def test_nobody_forges_a_line_of_the_log() -> None:
    record = logging.LogRecord("x", logging.WARNING, "f", 1, 'name a\n{"level": "info"}', (), None)
    record.camera = 'b"}\r\n{"level": "info"}'
    line = JsonLines("api").format(record)
    assert "\n" not in line
    assert "\r" not in line
    assert json.loads(line)["level"] == "warning"


def test_an_exception_with_a_url_is_redacted_too() -> None:
    try:
        raise OSError("cannot open rtsp://admin:s3cret@10.0.0.5/")
    except OSError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "boom", (), sys.exc_info())
    assert "s3cret" not in JsonLines("capture").format(record)
