"""One peer for an integrator's bench: starts it, says how to reach it, and tells each thing that it received."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulators.json_receiver import Answer, JsonReceiver
from simulators.nvr_sunapi import NvrSunapi
from simulators.nvr_text import Faults, NvrText
from simulators.nx_server import PROFILES, Fault, NxServer, User
from simulators.shelly import Shelly
from simulators.sunapi_outputs import SunapiOutputs
from simulators.web_device import Misbehaviour

Told = tuple[str, str]
"""What happened, in a word, and its text."""
STATUSES = (500, 503, 429, 404, 401)
MANY = 1_000_000


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for at the prompt."""

    host: str = "127.0.0.1"
    port: int = 0
    user: str = ""
    password: str = ""
    fault: str = ""
    record: Path | None = None


@dataclass(frozen=True)
class Bench:
    """A peer that runs."""

    hints: Sequence[str]
    """How to reach it, a line each."""
    news: Callable[[], list[Told]]
    """What came since it was asked last."""


class BadFault(ValueError):
    """This peer does not know the fault; the sentence names those that it does."""


@contextmanager
def start(kind: str, wanted: Wanted) -> Iterator[Bench]:
    """Runs the peer until the block ends. Raises BadFault, OSError when the port is taken."""
    with ExitStack() as stack:
        yield KINDS[kind](wanted, stack)


def _nvr(wanted: Wanted, stack: ExitStack) -> Bench:
    mode = _fault(wanted, ("reset", "never_read"))
    nvr = NvrText([wanted.port], faults=Faults(mode), host=wanted.host)
    stack.enter_context(nvr)
    sunapi = NvrSunapi(nvr, *_account(wanted, "admin", "s3cret!"), form="text")
    stack.enter_context(sunapi)
    hints = [
        f"text device: {wanted.host}, port {nvr.port}, start <LPR>, end </LPR>, encoding US-ASCII",
        f"SUNAPI:      http://{wanted.host}:{sunapi.port}, user {sunapi.user}, password {sunapi.password}",
    ]
    receipts = _tail(lambda: nvr.receipts, lambda one: ("receipt", one.text or one.raw.hex()))
    return Bench(hints, _both(receipts, _tail(lambda: sunapi.requests, lambda one: ("sunapi", one))))


def _nx(wanted: Wanted, stack: ExitStack) -> Bench:
    mode = _fault(wanted, tuple(str(status) for status in STATUSES))
    name, password = _account(wanted, "anpr", "pw")
    nx = NxServer(max(PROFILES), port=wanted.port, host=wanted.host, users=[User(name, password, digest=True)])
    nx.faults += [Fault("status", status=int(mode)) for _ in range(MANY // 1000) if mode]
    stack.enter_context(nx)
    hints = [f"server: http://{wanted.host}:{nx.port}, user {name}, password {password}, profile {max(PROFILES)}"]
    return Bench(hints, _tail(lambda: nx.requests, lambda one: ("call", f"{one.method} {one.target} -> {one.status}")))


def _sunapi(wanted: Wanted, stack: ExitStack) -> Bench:
    name, password = _account(wanted, "admin", "s3cret!")
    device = SunapiOutputs(user=name, password=password, host=wanted.host, wanted_port=wanted.port)
    device.plan += _troubles(wanted)
    stack.enter_context(device)
    hints = [f"alarm output 1: http://{wanted.host}:{device.port}, user {name}, password {password}"]
    calls = _tail(lambda: device.requests, lambda one: ("call", one.target))
    return Bench(hints, _both(calls, _tail(lambda: device.relay.edges, _edge)))


def _shelly(wanted: Wanted, stack: ExitStack) -> Bench:
    device = Shelly(password=wanted.password, host=wanted.host, wanted_port=wanted.port)
    device.plan += _troubles(wanted)
    stack.enter_context(device)
    access = f"user admin, password {wanted.password}" if wanted.password else "no password"
    hints = [f"Shelly of generation 2: http://{wanted.host}:{device.port}, {access}"]
    calls = _tail(lambda: device.requests, lambda one: ("call", f"{one.method} {one.target} {_words(one.body)}"))
    return Bench(hints, _both(calls, _tail(lambda: device.relay.edges, _edge)))


def _receiver(wanted: Wanted, stack: ExitStack) -> Bench:
    mode = _fault(wanted, ("reset", "close", "trickle", *(str(status) for status in STATUSES)))
    answer = Answer(status=int(mode)) if mode.isdigit() else Answer(fault=mode)
    digest = (wanted.user, wanted.password) if wanted.user else None
    receiver = JsonReceiver(wanted.port, otherwise=answer, digest=digest, host=wanted.host)
    stack.enter_context(receiver)
    hints = [
        f"any path: http://{wanted.host}:{receiver.port}/, {'Digest of ' + wanted.user if digest else 'no password'}"
    ]
    return Bench(hints, _tail(lambda: receiver.requests, lambda one: _posted(one, wanted.record)))


KINDS: dict[str, Callable[[Wanted, ExitStack], Bench]] = {
    "nvr": _nvr,
    "nx": _nx,
    "receiver": _receiver,
    "shelly": _shelly,
    "sunapi": _sunapi,
}


def _fault(wanted: Wanted, known: tuple[str, ...]) -> str:
    if wanted.fault and wanted.fault not in known:
        raise BadFault(f"This peer has no fault {wanted.fault}; it has {', '.join(known)}")
    return wanted.fault


def _troubles(wanted: Wanted) -> list[Misbehaviour]:
    mode = _fault(wanted, ("reset", "silent"))
    return [Misbehaviour(mode) for _ in range(MANY // 1000) if mode]


def _account(wanted: Wanted, user: str, password: str) -> tuple[str, str]:
    return wanted.user or user, wanted.password or password


def _tail(all_of: Callable[[], Sequence[Any]], word: Callable[[Any], Told]) -> Callable[[], list[Told]]:
    """What a list got since it was looked at last."""
    seen = 0

    def news() -> list[Told]:
        nonlocal seen
        fresh = list(all_of()[seen:])
        seen += len(fresh)
        return [word(one) for one in fresh]

    return news


def _both(*of: Callable[[], list[Told]]) -> Callable[[], list[Told]]:
    return lambda: [told for one in of for told in one()]


def _edge(edge: tuple[float, bool]) -> Told:
    return "relay", "on" if edge[1] else "off"


def _words(body: bytes) -> str:
    return body.decode("utf-8", "replace")[:500]


def _posted(request: Any, folder: Path | None) -> Told:
    """The document in a line; its parts go into a folder when one is named."""
    parts = ", ".join(f"{part.name} {part.content_type} {len(part.data)} B" for part in request.parts)
    text = parts or _words(request.body)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.iterdir()))
        (folder / f"{number:05}.body").write_bytes(request.body)
        for part in request.parts:
            # Only a name of ours: a part's file name comes from outside.
            kind = part.content_type.partition("/")[2].partition(";")[0] or "bin"
            (folder / f"{number:05}-{''.join(filter(str.isalnum, part.name)) or 'part'}.{kind}").write_bytes(part.data)
    return "posted", f"{request.method} {request.path} {text}"
