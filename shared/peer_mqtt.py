"""One MQTT broker of an integration: a session that is opened, used and closed, without reconnecting by itself.

The connection goes to an address that was judged (shared/addresses.py), while the certificate is checked for the name.
Reconnecting is the engine's business: a client that does it by itself would send a message once more.
"""

from __future__ import annotations

import math
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from shared.addresses import AddressRefused, Reach
from shared.certificates import Own, Trust, tls_context, why_not_trusted
from shared.errors import NotSent, Reject, Retry, Trouble, Unauthorised

PORTS = {False: 1883, True: 8883}
NOBODY_LISTENS = 0x10
_WANTS_ONE = "does it want a client certificate?"
_FOR_NOW = {"Unspecified error", "Implementation specific error", "Packet identifier in use", "Quota exceeded"}
_NEVER = {"Topic name invalid", "Payload format invalid"}
_REFUSED = {"Bad user name or password", "Not authorized", "Bad authentication method", "Banned"}

Heard = Callable[[str, bytes, bool], None]
"""Called with topic, payload and whether it was retained; in the session's own thread, so it must be quick."""


@dataclass(frozen=True)
class Will:
    """What the broker says, retained, when the session breaks off."""

    topic: str
    payload: str


@dataclass(frozen=True)
class Broker:
    """Where to and as whom. `timeout` is seconds for each step; a client without an id gets one from the library."""

    host: str
    port: int = 0
    user: str = ""
    password: str = ""
    tls: bool = False
    trust: Trust = Trust()  # noqa: RUF009  frozen and without state
    own: Own = Own()  # noqa: RUF009  likewise
    version: Literal["5", "3.1.1"] = "5"
    timeout: float = 5.0
    allow_private: bool = True
    client_id: str = ""
    will: Will | None = None

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port or PORTS[self.tls]}"


@contextmanager
def session(broker: Broker, heard: Heard | None = None) -> Iterator[MqttSession]:
    """An open session. Raises NotSent, Reject, Unauthorised."""
    opened = MqttSession(broker, heard)
    opened.open()
    try:
        yield opened
    finally:
        opened.close()


class MqttSession:
    """Use it from one thread."""

    def __init__(self, broker: Broker, heard: Heard | None = None) -> None:
        self._broker, self._heard = broker, heard
        self._answered, self._lost = threading.Event(), threading.Event()
        self._code: ReasonCode | None = None
        version = MQTTProtocolVersion.MQTTv5 if broker.version == "5" else MQTTProtocolVersion.MQTTv311
        self._client = _Client(broker, version)
        self._client.on_connect = self._note
        self._client.on_publish = self._note
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._message
        self._client.on_disconnect = self._gone

    @property
    def lost(self) -> bool:
        """Whether the connection broke off."""
        return self._lost.is_set()

    def open(self) -> None:
        """Raises NotSent, Reject, Unauthorised."""
        peer = self._broker.address
        try:
            self._client.connect(self._broker.host, int(peer.rpartition(":")[2]), keepalive=30)
        except AddressRefused as error:
            raise Reject(str(error), trouble=Trouble.CANNOT_CONNECT) from None
        except ssl.SSLError as error:
            raise NotSent(why_not_trusted(error, peer), trouble=Trouble.CERTIFICATE) from None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise NotSent(f"{peer} cannot be reached: {why}", trouble=Trouble.CANNOT_CONNECT) from None
        self._client.loop_start()
        if not self._answered.wait(self._broker.timeout) or self._code is None:
            shut_out = self._shut_out()
            self.close()
            raise shut_out
        if self._code.is_failure:
            self.close()
            raise Unauthorised(f"{self._code}") if str(self._code) in _REFUSED else NotSent(f"{self._code}")

    def _shut_out(self) -> NotSent:
        """With TLS 1.3 a broker says only after the handshake that it wants a certificate of ours, by breaking off."""
        peer = self._broker.address
        if not self._lost.is_set():
            return NotSent(f"{peer} did not let us in in time", trouble=Trouble.CANNOT_CONNECT)
        if self._broker.tls:
            asks = "does it want another client certificate?" if self._broker.own.certificate else _WANTS_ONE
            return NotSent(f"{peer} broke off before it let us in: {asks}", trouble=Trouble.CERTIFICATE)
        return NotSent(f"{peer} broke off before it let us in", trouble=Trouble.CANNOT_CONNECT)

    def publish(self, topic: str, payload: str | bytes, *, retain: bool = False, lives: float | None = None) -> bool:
        """Returns when the broker has the message: whether anybody listens, where it says so (MQTT 5).

        Args:
            lives: seconds after which the broker drops it if it was not handed on; MQTT 5 only.

        Raises:
            Retry: nobody can tell whether the broker has it.
            NotSent: the broker does not take it now.
            Reject: the broker will never take it.
            Unauthorised: the broker refuses us the topic.
        """
        self._answered.clear()
        self._code = None
        properties = self._expiring(lives)
        sent = self._client.publish(topic, payload, qos=1, retain=retain, properties=properties)
        peer = self._broker.address
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise Retry(f"{peer} broke off the connection", trouble=Trouble.CANNOT_CONNECT)
        if not self._answered.wait(self._broker.timeout) or self._lost.is_set():
            raise Retry(f"{peer} did not acknowledge the message", trouble=Trouble.CANNOT_CONNECT)
        if self._code is not None and self._code.is_failure:
            raise _refusal(str(self._code))
        return self._code is None or self._code.value != NOBODY_LISTENS

    def subscribe(self, topic: str) -> None:
        """Raises Retry, Unauthorised."""
        self._answered.clear()
        self._code = None
        asked, _number = self._client.subscribe(topic, qos=1)
        if asked != MQTTErrorCode.MQTT_ERR_SUCCESS or not self._answered.wait(self._broker.timeout):
            raise Retry(f"{self._broker.address} did not answer a subscription", trouble=Trouble.CANNOT_CONNECT)
        if self._code is not None and self._code.is_failure:
            raise Unauthorised(f"the broker refuses the subscription to {topic}", trouble=Trouble.RIGHTS)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _expiring(self, lives: float | None) -> Properties | None:
        if self._broker.version != "5" or lives is None:
            return None
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.MessageExpiryInterval = max(1, math.ceil(lives))
        return properties

    def _note(self, _client: Any, _data: Any, _what: Any, code: ReasonCode, _properties: Any) -> None:
        self._code = code
        self._answered.set()

    def _subscribed(self, _client: Any, _data: Any, _number: int, codes: list[ReasonCode], _properties: Any) -> None:
        self._code = codes[0] if codes else None
        self._answered.set()

    def _message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        if self._heard:
            self._heard(message.topic, bytes(message.payload), message.retain)

    def _gone(self, *_: Any) -> None:
        self._lost.set()
        self._answered.set()


def _refusal(why: str) -> NotSent | Reject:
    """What a PUBACK of MQTT 5 says; 3.1.1 has no words for it."""
    if why in _FOR_NOW:
        return NotSent(f"The broker does not take the message now: {why}")
    if why in _NEVER:
        return Reject(f"The broker does not take the message: {why}")
    return Unauthorised(f"the broker refuses the message: {why}", trouble=Trouble.RIGHTS)


class _Client(paho.Client):
    """Connects to the judged address; paho would resolve the name once more, which may give another one."""

    def __init__(self, broker: Broker, version: MQTTProtocolVersion) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2, client_id=broker.client_id, protocol=version, reconnect_on_failure=False
        )
        self._broker = broker
        if broker.user:
            self.username_pw_set(broker.user, broker.password or None)
        if broker.tls:
            self.tls_set_context(tls_context(broker.trust, broker.own))
        if broker.will:
            self.will_set(broker.will.topic, broker.will.payload, qos=1, retain=True)
        self.connect_timeout = broker.timeout

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        """The context judges alone: paho looks for a name too, which a certificate that is pinned need not bear."""
        tcp_sock.settimeout(self._broker.timeout)
        context = tls_context(self._broker.trust, self._broker.own)
        return context.wrap_socket(tcp_sock, server_hostname=self._broker.host)

    def _create_socket_connection(self) -> socket.socket:
        """The one place where paho 2.2 makes its connection."""
        reach = Reach.from_environment(allow_private=self._broker.allow_private)
        return reach.connect(self._broker.host, self._port, self._broker.timeout)
