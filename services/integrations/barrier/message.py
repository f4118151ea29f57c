"""What goes to relays on the wire, and what their answers mean; pure.

Sources: SUNAPI 2.6.2 (io.cgi, eventstatus.cgi; errors come with status 200, introduction 1.8); ONVIF Core and Device
I/O specifications with their WSDLs; WS-Security UsernameToken Profile 1.0; Shelly's API documentation, generations 1
and 2.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from shared.errors import Reject, Retry, Trouble, Unauthorised

TDS = "http://www.onvif.org/ver10/device/wsdl"
TMD = "http://www.onvif.org/ver10/deviceIO/wsdl"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
_ENCODING = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
NOT_AUTHORIZED = 609
_NOT_UNDERSTOOD = {-103, -105, 404}
"""Shelly's codes of a wrong argument, of a component and of a method that it does not have."""


def sunapi(cgi: str, menu: str, action: str, parameters: Mapping[str, str] | None = None) -> str:
    """Path and query of a request."""
    query = urlencode({"msubmenu": menu, "action": action} | dict(parameters or {}), quote_via=quote, safe=".")
    return f"/stw-cgi/{cgi}.cgi?{query}"


def switched(output: int, state: str, seconds: float | None = None) -> str:
    """Path that sets an alarm output; with seconds the camera ends it by itself."""
    asked = {f"AlarmOutput.{output}.State": state}
    if seconds is not None:
        asked[f"AlarmOutput.{output}.ManualDuration"] = f"{round(seconds)}s"
    return sunapi("io", "alarmoutput", "control", asked)


def sunapi_refusal(text: str) -> None:
    """Raises for an error that came with status 200: the device did nothing."""
    found = re.search(r"Error Code:\s*(\d+)\s*Error Details:\s*(.*)", text)
    code, details = (int(found[1]), found[2].strip()) if found else (0, "")
    error = _json(text).get("Error")
    if isinstance(error, dict):
        code, details = int(error.get("Code", 0)), str(error.get("Details", ""))
    if code == NOT_AUTHORIZED:
        raise Unauthorised(f"error {code}, {details}", trouble=Trouble.RIGHTS)
    if code or text.lstrip().startswith("NG"):
        raise Reject(f"The device answers with error {code}, {details}")


def sunapi_took(text: str) -> None:
    """Raises unless the device says that it did as it was told."""
    sunapi_refusal(text)
    if not (text.strip().startswith("OK") or _json(text).get("Response") == "Success"):
        raise Retry("The device's answer is not SUNAPI's", trouble=Trouble.WRONG_DEVICE)


def sunapi_flag(text: str, name: str, number: int) -> bool:
    """`AlarmInput.1=True` or its JSON. Raises Retry when it is not told."""
    sunapi_refusal(text)
    found = re.search(rf"^{name}\.{number}=(\w+)", text, re.MULTILINE)
    value = found[1] if found else _member(_json(text).get(name), str(number))
    if str(value).lower() not in {"true", "false"}:
        raise Retry(f"The device does not tell of {name} {number}", trouble=Trouble.WRONG_DEVICE)
    return str(value).lower() == "true"


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


def relay_state(token: str, state: str, space: str = TDS) -> str:
    """The body that makes a relay `active` or `inactive`."""
    return (
        f'<SetRelayOutputState xmlns="{space}"><RelayOutputToken>{escape(token)}</RelayOutputToken>'
        f"<LogicalState>{state}</LogicalState></SetRelayOutputState>"
    )


@dataclass(frozen=True)
class Relay:
    """A relay output as the device has it; `seconds` is its own pulse."""

    token: str
    mode: str
    seconds: float | None

    @property
    def ends_by_itself(self) -> bool:
        return self.mode == "Monostable"


def relays(text: str) -> list[Relay]:
    """Out of a GetRelayOutputsResponse."""
    found = []
    for element in soap(text).iter():
        if _local(element) == "RelayOutputs":
            told = {_local(child): (child.text or "").strip() for child in element.iter()}
            seconds = _seconds(told.get("DelayTime", ""))
            found.append(Relay(element.get("token", ""), told.get("Mode", ""), seconds))
    return found


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
    if not any(_local(element) == "Fault" for element in elements):
        return ""
    codes = [(e.text or "").rpartition(":")[2].strip() for e in elements if _local(e) == "Value"]
    reason = next(((e.text or "").strip() for e in elements if _local(e) == "Text"), "")
    return f"{'/'.join(codes[1:] or codes)}: {reason}"[:200]


def device_time(text: str) -> datetime:
    """Out of a GetSystemDateAndTimeResponse. Raises Retry."""
    for element in soap(text).iter():
        if _local(element) == "UTCDateTime":
            told = {_local(child): (child.text or "").strip() for child in element.iter()}
            try:
                names = ("Year", "Month", "Day", "Hour", "Minute", "Second")
                return datetime(*(int(told[name]) for name in names), tzinfo=UTC)  # type: ignore[misc,arg-type]
            except (KeyError, ValueError):
                break
    raise Retry("The device does not tell its time", trouble=Trouble.WRONG_DEVICE)


def service_path(text: str, space: str) -> str:
    """The path of a service out of a GetServicesResponse; empty when there is none."""
    for element in soap(text).iter():
        if _local(element) == "Service":
            told = {_local(child): (child.text or "").strip() for child in element.iter()}
            if told.get("Namespace") == space:
                return "/" + told.get("XAddr", "").partition("://")[2].partition("/")[2]
    return ""


def shelly_call(method: str, parameters: Mapping[str, object]) -> bytes:
    return json.dumps({"id": 1, "src": "platewire", "method": method, "params": dict(parameters)}).encode()


def shelly_result(text: str) -> dict[str, Any]:
    """Raises Reject for a call that it does not understand, so did nothing, and Retry for anything else."""
    frame = _json(text)
    error = frame.get("error")
    if isinstance(error, dict):
        sentence = f"The Shelly answers with error {error.get('code')}, {str(error.get('message', ''))[:100]}"
        raise (Reject if error.get("code") in _NOT_UNDERSTOOD else Retry)(sentence)
    result = frame.get("result")
    if not isinstance(result, dict):
        raise Retry("The answer is not a Shelly's", trouble=Trouble.WRONG_DEVICE)
    return result


def flag(document: Mapping[str, Any], name: str) -> bool:
    """Raises Retry unless the member is true or false; a Shelly's input of the first generation says 1 and 0."""
    value = document.get(name)
    if value not in (True, False):
        raise Retry(f"The device does not tell its {name}", trouble=Trouble.WRONG_DEVICE)
    return bool(value)


def json_of(text: str) -> dict[str, Any]:
    """Raises Retry for what is no JSON object."""
    found = _json(text)
    if not found:
        raise Retry("The answer is not what this device should say", trouble=Trouble.WRONG_DEVICE)
    return found


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


def _seconds(duration: str) -> float | None:
    """Of an xs:duration of hours, minutes and seconds."""
    found = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", duration)
    if not found or duration == "PT":
        return None
    return int(found[1] or 0) * 3600 + int(found[2] or 0) * 60 + float(found[3] or 0)


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _member(found: object, name: str) -> object:
    return found.get(name) if isinstance(found, dict) else None
