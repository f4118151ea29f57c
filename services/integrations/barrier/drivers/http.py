"""Any relay that is switched by web addresses which an installer types."""

from __future__ import annotations

import re

import httpx

from services.integrations.barrier.drivers.pulses import on_wait_off
from services.integrations.barrier.drivers.web import Device
from services.integrations.barrier.settings import Settings, filled
from shared.certificates import Trust
from shared.errors import Retry, Trouble
from shared.integration import Order
from shared.peer import judge


class Relay:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._device = Device("", settings.timeout, Trust(settings.ca, settings.fingerprint), _auth(settings))
        self.ends_by_itself = not settings.off_url

    def pulse(self, order: Order) -> str:
        s = self._settings
        values = {"command_id": str(order.command_id), "seconds": f"{s.pulse:g}"}
        if self.ends_by_itself:
            return self._ask(filled(s.on_url, values), filled(s.on_body, values))
        return on_wait_off(
            order,
            s.pulse,
            lambda: _ignore(self._ask(filled(s.on_url, values), filled(s.on_body, values))),
            lambda: _ignore(self._ask(filled(s.off_url, values), filled(s.off_body, values))),
        )

    def off(self) -> None:
        if not self.ends_by_itself:
            values = {"command_id": "", "seconds": "0"}
            self._ask(filled(self._settings.off_url, values), filled(self._settings.off_body, values))

    def state(self) -> bool:
        return says_on(self._device, self._settings.state_url, self._settings.state_on)

    def check(self) -> str:
        if self._settings.state_url:
            return f"The relay is {'on' if self.state() else 'off'}"
        return "Without a URL of its state the relay cannot be asked before it is used"

    def _ask(self, url: str, body: str) -> str:
        s = self._settings
        content = body.encode() if body and s.method != "GET" else None
        answer = self._device.ask(s.method, url, content, s.content_type)
        receipt = judge(answer, "The relay")
        if s.expects and not re.search(s.expects, answer.text):
            raise Retry(f"the relay's answer is not the expected one: {answer.text[:100]}")
        return receipt.answer[:200]


def says_on(asked: Device, url: str, expression: str) -> bool:
    answer = asked.ask("GET", url)
    if not answer.is_success:
        raise Retry(f"The state is not told: status {answer.status_code}", trouble=Trouble.WRONG_DEVICE)
    return re.search(expression, answer.text) is not None


def _auth(settings: Settings) -> httpx.Auth | None:
    user, password = settings.user, settings.password.get_secret_value()
    if settings.auth == "none":
        return None
    return httpx.BasicAuth(user, password) if settings.auth == "basic" else httpx.DigestAuth(user, password)


def _ignore(_answer: str) -> None:
    """What a relay says to each edge is told by no one."""
