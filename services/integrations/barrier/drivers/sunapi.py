"""An alarm output of a Hanwha/Wisenet camera, which ends its pulse itself, or recorder, which does not."""

from __future__ import annotations

from http import HTTPStatus

from services.integrations.barrier import message
from services.integrations.barrier.drivers.pulses import on_wait_off
from services.integrations.barrier.drivers.web import Device, device, digest
from services.integrations.barrier.settings import Settings
from shared.errors import Reject, Trouble, Unauthorised
from shared.integration import Order
from shared.peer import judge

BLOCKED, SECOND_PASSWORD = 490, 491
"""Statuses after five wrong passwords, and where another password is wanted (SUNAPI introduction, 1.9)."""


class Relay:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._device = device(settings, digest(settings.user, settings.password.get_secret_value()))
        self.ends_by_itself = not settings.recorder

    def pulse(self, order: Order) -> str:
        if self.ends_by_itself:
            self._switch("On", self._settings.pulse)
            return f"On for {self._settings.pulse:g} s, ended by the camera"
        return on_wait_off(order, self._settings.pulse, lambda: self._switch("On"), self.off)

    def off(self) -> None:
        if not self.ends_by_itself:
            self._switch("Off")

    def state(self) -> bool:
        return flag(self._device, "AlarmOutput", self._settings.output)

    def check(self) -> str:
        on = self.state()
        return f"Alarm output {self._settings.output} is {'on' if on else 'off'}"

    def _switch(self, state: str, seconds: float | None = None) -> None:
        message.sunapi_took(ask(self._device, message.switched(self._settings.output, state, seconds)))


def ask(asked: Device, path: str) -> str:
    """What the device says; an answer that is an error raises what the error means."""
    answer = asked.ask("GET", path)
    if answer.status_code in {BLOCKED, SECOND_PASSWORD}:
        raise Unauthorised("the device has locked the account after wrong passwords", answer.status_code)
    if answer.status_code == HTTPStatus.NOT_FOUND:
        raise Reject("This is no device with SUNAPI", answer.status_code, Trouble.WRONG_DEVICE)
    judge(answer, "The device")
    return answer.text


def flag(asked: Device, name: str, number: int) -> bool:
    """Whether an alarm input or output is active."""
    path = message.sunapi("eventstatus", "eventstatus", "check", {name: str(number)})
    return message.sunapi_flag(ask(asked, path), name, number)
