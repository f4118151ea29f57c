"""ONVIF envelopes byte for byte, and what answers mean that all devices give."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from shared import onvif
from shared.errors import Retry
from shared.onvif import Token

FORM = "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body>{}</s:Body></s:Envelope>"


@pytest.mark.parametrize(
    ("nonce", "created", "password", "expected"),
    [
        (bytes(range(16)), datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "s3cret!", "+69GsjpfZ0BT1GHIGVx92kOI+IU="),
        (
            base64.b64decode("LKqI6G/AikKCQrN0zqZFlg=="),
            datetime(2010, 9, 16, 7, 50, 45, tzinfo=UTC),
            "userpassword",
            "tuOSpGlFlIXsozq4HFNeeGeFLEI=",
        ),
    ],
    ids=["ours", "the ONVIF guide's"],
)
def test_a_username_token_is_the_digest_of_nonce_time_and_password(
    nonce: bytes, created: datetime, password: str, expected: str
) -> None:
    assert onvif.digest(Token("admin", password, nonce, created)) == expected


def test_an_envelope_carries_the_token_and_escapes_what_is_in_it() -> None:
    token = Token("a<b&c", "s3cret!", bytes(range(16)), datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC))
    text = onvif.envelope("<Say>R&lt;1</Say>", token).decode()
    assert "<Username>a&lt;b&amp;c</Username>" in text
    assert '#PasswordDigest">+69GsjpfZ0BT1GHIGVx92kOI+IU=</Password>' in text
    assert ">AAECAwQFBgcICQoLDA0ODw==</Nonce>" in text
    assert ">2024-01-02T03:04:05Z</Created>" in text
    assert "s3cret!" not in text
    assert text.endswith("<s:Body><Say>R&lt;1</Say></s:Body></s:Envelope>")
    assert "Header" not in onvif.envelope("<x/>").decode()


def test_a_fault_is_told_by_its_subcodes() -> None:
    code = "<s:Value>env:Sender</s:Value><s:Subcode><s:Value>ter:InvalidArgVal</s:Value><s:Subcode><s:Value>"
    rest = "ter:RelayToken</s:Value></s:Subcode></s:Subcode>"
    text = FORM.format(f"<s:Fault><s:Code>{code}{rest}</s:Code><s:Reason><s:Text>Unknown</s:Text></s:Reason></s:Fault>")
    assert onvif.fault(text) == "InvalidArgVal/RelayToken: Unknown"
    assert onvif.fault(FORM.format("<Fine/>")) == ""


@pytest.mark.parametrize("text", ["", "OK", "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "<html><br></html>"])
def test_what_is_no_soap_tells_nothing(text: str) -> None:
    with pytest.raises(Retry, match="not SOAP"):
        onvif.fault(text)
