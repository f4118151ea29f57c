"""Who says that a barrier opened: the relay itself, a door contact or loop on an input, or a web address."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import httpx

from services.integrations.barrier import message
from services.integrations.barrier.drivers import driver, http, shelly, sunapi
from services.integrations.barrier.drivers.web import Device, base, digest
from services.integrations.barrier.settings import Settings
from shared.certificates import Trust
from shared.errors import Reject
from shared.peer import judge


def opened(settings: Settings) -> bool:
    """Looks once. Raises as Deliver does."""
    return _LOOKS[settings.feedback](settings) != settings.feedback_inverted


def _device(settings: Settings) -> bool:
    return driver(settings).state()


def _sunapi(settings: Settings) -> bool:
    return sunapi.flag(_asked(settings), "AlarmInput", settings.feedback_input)


def _shelly(settings: Settings) -> bool:
    """Of the second generation, or of the first where the relay is one."""
    number = settings.feedback_input
    if settings.driver == "shelly_gen1":
        answer = _asked(settings, settings.user or shelly.USER, basic=True).ask("GET", "/status")
        judge(answer, "The Shelly")
        inputs = message.json_of(answer.text).get("inputs")
        if not isinstance(inputs, list) or number >= len(inputs) or not isinstance(inputs[number], dict):
            raise Reject(f"The Shelly has no input {number}")
        return message.flag(inputs[number], "input")
    return message.flag(shelly.call(_asked(settings, shelly.USER), "Input.GetStatus", {"id": number}), "state")


def _modbus(settings: Settings) -> bool:
    modbus = importlib.import_module("services.integrations.barrier.drivers.modbus")
    host, port = settings.feedback_host or settings.host, settings.feedback_port or _port(settings)
    number, unit = settings.feedback_input, settings.unit
    answer = modbus.exchange(
        host,
        port,
        settings.timeout,
        lambda client: client.read_discrete_inputs(number, count=1, device_id=unit),
    )
    return bool(answer.bits[0])


def _gpio(settings: Settings) -> bool:
    gpio = importlib.import_module("services.integrations.barrier.drivers.gpio")
    with gpio.requested(settings, settings.feedback_input, gpio.Direction.INPUT) as line:
        return bool(line.get_value(settings.feedback_input) is gpio.Value.ACTIVE)


def _http(settings: Settings) -> bool:
    return http.says_on(_asked(settings), settings.feedback_url, settings.state_on)


def _asked(settings: Settings, user: str = "", *, basic: bool = False) -> Device:
    """The device that the input is at; `user` where it knows but one."""
    entered, password = _credentials(settings)
    user = user or entered
    auth: httpx.Auth | None = None
    if password:
        auth = httpx.BasicAuth(user, password) if basic else digest(user, password)
    address = base(settings.feedback_host or settings.host, settings.feedback_port or _port(settings), tls=settings.tls)
    return Device(address, settings.timeout, Trust(settings.ca, settings.fingerprint), auth)


def _credentials(settings: Settings) -> tuple[str, str]:
    """The relay's are for the relay alone: another address gets its own or none."""
    user, password = settings.feedback_user, settings.feedback_password.get_secret_value()
    if settings.feedback_host or settings.feedback == "http":
        return user, password
    return user or settings.user, password or settings.password.get_secret_value()


def _port(settings: Settings) -> int:
    """The relay's port, where the feedback comes from the same device."""
    return settings.port if not settings.feedback_host else 0


_LOOKS: dict[str, Callable[[Settings], bool]] = {
    "device": _device,
    "sunapi": _sunapi,
    "shelly": _shelly,
    "modbus": _modbus,
    "gpio": _gpio,
    "http": _http,
}
