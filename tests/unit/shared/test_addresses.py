from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from threading import Thread

import httpx
import pytest

from shared.addresses import AddressRefused, Reach
from shared.peer_http import PeerTransport

INSIDE = Reach()
OUTSIDE_ONLY = Reach(allow_private=False)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "0.0.0.0",
        "::",
        "169.254.169.254",
        "169.254.1.1",
        "fe80::1",
        "fd00:ec2::254",
        "168.63.129.16",
        "100.64.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "192.0.2.1",
        "198.18.0.1",
        "203.0.113.7",
        "2001:db8::1",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_what_is_reserved_or_leads_back_is_never_reached(address: str) -> None:
    assert INSIDE.refusal(ip_address(address), 80)


@pytest.mark.parametrize("address", ["10.0.0.5", "172.16.9.9", "172.31.255.1", "192.168.1.64", "fd12:3456::1"])
def test_private_networks_are_reached_where_an_admin_allows_it(address: str) -> None:
    assert INSIDE.refusal(ip_address(address), 80) == ""
    assert "switched off" in OUTSIDE_ONLY.refusal(ip_address(address), 80)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "172.32.0.1"])
def test_the_internet_is_reached(address: str) -> None:
    assert OUTSIDE_ONLY.refusal(ip_address(address), 443) == ""


ENVIRONMENT = {
    "DATABASE_URL": "postgresql://user:pw@10.0.0.9:5433/platewire",
    "REDIS_EVENTS_URL": "redis://:pw@10.0.0.10/0",
    "REDIS_FRAMES_URL": "unix:///run/frames.sock",
    "PLATEWIRE_PORT": "8123",
    "PLATEWIRE_OWN_SERVICES": "10.0.0.11:3000, 10.0.0.12:9090",
    "PLATEWIRE_ALLOW_LOOPBACK": "1",
}


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("10.0.0.9", 5433),
        ("10.0.0.10", 6379),
        ("10.0.0.11", 3000),
        ("10.0.0.12", 9090),
        ("127.0.0.1", 8123),
        ("127.0.0.1", 5433),
    ],
)
def test_our_own_servers_are_never_reached_whatever_else_is_allowed(host: str, port: int) -> None:
    with pytest.raises(AddressRefused, match="a server of this site"):
        Reach.from_environment(environment=ENVIRONMENT).addresses(host, port)


@pytest.mark.parametrize(("host", "port"), [("10.0.0.9", 80), ("10.0.0.13", 3000), ("127.0.0.1", 8124)])
def test_the_neighbours_of_our_servers_are_reached(host: str, port: int) -> None:
    assert Reach.from_environment(environment=ENVIRONMENT).addresses(host, port) == [host]


def test_only_the_tests_switch_opens_loopback() -> None:
    assert Reach.from_environment(environment={}).refusal(ip_address("127.0.0.1"), 80)
    assert Reach.from_environment(environment={"PLATEWIRE_ALLOW_LOOPBACK": "yes"}).refusal(ip_address("::1"), 80)


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Each look-up gives the next answer, as a name server that changes its mind; returns the names asked for."""
    asked: list[str] = []
    real, coming = socket.getaddrinfo, iter(answers)

    def resolve(host: str, port: int | None, *rest: object, **named: object) -> object:
        if host != "rebind.example":
            return real(host, port, *rest, **named)  # type: ignore[arg-type]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(coming)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def test_one_forbidden_address_among_good_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(AddressRefused):
        INSIDE.addresses("rebind.example", 80)


@pytest.fixture
def here() -> Iterator[int]:
    """The port of a web server on loopback that tells the Host it was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.headers["Host"].encode())

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch, here: int) -> None:
    asked = resolve_to(monkeypatch, ["127.0.0.1"], ["10.255.255.1"])
    with httpx.Client(transport=PeerTransport(Reach(allow_loopback=True), 10)) as client:
        answer = client.get(f"http://rebind.example:{here}/")
    assert answer.text == f"rebind.example:{here}"
    assert asked == ["rebind.example"]


def test_an_address_that_does_not_answer_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch, here: int) -> None:
    resolve_to(monkeypatch, ["127.0.0.2", "127.0.0.1"], ["127.0.0.2", "127.0.0.1"])
    reach = Reach(allow_loopback=True)
    with httpx.Client(transport=PeerTransport(reach, 10)) as client:
        assert client.get(f"http://rebind.example:{here}/").status_code == 200
    with reach.connect("rebind.example", here, 5) as connection:
        assert connection.getpeername()[0] == "127.0.0.1"


def test_a_name_that_turns_to_loopback_later_is_refused_then(monkeypatch: pytest.MonkeyPatch, here: int) -> None:
    resolve_to(monkeypatch, ["127.0.0.1"])
    with httpx.Client(transport=PeerTransport(INSIDE, 10)) as client, pytest.raises(AddressRefused):
        client.get(f"http://rebind.example:{here}/")


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_other_spellings_of_loopback_are_seen_through(host: str) -> None:
    with pytest.raises((AddressRefused, OSError)):
        INSIDE.addresses(host, 80)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 300, "a..b"])
def test_a_name_that_cannot_be_found_is_an_error_of_the_network(host: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011  the words are the system's
        INSIDE.addresses(host, 80)
