"""Alarm outputs and inputs of a Hanwha/Wisenet device: io.cgi and eventstatus.cgi behind Digest, errors with 200."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from simulators.contact import Contact
from simulators.web_device import Digest, Request, WebDevice

REALM = "iPolis_00-09-18-52-39-00"


@dataclass
class SunapiOutputs(WebDevice):
    """`recorder` is an NVR, which knows no ManualDuration; `form` is text or json."""

    user: str = "admin"
    password: str = "s3cret!"
    recorder: bool = False
    low_rights: bool = False
    form: str = "text"
    relay: Contact = field(default_factory=Contact)
    input: bool = False

    def __post_init__(self) -> None:
        self.digest = Digest(self.user, self.password, REALM)

    def answer(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        if self.digest.wrong >= 5:
            return 490, {}, b"AccountBlocked"
        if not self.digest.lets_in(request):
            return 401, {"WWW-Authenticate": self.digest.challenge()}, b""
        parts = urlsplit(request.target)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/stw-cgi/eventstatus.cgi" and asked.get("action") == "check":
            return self._check(asked)
        if parts.path != "/stw-cgi/io.cgi":
            return 404, {}, b""
        if self.low_rights:
            return self._error(609, "Not Authorized")
        return self._control(asked)

    def _control(self, asked: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if asked.get("msubmenu") != "alarmoutput" or asked.get("action") != "control":
            return self._error(601, "Invalid Action")
        state, duration = asked.get("AlarmOutput.1.State"), asked.get("AlarmOutput.1.ManualDuration")
        if state is None:
            return self._error(602, "Invalid Input Parameter(s)")
        if duration is None:
            self.relay.switch(state == "On")
            return self._ok()
        if self.recorder:
            return self._error(602, "Invalid Input Parameter(s)")
        found = re.fullmatch(r"(\d+)s", duration)
        if not found or not 1 <= int(found[1]) <= 15:
            return self._error(604, "Invalid Input Value(s)")
        self.relay.switch(state == "On", int(found[1]))
        return self._ok()

    def _check(self, asked: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        name = "AlarmOutput" if "AlarmOutput" in asked else "AlarmInput"
        if asked[name] != "1":
            return self._error(604, "Invalid Input Value(s)")
        active = self.relay.on if name == "AlarmOutput" else self.input
        if self.form == "json":
            return 200, {"Content-Type": "application/json"}, f'{{"{name}": {{"1": {str(active).lower()}}}}}'.encode()
        return 200, {"Content-Type": "text/plain"}, f"{name}.1={active}\r\n".encode()

    def _ok(self) -> tuple[int, dict[str, str], bytes]:
        body = b'{"Response": "Success"}' if self.form == "json" else b"OK\r\n"
        return 200, {}, body

    def _error(self, code: int, details: str) -> tuple[int, dict[str, str], bytes]:
        if self.form == "json":
            told = f'{{"Response":"Fail","Error":{{"Code":{code},"Details":"{details}"}}}}'
        else:
            told = f"NG\nError Code: {code}\nError Details:\n{details}"
        return 200, {}, told.encode()
