"""A recorder's SUNAPI: its text devices compared and set by Test, and what it shows as proof of delivery."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from services.integrations.nvr_text.deliver import check, deliver
from services.integrations.nvr_text.settings import Settings
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.integration import Receipt
from simulators.nvr_sunapi import NvrSunapi
from simulators.nvr_text import NvrText
from tests.integration.integrations.conftest import Certificate
from tests.simulators.sample_delivery import a_camera, a_delivery, some_pictures

FORMS = pytest.mark.parametrize("form", ["json", "text"])


@pytest.fixture(name="sunapi")
def _sunapi() -> Iterator[NvrSunapi]:
    with NvrText([0, 0]) as nvr, NvrSunapi(nvr) as running:
        yield running


def the_settings(sunapi: NvrSunapi, **changes: Any) -> Settings:
    known = {"host": "127.0.0.1", "port": sunapi.nvr.port, "web_port": sunapi.port}
    return Settings.model_validate(known | {"user": "admin", "password": "s3cret!"} | changes)


def send(sunapi: NvrSunapi, plate: str = "AB123CD", **changes: Any) -> Receipt:
    return deliver(a_delivery(plate=plate), some_pictures(), the_settings(sunapi, verify=True, **changes))


def trouble(sunapi: NvrSunapi, **changes: Any) -> Retry | Reject:
    with pytest.raises((Retry, Reject)) as caught:
        check(the_settings(sunapi, **({"device": "compare"} | changes)))
    assert isinstance(caught.value, (Retry, Reject))
    return caught.value


@FORMS
def test_what_the_recorder_shows_is_proof(sunapi: NvrSunapi, form: str) -> None:
    sunapi.form = form
    assert send(sunapi).answer.endswith("shown by the recorder")
    assert send(sunapi, "ÄБ1", template="{plate} gate\n{camera}").answer.endswith("shown by the recorder")
    assert len(sunapi.nvr.expect(2)) == 2


def test_a_text_that_is_taken_and_not_shown_is_tried_again(sunapi: NvrSunapi) -> None:
    sunapi.has_video = False
    with pytest.raises(Retry, match=r"took the text and did not show it within 0\.5 seconds"):
        send(sunapi, verify_seconds=0.5)


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"web_port": 1}])
def test_a_text_goes_out_although_nothing_can_verify_it(sunapi: NvrSunapi, changes: dict[str, Any]) -> None:
    assert "not verified: " in send(sunapi, **changes).answer
    assert sunapi.nvr.expect(1)[0].text == "\r\nAB123CD\r\n"


@FORMS
def test_a_test_says_how_the_text_device_differs(sunapi: NvrSunapi, form: str) -> None:
    sunapi.form = form
    assert check(the_settings(sunapi, device="compare")).answer.endswith("and is set as entered here")
    sunapi.devices[0] |= {"Enable": False, "ReceiptStart": "(1)", "EncodingType": "UTF-8"}
    said = str(trouble(sunapi))
    for part in ("not set to Use", "start string is (1) and not <LPR>", "encoding is UTF-8 and not US-ASCII"):
        assert part in said
    assert not any("action=set" in request for request in sunapi.requests)


def test_a_test_sets_the_text_device(sunapi: NvrSunapi) -> None:
    sunapi.devices[0] |= {"Enable": False, "ReceiptStart": "(1)"}
    settings = the_settings(sunapi, device="set", start="<A&B +1>")
    assert check(settings).answer.endswith("and has been set as entered here")
    assert sunapi.devices[0]["ReceiptStart"] == "<A&B +1>"
    assert sunapi.devices[0]["ChannelIDList"] == [0]
    (asked,) = [request for request in sunapi.requests if "action=set" in request]
    assert "ReceiptStart=%3CA%26B%20%2B1%3E&ReceiptStartType=Text" in asked
    assert "DeviceType=ANPR" in asked


def test_what_is_wrong_has_its_word(sunapi: NvrSunapi) -> None:
    assert trouble(sunapi, web_port=1).trouble is Trouble.CANNOT_CONNECT
    wrong = trouble(sunapi, password="wrong")
    assert (type(wrong), wrong.trouble, sunapi.wrong) == (Unauthorised, Trouble.CREDENTIALS, 1)
    sunapi.error = "NG\r\nError Code: 609\r\nError Details:\r\nNot Authorized"
    assert trouble(sunapi).trouble is Trouble.RIGHTS
    sunapi.error = '{"Response":"Fail","Error":{"Code":604,"Details":"Invalid Input Value(s)"}}'
    assert "error 604, Invalid Input Value(s)" in str(trouble(sunapi))
    sunapi.error = "<html>a printer</html>"
    assert trouble(sunapi).trouble is Trouble.WRONG_DEVICE
    sunapi.error, sunapi.devices = "", sunapi.devices[1:]
    assert "no text device with port" in str(trouble(sunapi))


def test_a_locked_account_is_left_alone(sunapi: NvrSunapi) -> None:
    sunapi.wrong = 5
    locked = trouble(sunapi, password="wrong")
    assert isinstance(locked, Retry)
    assert (locked.after, "has locked the account" in locked.reason) == (60, True)


def test_cameras_have_recorders_of_their_own() -> None:
    with NvrText() as here, NvrText() as there:
        ports = {"Yard": f"localhost:{there.port}", "Ramp": here.port}
        settings = Settings.model_validate({"host": "127.0.0.1", "port": here.port, "ports": ports})
        for camera in ("Yard", "Ramp", "Gate"):
            deliver(a_delivery(plate=camera.upper(), camera=a_camera(name=camera)), some_pictures(), settings)
        assert [receipt.raw.strip() for receipt in there.expect(1)] == [b"YARD"]
        assert [receipt.raw.strip() for receipt in here.expect(2)] == [b"RAMP", b"GATE"]
        assert f"localhost:{there.port}" in check(settings).answer


def test_the_simulator_understands_another_client(sunapi: NvrSunapi) -> None:
    url = f"http://127.0.0.1:{sunapi.port}/stw-cgi/recording.cgi?msubmenu=posconf&action=view"
    command = ["curl", "-sS", "--max-time", "10", "--digest", "--user", "admin:s3cret!", url]
    assert f'"Port": {sunapi.nvr.port}' in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_nonce_that_has_gone_stale_is_replaced_and_counts_as_no_wrong_password(sunapi: NvrSunapi) -> None:
    sunapi.one_use = True
    sunapi.devices[0] |= {"Enable": False}
    assert check(the_settings(sunapi, device="set")).answer.endswith("and has been set as entered here")
    assert (sunapi.wrong, sunapi.devices[0]["Enable"]) == (0, True)


def test_a_recorder_with_a_certificate_of_its_own_is_asked_when_it_is_pinned(certificate: Certificate) -> None:
    with NvrText([0]) as nvr, NvrSunapi(nvr, certificate=certificate.files) as sunapi:
        assert trouble(sunapi, web="https").trouble is Trouble.CERTIFICATE
        assert sunapi.requests == []
        pinned = the_settings(sunapi, device="compare", web="https", fingerprint=certificate.fingerprint)
        assert check(pinned).answer.endswith("and is set as entered here")
