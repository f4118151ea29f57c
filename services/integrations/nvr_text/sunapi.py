"""Asks a recorder's SUNAPI how its text devices are set, sets them, and watches what they show.

Source: SUNAPI 2.6.2, recording.cgi: posconf, posdata. Errors come with status 200 (SUNAPI introduction, 1.8).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from services.integrations.nvr_text.settings import Address, Settings
from shared.addresses import Reach
from shared.certificates import Trust
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.peer import Peer, judge
from shared.peer_http import PeerTransport

TIMEOUT = 5.0
NOT_AUTHORIZED = 609
BLOCKED = 490
"""Status after five wrong passwords (SUNAPI introduction, 1.9)."""
_JSON = {"accept": "application/json"}
_LINE = re.compile(r"^DeviceID\.(\d+)\.(\w+)=(.*)$")
_KEYWORD = re.compile(r"</?keyword>")


@dataclass(frozen=True)
class TextDevice:
    """A text device as the recorder has it."""

    number: int
    """Counts from 0."""
    port: int
    enabled: bool
    start: str
    end: str
    encoding: str


class Recorder:
    """One recorder's SUNAPI; asked with Digest, as its firmware wants it."""

    def __init__(self, host: str, settings: Settings, timeout: float = TIMEOUT) -> None:
        transport = PeerTransport(Reach.from_environment(), timeout, Trust(fingerprint=settings.fingerprint))
        auth = httpx.DigestAuth(settings.user, settings.password.get_secret_value())
        self._peer = Peer(transport, timeout, auth)
        self._base = f"{settings.web}://{host}:{settings.web_port or {'http': 80, 'https': 443}[settings.web]}"
        self._settings = settings

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self._peer.close()

    def device(self, port: int) -> TextDevice:
        """The text device that listens on this port. Raises Reject when there is none, Retry, Unauthorised."""
        for device in _devices(self._ask("posconf", "view")):
            if device.port == port:
                return device
        raise Reject(f"The recorder has no text device with port {port}", trouble=Trouble.WRONG_DEVICE)

    def set(self, device: TextDevice) -> None:
        """Makes the device as the settings say; its channels stay as they are."""
        wanted = {
            "DeviceID": str(device.number),
            "Enable": "True",
            "Port": str(device.port),
            "ReceiptStart": self._settings.start,
            "ReceiptStartType": "Text",
            "ReceiptEnd": self._settings.end,
            "ReceiptEndType": "Text",
            "EncodingType": self._settings.encoding,
            "DeviceType": "ANPR",
        }
        self._ask("posconf", "set", wanted)

    @contextmanager
    def watch(self, device: TextDevice) -> Iterator[Callable[[list[str], float], bool]]:
        """Listens to what the device shows; gives `shows(lines, seconds)`: whether a receipt has all these lines."""
        patience = self._settings.verify_seconds
        with self._peer.stream("GET", self._url("posdata", "monitordiff"), _JSON, patience=patience) as answer:
            _refuse(answer.status_code, "")
            if not answer.is_success:
                raise Retry(f"The recorder does not tell what it shows: status {answer.status_code}")
            arriving = answer.iter_raw()
            yield lambda lines, seconds: _shows(arriving, device, lines, seconds)

    def _ask(self, menu: str, action: str, parameters: Mapping[str, str] | None = None) -> str:
        answer = self._peer.send("GET", self._url(menu, action, parameters), _JSON)
        _refuse(answer.status_code, answer.text)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise Reject("This is no recorder with SUNAPI", answer.status_code, Trouble.WRONG_DEVICE)
        judge(answer, "The recorder")
        _refuse_inside(answer.text)
        return answer.text

    def _url(self, menu: str, action: str, parameters: Mapping[str, str] | None = None) -> str:
        query = urlencode({"msubmenu": menu, "action": action} | dict(parameters or {}), quote_via=quote)
        return f"{self._base}/stw-cgi/recording.cgi?{query}"


def differences(device: TextDevice, settings: Settings) -> list[str]:
    """What of the recorder's device does not fit the settings, in words."""
    found = [] if device.enabled else ["it is not set to Use"]
    for what, theirs, ours in (
        ("start string", device.start, settings.start),
        ("end string", device.end, settings.end),
        ("encoding", device.encoding, settings.encoding),
    ):
        if theirs != ours:
            found.append(f"its {what} is {theirs or 'empty'} and not {ours}")
    return found


def _refuse(status: int, text: str) -> None:
    if status == BLOCKED:
        raise Retry("The recorder has locked the account after wrong passwords", 60, status, Trouble.CREDENTIALS)
    if status == HTTPStatus.UNAUTHORIZED:
        raise Unauthorised(text[:200] or "user or password is wrong", status)


def _refuse_inside(text: str) -> None:
    """Raises for an error that came with status 200."""
    found = re.search(r"Error Code:\s*(\d+)\s*Error Details:\s*(.*)", text)
    code, details = (int(found[1]), found[2]) if found else (0, "")
    if not found and text.lstrip().startswith("{"):
        error = _json(text).get("Error")
        code, details = (int(error["Code"]), str(error.get("Details", ""))) if isinstance(error, dict) else (0, "")
    if code == NOT_AUTHORIZED:
        raise Unauthorised(f"error {code}, {details}", trouble=Trouble.RIGHTS)
    if code:
        raise Reject(f"The recorder answers with error {code}, {details}")


def _devices(text: str) -> list[TextDevice]:
    rows = _json(text).get("POSDevices") if text.lstrip().startswith("{") else _rows_of_lines(text)
    if not isinstance(rows, list) or not rows:
        raise Reject("The recorder tells of no text devices", trouble=Trouble.WRONG_DEVICE)
    try:
        return [
            TextDevice(
                number=int(row["DeviceID"]),
                port=int(row["Port"]),
                enabled=str(row["Enable"]).lower() == "true",
                start=str(row.get("ReceiptStart", "")),
                end=str(row.get("ReceiptEnd", "")),
                encoding=str(row.get("EncodingType", "")),
            )
            for row in rows
        ]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Reject("The recorder's text devices cannot be understood", trouble=Trouble.WRONG_DEVICE) from None


def _rows_of_lines(text: str) -> list[dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        if found := _LINE.match(line.strip()):
            rows.setdefault(found[1], {"DeviceID": found[1]})[found[2]] = found[3]
    return list(rows.values())


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _shows(arriving: Iterator[bytes], device: TextDevice, lines: list[str], seconds: float) -> bool:
    """Reads until a receipt of the device has the lines, or the time is up, or the recorder ends the answer."""
    deadline, seen = time.monotonic() + seconds, ""
    try:
        for piece in arriving:
            seen += piece.decode("utf-8", "replace")
            if any(_is_it(part, device, lines) for part in seen.split("--SamsungTechwin")):
                return True
            if time.monotonic() > deadline:
                return False
    except httpx.TimeoutException:
        return False
    return False


def _is_it(part: str, device: TextDevice, lines: list[str]) -> bool:
    head, _, rest = part.replace("\r\n", "\n").lstrip("\n").partition("\n\n")
    content = rest if "content-type" in head.lower() else part
    if content.lstrip().startswith("{"):
        told = _json(content)
        number, receipt = str(told.get("DeviceID")), str(told.get("Receipt", ""))
    else:
        found = re.search(r"DeviceID=(\d+)\s*\nReceipt=(.*)", content, re.DOTALL)
        number, receipt = (found[1], found[2]) if found else ("", "")
    shown = _KEYWORD.sub("", receipt).splitlines()
    return number == str(device.number) and all(line in shown for line in lines)


def reach(address: Address, settings: Settings) -> Recorder:
    """The recorder behind a text device's address, with time for all of a verification."""
    return Recorder(address[0], settings, TIMEOUT + settings.verify_seconds)
