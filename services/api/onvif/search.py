"""Looks for ONVIF cameras by WS-Discovery: one question to all, and whoever answers within a moment.

Sources: WS-Discovery (April 2005), ONVIF Core specification 7.3 (types and scopes).
"""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from shared.errors import Retry
from shared.onvif import local, soap
from shared.settings import value_of

GROUP, PORT = "239.255.255.250", 3702
INTERFACES = "PLATEWIRE_ONVIF_INTERFACES"
"""Names of the network interfaces on which is asked; all when it is not set."""
MOST = 200
"""Answers that are looked at."""
_PROBE = (
    '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
    'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header><w:MessageID>{question}</w:MessageID>'
    '<w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>'
    '<w:Action e:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>'
    "<e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"
)


@dataclass(frozen=True)
class Answer:
    """A device that answered; `host` is the address from which it did."""

    identity: str
    host: str
    port: int
    path: str
    name: str
    model: str


def search(seconds: float) -> list[Answer]:
    """Those who answered, each once, by address."""
    question = f"uuid:{uuid4()}"
    probe = _PROBE.format(question=question).encode()
    with ExitStack() as opened:
        sockets = []
        for interface in _interfaces():
            asking = opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            # An interface without an address, or one that is down, has nobody to ask.
            with suppress(OSError):
                _ask(asking, interface, probe)
                sockets.append(asking)
        found: dict[str, Answer] = {}
        for data, host in _heard(sockets, time.monotonic() + seconds):
            if answer := _answer(data, host, question):
                found.setdefault(answer.identity, answer)
    return sorted(found.values(), key=lambda answer: socket.inet_aton(answer.host))


def _interfaces() -> list[int]:
    wanted = value_of(os.environ, INTERFACES).split()
    return [number for number, name in socket.if_nameindex() if (name in wanted if wanted else name != "lo")]


def _ask(asking: socket.socket, interface: int, probe: bytes) -> None:
    by_interface = struct.pack("4s4si", socket.inet_aton(GROUP), bytes(4), interface)
    asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, by_interface)
    asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    asking.setblocking(False)
    # Datagrams get lost: the specification asks for a repetition.
    for _ in range(2):
        asking.sendto(probe, (GROUP, PORT))


def _heard(sockets: list[socket.socket], until: float) -> Iterable[tuple[bytes, str]]:
    for _ in range(MOST):
        left = until - time.monotonic()
        ready = select.select(sockets, [], [], left)[0] if left > 0 and sockets else []
        if not ready:
            return
        with suppress(OSError):
            data, (host, _port) = ready[0].recvfrom(65_535)
            yield data, host


def _answer(data: bytes, host: str, question: str) -> Answer | None:
    """None for what answers another question, or is none."""
    try:
        tree = soap(data.decode("utf-8", "replace"))
    except Retry:
        return None
    told = {local(element): (element.text or "").strip() for element in tree.iter()}
    if told.get("RelatesTo") != question or not told.get("XAddrs"):
        return None
    # A device lists all its addresses; the one from which it answered can be reached from here.
    addresses = [urlsplit(address) for address in told["XAddrs"].split()]
    address = next((one for one in addresses if one.hostname == host), addresses[0])
    with suppress(ValueError):
        port = address.port or (443 if address.scheme == "https" else 80)
        scopes = told.get("Scopes", "").split()
        name, model = _scope(scopes, "name"), _scope(scopes, "hardware")
        return Answer(told.get("Address") or host, host, port, address.path or "/onvif/device_service", name, model)
    return None


def _scope(scopes: list[str], kind: str) -> str:
    begin = f"onvif://www.onvif.org/{kind}/"
    found = next((scope for scope in scopes if scope.lower().startswith(begin)), "")
    return unquote(found[len(begin) :]).replace("_", " ")[:100]
