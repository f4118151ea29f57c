"""ONVIF on the wire: envelopes, tokens, faults and what devices have in common; pure.

Sources: ONVIF Core specification with its WSDLs, SOAP 1.2, WS-Security UsernameToken Profile 1.0.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from shared.errors import Retry, Trouble

TDS = "http://www.onvif.org/ver10/device/wsdl"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
_ENCODING = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"


@dataclass(frozen=True)
class Token:
    """What a WS-UsernameToken is made of."""

    user: str
    password: str
    nonce: bytes
    created: datetime


def digest(token: Token) -> str:
    """Base64(SHA-1(nonce + created + password))."""
    plain = token.nonce + _created(token).encode() + token.password.encode()
    return base64.b64encode(hashlib.sha1(plain, usedforsecurity=False).digest()).decode()


def envelope(body: str, token: Token | None = None) -> bytes:
    header = f"<s:Header>{_security(token)}</s:Header>" if token else ""
    return f'<s:Envelope xmlns:s="{SOAP}">{header}<s:Body>{body}</s:Body></s:Envelope>'.encode()


def soap(text: str) -> ElementTree.Element:
    """The answer's tree. Raises Retry for what is none; a document type, which no SOAP has, is refused."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Retry("The device's answer is not SOAP", trouble=Trouble.WRONG_DEVICE)
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError:
        raise Retry("The device's answer is not SOAP", trouble=Trouble.WRONG_DEVICE) from None


def fault(text: str) -> str:
    """The subcodes and reason of a fault, `NotAuthorized: …`; empty when the answer is none."""
    elements = list(soap(text).iter())
    if not any(local(element) == "Fault" for element in elements):
        return ""
    codes = [(e.text or "").rpartition(":")[2].strip() for e in elements if local(e) == "Value"]
    reason = next(((e.text or "").strip() for e in elements if local(e) == "Text"), "")
    return f"{'/'.join(codes[1:] or codes)}: {reason}"[:200]


def device_time(text: str) -> datetime:
    """Out of a GetSystemDateAndTimeResponse. Raises Retry."""
    for element in soap(text).iter():
        if local(element) == "UTCDateTime":
            told = {local(child): (child.text or "").strip() for child in element.iter()}
            try:
                names = ("Year", "Month", "Day", "Hour", "Minute", "Second")
                return datetime(*(int(told[name]) for name in names), tzinfo=UTC)  # type: ignore[misc,arg-type]
            except (KeyError, ValueError):
                break
    raise Retry("The device does not tell its time", trouble=Trouble.WRONG_DEVICE)


def service_path(text: str, space: str) -> str:
    """The path of a service out of a GetServicesResponse; empty when there is none."""
    for element in soap(text).iter():
        if local(element) == "Service":
            told = {local(child): (child.text or "").strip() for child in element.iter()}
            if told.get("Namespace") == space:
                return "/" + told.get("XAddr", "").partition("://")[2].partition("/")[2]
    return ""


def _created(token: Token) -> str:
    return f"{token.created:%Y-%m-%dT%H:%M:%SZ}"


def _security(token: Token) -> str:
    nonce = base64.b64encode(token.nonce).decode()
    return (
        f'<Security xmlns="{_WSSE}" s:mustUnderstand="1"><UsernameToken><Username>{escape(token.user)}</Username>'
        f'<Password Type="{_PROFILE}#PasswordDigest">{digest(token)}</Password>'
        f'<Nonce EncodingType="{_ENCODING}">{nonce}</Nonce>'
        f'<Created xmlns="{_WSU}">{_created(token)}</Created></UsernameToken></Security>'
    )


def local(element: ElementTree.Element) -> str:
    """Its name without the namespace."""
    return element.tag.rpartition("}")[2]
