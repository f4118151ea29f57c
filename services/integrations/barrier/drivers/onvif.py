"""A relay output of an ONVIF device: it ends pulses itself where it is monostable, else we do."""

from __future__ import annotations

from services.integrations.barrier import message
from services.integrations.barrier.drivers.pulses import on_wait_off
from services.integrations.barrier.drivers.web import base
from services.integrations.barrier.message import TMD
from services.integrations.barrier.settings import Settings
from shared.certificates import Trust
from shared.errors import Reject, Trouble
from shared.integration import Order
from shared.onvif import TDS
from shared.onvif_device import NotSupported, OnvifDevice


class Relay:
    ends_by_itself = False
    """Not for sure: that is the device's setting, and is looked at before each pulse."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._device = OnvifDevice(
            base(settings.host, settings.port, tls=settings.tls),
            settings.path,
            settings.user,
            settings.password.get_secret_value(),
            settings.timeout,
            Trust(settings.ca, settings.fingerprint),
        )

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
        found = message.relays(self._device.ask(f'<GetRelayOutputs xmlns="{TDS}"/>', "GetRelayOutputs"))
        for relay in found:
            if self._settings.relay in {"", relay.token}:
                return relay
        names = ", ".join(relay.token for relay in found) or "none"
        raise Reject(f"The device has no relay {self._settings.relay}; it has {names}", trouble=Trouble.WRONG_DEVICE)

    def _switch(self, relay: message.Relay, state: str) -> None:
        try:
            self._device.ask(message.relay_state(relay.token, state), "SetRelayOutputState")
        except NotSupported:
            # The newer service has the same operation; some devices know it only there.
            path = self._device.service(TMD)
            if not path:
                raise Reject("The device cannot switch relays", trouble=Trouble.WRONG_DEVICE) from None
            self._device.ask(message.relay_state(relay.token, state, TMD), "SetRelayOutputState", TMD, path)
