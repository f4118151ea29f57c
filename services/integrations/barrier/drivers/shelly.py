"""A Shelly of the second generation or newer: its switch ends the pulse itself (toggle_after)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from services.integrations.barrier import message
from services.integrations.barrier.drivers.web import Device, device, digest
from services.integrations.barrier.settings import Settings
from shared.errors import Reject, Trouble
from shared.integration import Order
from shared.peer import judge

USER = "admin"
"""The only one that these devices have."""


class Relay:
    ends_by_itself = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        password = settings.password.get_secret_value()
        self._device = device(settings, digest(USER, password) if password else None)

    def pulse(self, order: Order) -> str:  # noqa: ARG002
        wanted: dict[str, object] = {"id": self._settings.switch, "on": True, "toggle_after": self._settings.pulse}
        result = call(self._device, "Switch.Set", wanted)
        before = ", was on already" if result.get("was_on") else ""
        return f"On for {self._settings.pulse:g} s, ended by the Shelly{before}"

    def off(self) -> None:
        """It switches off by itself."""

    def state(self) -> bool:
        return message.flag(call(self._device, "Switch.GetStatus", {"id": self._settings.switch}), "output")

    def check(self) -> str:
        return f"Switch {self._settings.switch} is {'on' if self.state() else 'off'}"


def call(asked: Device, method: str, parameters: dict[str, object]) -> dict[str, Any]:
    answer = asked.ask("POST", "/rpc", message.shelly_call(method, parameters))
    if answer.status_code == HTTPStatus.NOT_FOUND:
        raise Reject("This is no Shelly of the second generation", answer.status_code, Trouble.WRONG_DEVICE)
    # Errors of a call come as a frame too, with status 500.
    if answer.status_code != HTTPStatus.INTERNAL_SERVER_ERROR:
        judge(answer, "The Shelly")
    return message.shelly_result(answer.text)
