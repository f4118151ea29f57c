"""Which addresses our requests may reach: an address typed by a person must not lead into our own house.

A name is resolved, every address behind it is judged, and the connection is made to an address that was judged, so a
name that answers differently a moment later (DNS rebinding) gains nothing (OWASP SSRF Prevention Cheat Sheet).
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from shared.errors import PlatewireError
from shared.settings import value_of

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Service = tuple[str, int]

_PRIVATE = [ipaddress.ip_network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
_NEVER = [
    ipaddress.ip_network(net)
    for net in (
        "192.0.0.0/24",
        "168.63.129.16/32",  # a cloud's metadata, although its address looks public
        "fd00:ec2::254/128",
        "::ffff:0:0/96",  # these four carry an IPv4 address inside, which would escape the judgement
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/32",
    )
]
_URLS = (("DATABASE_URL", 5432), ("REDIS_EVENTS_URL", 6379), ("REDIS_FRAMES_URL", 6379))


class AddressRefused(PlatewireError):
    """The address is one that requests of ours never go to."""


@dataclass(frozen=True)
class Reach:
    """The rule. `own` are the host and port of our own servers, which are refused whatever else is allowed."""

    allow_private: bool = True
    """Recorders and barriers live on private networks, so an admin decides this for each destination."""
    allow_loopback: bool = False
    """For tests alone: what they talk to runs beside them."""
    own: frozenset[Service] = field(default_factory=frozenset)

    @classmethod
    def from_environment(cls, *, allow_private: bool = True, environment: Mapping[str, str] = os.environ) -> Self:
        """Knows our own servers by the variables that tell the services where they are."""
        loopback = environment.get("PLATEWIRE_ALLOW_LOOPBACK") == "1"
        return cls(allow_private, loopback, frozenset(_own_services(environment)))

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host, all of them judged.

        Raises:
            AddressRefused: one of them is not allowed, so none is used.
            OSError: the name is not known.
        """
        found = _resolve(host, port)
        for address in found:
            if why := self.refusal(ipaddress.ip_address(address), port):
                raise AddressRefused(f"Requests to {host}:{port} are not allowed: {why}")
        return found

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A TCP connection to the first of the host's addresses that takes one. Raises AddressRefused, OSError."""
        addresses = self.addresses(host, port)
        for address in addresses[:-1]:
            try:
                return socket.create_connection((address, port), timeout)
            except OSError:
                continue
        return socket.create_connection((addresses[-1], port), timeout)

    def refusal(self, address: Address, port: int) -> str:
        """Why this address is refused, in words; empty when it is not."""
        if self._is_ours(address, port):
            return "it is a server of this site"
        if address.is_loopback:
            return "" if self.allow_loopback else "it leads back to this machine"
        if any(address in net for net in _NEVER):
            return "it is reserved"
        if any(address in net for net in _PRIVATE):
            return "" if self.allow_private else "private addresses are switched off here"
        if address.is_multicast or not address.is_global:
            return "it is reserved"
        return ""

    def _is_ours(self, address: Address, port: int) -> bool:
        hosts = [host for host, own_port in self.own if own_port == port]
        if not hosts:
            return False
        return _is_local(address) or any(str(address) in _known(host) for host in hosts)


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError(f"{host[:80]} cannot be a name") from None
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def _own_services(environment: Mapping[str, str]) -> Iterable[Service]:
    for name, default in _URLS:
        parts = urlsplit(value_of(environment, name))
        if parts.hostname:
            yield parts.hostname, parts.port or default
    yield "localhost", int(environment.get("PLATEWIRE_PORT", "8080"))
    for service in environment.get("PLATEWIRE_OWN_SERVICES", "").split(","):
        host, _, port = service.strip().rpartition(":")
        if host and port.isdigit():
            yield host, int(port)


def _known(host: str) -> set[str]:
    """The addresses of one of our own servers; one that is away now has none to protect."""
    try:
        return {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except OSError:
        return set()


def _is_local(address: Address) -> bool:
    """Whether this machine itself has the address: only then can a socket be bound to it."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
