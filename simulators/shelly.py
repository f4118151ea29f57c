"""Shellys of both generations: real timers, `was_on` as the state before, SHA-256 Digest, six connections at once."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from simulators.contact import Contact
from simulators.web_device import Digest, Request, WebDevice

DEVICE = "shellyplus1-a8032abe54dc"


@dataclass
class Shelly(WebDevice):
    """`generation` 2 answers /rpc, 1 answers /relay/0 and /status. With a password both want it."""

    generation: int = 2
    password: str = ""
    most: int = 6
    relay: Contact = field(default_factory=Contact)
    input: bool = False

    def __post_init__(self) -> None:
        self.digest = Digest("admin", self.password, DEVICE, "SHA-256")

    def answer(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        if self.password and not self._lets_in(request):
            basic = 'Basic realm="shelly"'
            return 401, {"WWW-Authenticate": self.digest.challenge() if self.generation == 2 else basic}, b""
        return self._rpc(request) if self.generation == 2 else self._first(request)

    def _lets_in(self, request: Request) -> bool:
        if self.generation == 2:
            return self.digest.lets_in(request)
        expected = base64.b64encode(f"admin:{self.password}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {expected}"

    def _rpc(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        if urlsplit(request.target).path != "/rpc":
            return 404, {}, b"Not Found"
        call = json.loads(request.body)
        parameters = call.get("params", {})
        frame: dict[str, object] = {"id": call["id"], "src": DEVICE, "dst": call.get("src", "")}
        if parameters.get("id") != 0:
            message = f"Argument 'id', value {parameters.get('id')} not found!"
            return _json(frame | {"error": {"code": -105, "message": message}})
        if call["method"] == "Switch.Set":
            before = self.relay.switch(bool(parameters["on"]), float(parameters.get("toggle_after", 0)))
            return _json(frame | {"result": {"was_on": before}})
        if call["method"] == "Switch.GetStatus":
            return _json(frame | {"result": self._status()})
        if call["method"] == "Input.GetStatus":
            return _json(frame | {"result": {"id": 0, "state": self.input}})
        return _json(frame | {"error": {"code": 404, "message": "No handler for " + call["method"]}})

    def _status(self) -> dict[str, object]:
        status: dict[str, object] = {"id": 0, "source": "HTTP_in", "output": self.relay.on}
        if self.relay.on and self.relay.timer_seconds:
            status |= {"timer_started_at": self.relay.timer_started, "timer_duration": self.relay.timer_seconds}
        return status

    def _first(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(request.target)
        if parts.path == "/status":
            return _json({"relays": [{"ison": self.relay.on}], "inputs": [{"input": int(self.input)}]})
        if parts.path != "/relay/0":
            return 404, {}, b"Not Found"
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if "turn" in asked:
            self.relay.switch(asked["turn"] == "on", float(asked.get("timer", 0)))
        return _json({"ison": self.relay.on, "has_timer": bool(self.relay.timer_seconds), "source": "http"})


def _json(document: dict[str, object]) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json"}, json.dumps(document).encode()
