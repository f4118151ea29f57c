"""A relay output of an ONVIF device: it ends pulses itself where it is monostable, else we do."""

from __future__ import annotations

import secrets
import threading
from datetime import timedelta

import httpx

from services.integrations.barrier import message
from services.integrations.barrier.drivers.pulses import on_wait_off
from services.integrations.barrier.drivers.web import device
from services.integrations.barrier.message import TDS, TMD, Token
from services.integrations.barrier.settings import Settings
from shared.clock import now
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.integration import Order
from shared.peer import judge

_TYPE = "application/soap+xml; charset=utf-8"
_ACTIONS = {TDS: "http://www.onvif.org/ver10/device/wsdl", TMD: "http://www.onvif.org/ver10/deviceio/wsdl"}
_ahead: dict[str, timedelta] = {}
"""By how much a device's clock is ahead of ours; asked anew when it refuses a token."""
_lock = threading.Lock()


class Relay:
    ends_by_itself = False
    """Not for sure: that is the device's setting, and is looked at before each pulse."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._password = settings.password.get_secret_value()
        auth = httpx.DigestAuth(settings.user, self._password) if settings.user else None
        self._device = device(settings, auth)

    def pulse(self, order: Order) -> str:
        relay = self._relay()
        if relay.ends_by_itself:
            self._switch(relay, "active")
            return f"Active for {relay.seconds or 0:g} s, ended by the device"
        return on_wait_off(
            order, self._settings.pulse, lambda: self._switch(relay, "active"), lambda: self._switch(relay, "inactive")
        )

    def off(self) -> None:
        relay = self._relay()
        if not relay.ends_by_itself:
            self._switch(relay, "inactive")

    def state(self) -> bool:
        raise Reject("ONVIF devices do not tell whether a relay is active: choose another feedback")

    def check(self) -> str:
        relay = self._relay()
        if relay.ends_by_itself:
            return f"Relay {relay.token} ends its pulses itself, after {relay.seconds or 0:g} s"
        return f"Relay {relay.token} is {relay.mode or 'bistable'}: Platewire ends its pulses"

    def _relay(self) -> message.Relay:
        found = message.relays(self._ask(f'<GetRelayOutputs xmlns="{TDS}"/>', "GetRelayOutputs"))
        for relay in found:
            if self._settings.relay in {"", relay.token}:
                return relay
        names = ", ".join(relay.token for relay in found) or "none"
        raise Reject(f"The device has no relay {self._settings.relay}; it has {names}", trouble=Trouble.WRONG_DEVICE)

    def _switch(self, relay: message.Relay, state: str) -> None:
        try:
            self._ask(message.relay_state(relay.token, state), "SetRelayOutputState")
        except _NotSupported:
            # The newer service has the same operation; some devices know it only there.
            path = message.service_path(self._ask(_SERVICES, "GetServices"), TMD)
            if not path:
                raise Reject("The device cannot switch relays", trouble=Trouble.WRONG_DEVICE) from None
            self._ask(message.relay_state(relay.token, state, TMD), "SetRelayOutputState", TMD, path)

    def _ask(self, body: str, operation: str, space: str = TDS, path: str = "") -> str:
        """A refused token may be one of the wrong time: the device's is asked and the call made once more."""
        try:
            return self._call(body, operation, space, path)
        except Unauthorised:
            if not self._settings.user or not self._learn_time():
                raise
        return self._call(body, operation, space, path)

    def _call(self, body: str, operation: str, space: str, path: str, *, signed: bool = True) -> str:
        token = self._token() if signed and self._settings.user else None
        kind = f'{_TYPE}; action="{_ACTIONS[space]}/{operation}"'
        answer = self._device.ask("POST", path or self._settings.path, message.envelope(body, token), kind)
        text = answer.text
        if "Envelope" not in text:
            judge(answer, "The device")
        if told := message.fault(text):
            raise _refusal(told)
        judge(answer, "The device")
        if f"{operation}Response" not in text:
            raise Retry("the device's answer is none to the question", trouble=Trouble.WRONG_DEVICE)
        return text

    def _token(self) -> Token:
        created = now() + _ahead.get(self._device.base, timedelta())
        return Token(self._settings.user, self._password, secrets.token_bytes(16), created)

    def _learn_time(self) -> bool:
        """Whether the device's clock is another one than we believed."""
        operation = "GetSystemDateAndTime"
        told = message.device_time(self._call(f'<{operation} xmlns="{TDS}"/>', operation, TDS, "", signed=False))
        with _lock:
            before = _ahead.get(self._device.base, timedelta())
            _ahead[self._device.base] = told - now()
        return abs(told - now() - before) > timedelta(seconds=2)


class _NotSupported(Reject):
    """The service does not have the operation."""


_SERVICES = f'<GetServices xmlns="{TDS}"><IncludeCapability>false</IncludeCapability></GetServices>'


def _refusal(told: str) -> Reject:
    """A fault is an answer to a call that was not carried out."""
    if "NotAuthorized" in told or "FailedAuthentication" in told:
        return Unauthorised(told)
    if "ActionNotSupported" in told:
        return _NotSupported(told)
    return Reject(f"The device answers with a fault, {told}")
