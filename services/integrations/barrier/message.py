"""What goes to relays on the wire, and what their answers mean; pure.

Sources: SUNAPI 2.6.2 (io.cgi, eventstatus.cgi; errors come with status 200, introduction 1.8); ONVIF Device I/O
specification with its WSDL; Shelly's API documentation, generations 1 and 2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.onvif import TDS, local, soap

TMD = "http://www.onvif.org/ver10/deviceIO/wsdl"
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
        if local(element) == "RelayOutputs":
            told = {local(child): (child.text or "").strip() for child in element.iter()}
            seconds = _seconds(told.get("DelayTime", ""))
            found.append(Relay(element.get("token", ""), told.get("Mode", ""), seconds))
    return found


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


def _seconds(duration: str) -> float | None:
    """Of an xs:duration of hours, minutes and seconds."""
    found = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", duration)
    if not found or duration == "PT":
        return None
    return int(found[1] or 0) * 3600 + int(found[2] or 0) * 60 + float(found[3] or 0)


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _member(found: object, name: str) -> object:
    return found.get(name) if isinstance(found, dict) else None
