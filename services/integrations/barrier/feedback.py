"""Who says that a barrier opened: the relay itself, a door contact or loop on an input, or a web address."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from services.integrations.barrier import message
from services.integrations.barrier.drivers import driver
from services.integrations.barrier.drivers.web import Device, base, digest
from services.integrations.barrier.settings import Settings
from shared.certificates import Trust
from shared.errors import Reject


def opened(settings: Settings) -> bool:
    """Looks once. Raises as Deliver does."""
    return _LOOKS[settings.feedback](settings) != settings.feedback_inverted


def _device(settings: Settings) -> bool:
    return driver(settings).state()


def _sunapi(settings: Settings) -> bool:
    asked = _asked(settings, settings.feedback_user or settings.user)
    path = message.sunapi("eventstatus", "eventstatus", "check", {"AlarmInput": str(settings.feedback_input)})
    return message.sunapi_flag(asked.ask("GET", path).text, "AlarmInput", settings.feedback_input)


def _shelly(settings: Settings) -> bool:
    """Of the second generation, or of the first where the relay is one."""
    number = settings.feedback_input
    if settings.driver == "shelly_gen1":
        inputs = message.json_of(_asked(settings, "").ask("GET", "/status").text).get("inputs")
        if not isinstance(inputs, list) or number >= len(inputs) or not isinstance(inputs[number], dict):
            raise Reject(f"The Shelly has no input {number}")
        return message.flag(inputs[number], "input")
    body = message.shelly_call("Input.GetStatus", {"id": number})
    return message.flag(message.shelly_result(_asked(settings, "admin").ask("POST", "/rpc", body).text), "state")


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
    http = importlib.import_module("services.integrations.barrier.drivers.http")
    asked = _asked(settings, settings.feedback_user or settings.user)
    return bool(http.says_on(asked, settings.feedback_url, settings.state_on))


def _asked(settings: Settings, user: str) -> Device:
    host = settings.feedback_host or settings.host
    password = (settings.feedback_password.get_secret_value() or settings.password.get_secret_value()) if user else ""
    trust = Trust(settings.ca, settings.fingerprint)
    address = base(host, settings.feedback_port or _port(settings), tls=settings.tls)
    return Device(address, settings.timeout, trust, digest(user, password) if password else None)


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
