"""A relay that is switched by web addresses: /on/COMMAND[?seconds], /off and /state; counts edges by command."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from simulators.contact import Contact
from simulators.web_device import Request, WebDevice


@dataclass
class HttpRelay(WebDevice):
    """Without `seconds` it stays on until it is switched off."""

    seconds: float = 0.0
    relay: Contact = field(default_factory=Contact)
    pulses: Counter[str] = field(default_factory=Counter)
    """How often each command switched it on."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        _, what, *rest = request.target.partition("?")[0].split("/")
        if what == "on":
            with self._lock:
                self.pulses[rest[0] if rest else ""] += 1
            self.relay.switch(True, self.seconds)
        elif what == "off":
            self.relay.switch(False)
        elif what != "state":
            return 404, {}, b"no such page"
        return 200, {}, b'{"on": %s}' % (b"true" if self.relay.on else b"false")
