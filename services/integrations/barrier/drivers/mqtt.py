"""A relay behind an MQTT broker: one message for on, one for off, never retained.

The broker's acknowledgement says that it has the message, not that a relay heard it. With MQTT 5 the broker drops an
order that is older than its deadline, and says when nobody listens.
"""

from __future__ import annotations

import math
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from services.integrations.barrier.drivers.pulses import on_wait_off
from services.integrations.barrier.settings import Settings, filled
from shared.addresses import AddressRefused, Reach
from shared.certificates import Trust, tls_context, why_not_trusted
from shared.errors import NotSent, Reject, Retry, Trouble, Unauthorised
from shared.integration import Order

PORTS = {False: 1883, True: 8883}
_REFUSED = {"Bad user name or password", "Not authorized", "Bad authentication method", "Banned"}
NOBODY_LISTENS = 0x10


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
        with self._connection():
            return "The broker lets us in"

    def _publish(self, payload: str, lives: float | None = None) -> None:
        """Returns when the broker has it. Raises NotSent, Reject, Retry."""
        s = self._settings
        properties = None
        if s.mqtt_version == "5" and lives is not None:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.MessageExpiryInterval = max(1, math.ceil(lives))
        with self._connection() as connection:
            connection.publish(s.topic, payload, properties)

    @contextmanager
    def _connection(self) -> Iterator[_Connection]:
        connection = _Connection(self._settings)
        connection.open()
        try:
            yield connection
        finally:
            connection.close()


class _Connection:
    """One session, clean, without any reconnecting of its own: that would send a message once more."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._answered, self._lost = threading.Event(), threading.Event()
        self._code: ReasonCode | None = None
        version = MQTTProtocolVersion.MQTTv5 if settings.mqtt_version == "5" else MQTTProtocolVersion.MQTTv311
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=version, reconnect_on_failure=False)
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish
        self._client.on_disconnect = self._on_disconnect
        if settings.user:
            self._client.username_pw_set(settings.user, settings.password.get_secret_value() or None)
        if settings.tls:
            self._client.tls_set_context(tls_context(Trust(settings.ca, settings.fingerprint)))
        self._client.connect_timeout = settings.timeout

    @property
    def _peer(self) -> str:
        return f"{self._settings.host}:{self._port}"

    @property
    def _port(self) -> int:
        return self._settings.port or PORTS[self._settings.tls]

    def open(self) -> None:
        """Raises NotSent, Reject."""
        try:
            address = Reach.from_environment().addresses(self._settings.host, self._port)[0]
            self._client.connect(address if not self._settings.tls else self._settings.host, self._port)
        except AddressRefused as error:
            raise Reject(str(error), trouble=Trouble.CANNOT_CONNECT) from None
        except ssl.SSLError as error:
            raise NotSent(why_not_trusted(error, self._peer), trouble=Trouble.CERTIFICATE) from None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise NotSent(f"{self._peer} cannot be reached: {why}", trouble=Trouble.CANNOT_CONNECT) from None
        self._client.loop_start()
        if not self._answered.wait(self._settings.timeout) or self._code is None:
            self.close()
            raise NotSent(f"{self._peer} did not let us in in time", trouble=Trouble.CANNOT_CONNECT)
        if self._code.is_failure:
            self.close()
            raise Unauthorised(f"{self._code}") if str(self._code) in _REFUSED else NotSent(f"{self._code}")

    def publish(self, topic: str, payload: str, properties: Properties | None) -> None:
        """Raises Retry when nobody can tell, Reject when the broker refuses or knows of no listener."""
        self._answered.clear()
        self._code = None
        sent = self._client.publish(topic, payload, qos=1, retain=False, properties=properties)
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise Retry(f"{self._peer} broke off the connection", trouble=Trouble.CANNOT_CONNECT)
        if not self._answered.wait(self._settings.timeout) or self._lost.is_set():
            raise Retry(f"{self._peer} did not acknowledge the message", trouble=Trouble.CANNOT_CONNECT)
        if self._code is not None and self._code.value == NOBODY_LISTENS:
            raise Reject(f"Nobody listens to {topic}", trouble=Trouble.WRONG_DEVICE)
        if self._code is not None and self._code.is_failure:
            raise Unauthorised(f"the broker refuses the message: {self._code}", trouble=Trouble.RIGHTS)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        self._code = code
        self._answered.set()

    def _on_publish(self, _client: Any, _data: Any, _mid: int, code: ReasonCode, _properties: Any) -> None:
        self._code = code
        self._answered.set()

    def _on_disconnect(self, *_: Any) -> None:
        self._lost.set()
        self._answered.set()
