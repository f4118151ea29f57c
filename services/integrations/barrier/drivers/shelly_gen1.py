"""A Shelly of the first generation: its relay ends the pulse itself (timer)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import httpx

from services.integrations.barrier import message
from services.integrations.barrier.drivers.web import device
from services.integrations.barrier.settings import Settings
from shared.errors import Reject, Retry, Trouble
from shared.integration import Order
from shared.peer import judge


class Relay:
    ends_by_itself = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        password = settings.password.get_secret_value()
        auth = httpx.BasicAuth(settings.user or "admin", password) if password else None
        self._device = device(settings, auth)

    def pulse(self, order: Order) -> str:  # noqa: ARG002
        told = self._ask(f"?turn=on&timer={self._settings.pulse:g}")
        if not message.flag(told, "ison"):
            raise Retry("the Shelly did not say that its relay is on")
        return f"On for {self._settings.pulse:g} s, ended by the Shelly"

    def off(self) -> None:
        """It switches off by itself."""

    def state(self) -> bool:
        return message.flag(self._ask(), "ison")

    def check(self) -> str:
        return f"Relay {self._settings.switch} is {'on' if self.state() else 'off'}"

    def _ask(self, query: str = "") -> dict[str, Any]:
        answer = self._device.ask("GET", f"/relay/{self._settings.switch}{query}")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise Reject("This Shelly has no such relay", answer.status_code, Trouble.WRONG_DEVICE)
        judge(answer, "The Shelly")
        return message.json_of(answer.text)
