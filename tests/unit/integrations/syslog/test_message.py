"""The bytes of syslog messages, and that no value breaks out of its place."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.integrations.syslog.message import build, framed
from services.integrations.syslog.settings import Settings
from shared.messages import ListHit
from shared.wording import one_line
from tests.simulators.sample_delivery import a_camera, a_delivery

BLACK = ListHit.model_validate({"list": "black", "kind": "black", "entry": "19ZFZL", "how": "exact"})


def the_settings(**changes: Any) -> Settings:
    return Settings.model_validate({"host": "log.example"} | changes)


def message(**changes: Any) -> bytes:
    return build(a_delivery(), "gate house", the_settings(**changes))


def test_the_default_is_cef_in_rfc_5424() -> None:
    assert message() == (
        b"<134>1 2018-12-12T14:34:19.000Z gatehouse platewire - detect - \xef\xbb\xbf"
        b"CEF:0|Platewire|Platewire|1|vehicle.detect|Vehicle passed|3|rt=1544625259000"
        b" externalId=7c1c8f0e-0000-4000-8000-000000000001 cs1Label=plate cs1=19ZFZL cs2Label=camera cs2=Gate"
        b" cs3Label=lists cs3=black, staff cs4Label=country cs4=NLD cs5Label=direction cs5=in"
        b" cfp1Label=confidence cfp1=0.72"
    )


def test_a_black_list_is_a_warning() -> None:
    sent = build(a_delivery(hits=(BLACK,)), "h", the_settings(facility="auth", severity="debug"))
    assert sent.startswith(b"<36>1 ")
    assert b"|Vehicle passed|8|" in sent


def test_other_forms_hold_the_event_or_the_text() -> None:
    document = json.loads(message(form="json").partition(b"\xef\xbb\xbf")[2])
    assert (document["plate"], document["moment"]) == ("19ZFZL", "detect")
    assert message(form="text", text="{plate} at {camera}").endswith(b"\xef\xbb\xbf19ZFZL at Gate")


def test_framing_counts_or_ends_lines() -> None:
    assert framed(b"<1>\xc3\xa9", the_settings()) == b"5 <1>\xc3\xa9"
    assert framed(b"<1>x", the_settings(framing="line")) == b"<1>x\n"


@given(st.text(max_size=30))
def test_no_name_forges_a_line_or_a_field(name: str) -> None:
    sent = build(a_delivery(camera=a_camera(name=name)), name, the_settings()).decode()
    assert "\n" not in sent
    assert "\r" not in sent
    assert re.match(r"<134>1 \S+ \S+ platewire - detect - \ufeffCEF:0\|Platewire\|Platewire\|1\|", sent)
    unescaped = re.findall(r"(?<!\\)(?:\\\\)*(\w+)=", sent.partition("\ufeff")[2].split("|", 7)[7])
    assert [key for key in unescaped if key.startswith("cs2")] == (
        ["cs2Label", "cs2"] if one_line(name) else ["cs2Label"]
    )
