"""A relay output of an ONVIF device: both services, WS-UsernameToken and Digest, a clock of its own, faults."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from simulators.contact import Contact
from simulators.web_device import Digest, Request, WebDevice

TDS, TMD = "http://www.onvif.org/ver10/device/wsdl", "http://www.onvif.org/ver10/deviceIO/wsdl"
ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:tds="{tds}" xmlns:tmd="{tmd}" xmlns:tt="http://www.onvif.org/ver10/schema" '
    'xmlns:ter="http://www.onvif.org/ver10/error"><env:Body>{body}</env:Body></env:Envelope>'
)


@dataclass
class OnvifRelay(WebDevice):
    """`auth` is none, digest, wsse or both; `skew` is how far its clock is ahead; `only_deviceio` lacks tds' switch."""

    auth: str = "wsse"
    user: str = "admin"
    password: str = "s3cret!"
    skew: float = 0.0
    mode: str = "Monostable"
    delay: float = 1.0
    token: str = "0"
    only_deviceio: bool = False
    relay: Contact = field(default_factory=Contact)
    nonces: set[str] = field(default_factory=set)
    wrong_tokens: int = 0

    def __post_init__(self) -> None:
        self.digest = Digest(self.user, self.password, "onvif")

    def answer(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        text = request.body.decode()
        body = text.partition("Body>")[2]
        operation = (re.search(r"<(?:\w+:)?(\w+)", body) or ["", ""])[1]
        if operation == "GetSystemDateAndTime":
            return self._say(self._time())
        if self.auth in {"digest", "both"} and not self.digest.lets_in(request):
            return 401, {"WWW-Authenticate": self.digest.challenge()}, b""
        if self.auth == "wsse" and not self._token_fits(text):
            return self._fault("ter:NotAuthorized", "Sender not Authorized", 400)
        known = self.operations(body)
        if operation in known:
            return self._say(known[operation]())
        if operation == "SetRelayOutputState":
            return self._switch(request, body)
        return self._fault("ter:ActionNotSupported", "Action not supported", 400)

    def operations(self, body: str) -> dict[str, Callable[[], str]]:
        return {"GetRelayOutputs": self._outputs, "GetServices": self._services}

    def _services(self) -> str:
        address = f"http://127.0.0.1:{self.port}/onvif/deviceio_service"
        return (
            f"<tds:GetServicesResponse><tds:Service><tds:Namespace>{TMD}</tds:Namespace>"
            f"<tds:XAddr>{address}</tds:XAddr></tds:Service></tds:GetServicesResponse>"
        )

    def _switch(self, request: Request, body: str) -> tuple[int, dict[str, str], bytes]:
        at_deviceio = request.target == "/onvif/deviceio_service"
        if self.only_deviceio and not (at_deviceio and TMD in body):
            return self._fault("ter:ActionNotSupported", "Action not supported", 400)
        told = re.search(r"RelayOutputToken>([^<]*)<.*LogicalState>(\w+)<", body)
        if not told or told[1] != self.token:
            return self._fault("ter:InvalidArgVal</env:Value><env:Subcode><env:Value>ter:RelayToken", "Unknown", 400)
        if self.mode == "Monostable":
            self.relay.switch(told[2] == "active", self.delay)
        else:
            self.relay.switch(told[2] == "active")
        prefix = "tmd" if at_deviceio else "tds"
        return self._say(f"<{prefix}:SetRelayOutputStateResponse/>")

    def _token_fits(self, text: str) -> bool:
        """Also its time, within 5 s of ours, and its nonce, which must be new."""
        found = {
            name: (re.search(rf"<(?:\w+:)?{name}\b[^>]*>([^<]*)<", text) or ["", ""])[1]
            for name in ("Username", "Password", "Nonce", "Created")
        }
        if not found["Nonce"]:
            return False
        plain = base64.b64decode(found["Nonce"]) + found["Created"].encode() + self.password.encode()
        fits = found["Password"] == base64.b64encode(hashlib.sha1(plain, usedforsecurity=False).digest()).decode()
        created = datetime.strptime(found["Created"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        fresh = abs(self._now() - created) < timedelta(seconds=5) and found["Nonce"] not in self.nonces
        self.nonces.add(found["Nonce"])
        allowed = fits and fresh and found["Username"] == self.user
        self.wrong_tokens += not allowed
        return allowed

    def _now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.skew)

    def _time(self) -> str:
        at = self._now()
        return (
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime>"
            f"<tt:Time><tt:Hour>{at.hour}</tt:Hour><tt:Minute>{at.minute}</tt:Minute><tt:Second>{at.second}</tt:Second>"
            f"</tt:Time><tt:Date><tt:Year>{at.year}</tt:Year><tt:Month>{at.month}</tt:Month><tt:Day>{at.day}</tt:Day>"
            "</tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
        )

    def _outputs(self) -> str:
        return (
            f'<tds:GetRelayOutputsResponse><tds:RelayOutputs token="{self.token}"><tt:Properties>'
            f"<tt:Mode>{self.mode}</tt:Mode><tt:DelayTime>PT{self.delay:g}S</tt:DelayTime>"
            "<tt:IdleState>open</tt:IdleState></tt:Properties></tds:RelayOutputs></tds:GetRelayOutputsResponse>"
        )

    def _say(self, body: str, status: int = 200) -> tuple[int, dict[str, str], bytes]:
        return status, {"Content-Type": "application/soap+xml"}, _envelope(body)

    def _fault(self, code: str, reason: str, status: int) -> tuple[int, dict[str, str], bytes]:
        depth = code.count("<env:Subcode>")
        body = (
            "<env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value>"
            f"{code}</env:Value>{'</env:Subcode>' * (depth + 1)}</env:Code>"
            f'<env:Reason><env:Text xml:lang="en">{reason}</env:Text></env:Reason></env:Fault>'
        )
        return self._say(body, status)


def _envelope(body: str) -> bytes:
    return ENVELOPE.format(tds=TDS, tmd=TMD, body=body).encode()
