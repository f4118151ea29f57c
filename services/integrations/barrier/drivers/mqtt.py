"""A relay behind an MQTT broker: one message for on, one for off, never retained.

The broker's acknowledgement says that it has the message, not that a relay heard it. With MQTT 5 the broker drops an
order that is older than its deadline, and says when nobody listens.
"""

from __future__ import annotations

from services.integrations.barrier.drivers.pulses import on_wait_off
from services.integrations.barrier.settings import Settings, filled
from shared.certificates import Own, Trust
from shared.errors import Reject, Trouble
from shared.integration import Order
from shared.peer_mqtt import Broker, session


class Relay:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.ends_by_itself = not settings.off_payload

    def pulse(self, order: Order) -> str:
        s = self._settings
        on = filled(s.on_payload, {"seconds": f"{s.pulse:g}", "command_id": str(order.command_id)})
        if self.ends_by_itself:
            self._publish(on, order.left())
            return f"The broker has {s.topic}, the device ends the pulse"
        return on_wait_off(order, s.pulse, lambda: self._publish(on, order.left()), self.off)

    def off(self) -> None:
        if not self.ends_by_itself:
            self._publish(filled(self._settings.off_payload, {"seconds": "0", "command_id": ""}))

    def state(self) -> bool:
        raise Reject("A relay behind MQTT cannot be asked: choose another feedback")

    def check(self) -> str:
        with session(self._broker()):
            return "The broker lets us in"

    def _publish(self, payload: str, lives: float | None = None) -> None:
        """Returns when the broker has it. Raises NotSent, Reject, Retry."""
        with session(self._broker()) as opened:
            if not opened.publish(self._settings.topic, payload, lives=lives):
                raise Reject(f"Nobody listens to {self._settings.topic}", trouble=Trouble.WRONG_DEVICE)

    def _broker(self) -> Broker:
        s = self._settings
        return Broker(
            s.host,
            s.port or 0,
            user=s.user,
            password=s.password.get_secret_value(),
            tls=s.tls,
            trust=Trust(s.ca, s.fingerprint),
            own=Own(s.client_certificate, s.client_key.get_secret_value()),
            version=s.mqtt_version,
            timeout=s.timeout,
        )
