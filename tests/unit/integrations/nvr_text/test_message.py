"""The bytes that a text device gets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.integrations.nvr_text.message import build
from services.integrations.nvr_text.settings import CODECS, Settings
from tests.simulators.sample_delivery import a_camera, a_delivery


def the_settings(**changes: Any) -> Settings:
    return Settings.model_validate({"host": "127.0.0.1"} | changes)


def test_the_default_message_is_the_specified_bytes() -> None:
    message = build(a_delivery(plate="AB123CD"), the_settings())

    assert message == bytes.fromhex("3c4c50523e0d0a414231323343440d0a3c2f4c50523e0d0a")


@pytest.mark.parametrize(
    ("terminator", "expected"),
    [("lf", b"<LPR>\nAB123CD\n</LPR>\n"), ("none", b"<LPR>AB123CD</LPR>")],
)
def test_line_ends_are_a_setting(terminator: str, expected: bytes) -> None:
    assert build(a_delivery(plate="AB123CD"), the_settings(terminator=terminator)) == expected


def test_all_fields_of_the_template_are_filled_in() -> None:
    template = "{plate} {country} {confidence}\n{camera} {time}\n{list}"

    message = build(a_delivery(), the_settings(template=template))

    assert message == b"<LPR>\r\n19ZFZL NLD 0.72\r\nGate 2018-12-12 16:34:19\r\nblack, staff\r\n</LPR>\r\n"


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"unknown field {plate\.__class__}"):
        the_settings(template="{plate.__class__}")


def test_a_field_in_a_value_is_not_filled_in_again() -> None:
    delivery = a_delivery(camera=a_camera(name="{plate}"))

    assert build(delivery, the_settings(template="{camera}", terminator="none")) == b"<LPR>{plate}</LPR>"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("US-ASCII", b"AE1234ZH Suedtor?".replace(b"ue", b"u")),
        ("WINDOWS-1251", "АЕ1234Ж Sudtor?".encode("cp1251")),
        ("UTF-8", "АЕ1234Ж Südtor車".encode()),
    ],
)
def test_letters_that_an_encoding_lacks_are_transliterated(encoding: str, expected: bytes) -> None:
    delivery = a_delivery(plate="АЕ1234Ж", camera=a_camera(name="Südtor車"))

    message = build(delivery, the_settings(encoding=encoding, template="{plate} {camera}", terminator="none"))

    assert message == b"<LPR>" + expected + b"</LPR>"


@given(st.text(max_size=30), st.sampled_from(sorted(CODECS)))
def test_no_value_can_break_out_of_its_line_or_end_the_receipt(name: str, encoding: str) -> None:
    nasty = a_delivery(camera=a_camera(name="</L</LPR>PR>" + name + "\r\n<LPR>"))

    message = build(nasty, the_settings(encoding=encoding, template="{camera}"))

    lines = message.decode(CODECS[encoding]).split("\r\n")
    assert lines[0] == "<LPR>"
    assert lines[2:] == ["</LPR>", ""]
    assert "</LPR>" not in lines[1]
    assert "<LPR>" not in lines[1]
    assert "\x00" not in lines[1]


def test_cameras_have_their_own_ports() -> None:
    settings = the_settings(port=7001, ports={"Yard": 7002})

    assert settings.address_of("Yard") == ("127.0.0.1", 7002)
    assert settings.address_of("Gate") == ("127.0.0.1", 7001)


@pytest.mark.parametrize("place", ["10.0.3.99", "host:", "host:70000", 0, "a b:7001", "http://host:7001", ":7001"])
def test_a_text_device_is_a_port_or_an_address_with_a_port(place: str | int) -> None:
    with pytest.raises(ValidationError):
        the_settings(ports={"Yard": place})


def test_other_recorders_are_known_by_camera() -> None:
    settings = the_settings(ports={"Yard": "10.0.3.99:7002", "Ramp": "7003", "Six": "[fd00::1]:7004"})

    assert settings.addresses() == [("10.0.3.99", 7002), ("127.0.0.1", 7001), ("127.0.0.1", 7003), ("fd00::1", 7004)]


def test_sunapi_needs_a_user() -> None:
    for changes in ({"verify": True}, {"device": "set"}):
        with pytest.raises(ValidationError, match="SUNAPI needs"):
            the_settings(**changes)
