from __future__ import annotations

import json
import logging
import sys

import pytest

from shared.logs import JsonLines, redact


@pytest.mark.parametrize(
    "line",
    [
        "rtsp://admin:s3cret@10.0.0.5:554/stream",
        "rtsp://admin:p@s3cret@10.0.0.5/",
        "http://u:s3cret@host/x?y=1",
        "login user=a&password=s3cret&x=1",
        '{"password": "s3cret"}',
        "Authorization: Bearer s3cretlonger",
        "api_token=s3cret",
    ],
)
def test_no_credential_survives(line: str) -> None:
    assert "s3cret" not in redact(line)


def test_what_is_no_credential_stays() -> None:
    line = "camera Gate in at rtsp://10.0.0.5:554/stream1 sends 12.5 frames a second"
    assert redact(line) == line


def test_a_record_is_one_json_object_with_its_extras() -> None:
    record = logging.LogRecord("shared.x", logging.WARNING, "f", 1, "camera %s waits", ("gate",), None)
    record.camera = "abc"
    entry = json.loads(JsonLines("capture").format(record))
    assert entry["service"] == "capture"
    assert entry["level"] == "warning"
    assert entry["message"] == "camera gate waits"
    assert entry["camera"] == "abc"


def test_an_exception_with_a_url_is_redacted_too() -> None:
    try:
        raise OSError("cannot open rtsp://admin:s3cret@10.0.0.5/")
    except OSError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "boom", (), sys.exc_info())
    assert "s3cret" not in JsonLines("capture").format(record)
