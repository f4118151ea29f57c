"""`platewire simulate`: a recorder, a VMS, a relay or a receiver on an integrator's bench."""

from __future__ import annotations

import json
import signal
import threading
import time
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from shared.errors import Conflict, Invalid
from simulators.bench import KINDS, BadFault, Bench, Wanted, start

Kind = StrEnum("Kind", {name: name for name in KINDS})  # type: ignore[misc]  # made of a table
EVERY = 0.1

Port = Annotated[int, typer.Option(min=0, max=65535, help="Where it listens; 0 = any free port.")]
Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 = every network of this machine.")]
Fault = Annotated[
    str, typer.Option(help="How it misbehaves, such as reset, silent or 503; a wrong word names them all.")
]
Record = Annotated[Path | None, typer.Option(help="receiver: folder for the bodies and pictures that arrive.")]
User = Annotated[str, typer.Option(help="Name that it wants; each kind has one of its own otherwise.")]
Password = Annotated[str, typer.Option(help="Password that it wants.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON line for each thing that arrives.")]


def simulate(
    kind: Annotated[Kind, typer.Argument(help="What it pretends to be.")],
    port: Port = 0,
    host: Host = "127.0.0.1",
    user: User = "",
    password: Password = "",
    fault: Fault = "",
    record: Record = None,
    as_json: AsJson = False,
) -> None:
    """Runs a peer until Ctrl-C and prints what arrives there.

    nvr: a recorder's text device with its SUNAPI. nx: a Wave / Nx Witness server. sunapi: a camera with an alarm
    output. shelly: a relay. receiver: takes JSON with pictures and webhooks.

    platewire simulate nvr --port 7001
    platewire simulate receiver --port 9000 --record arrived/
    platewire simulate shelly --password secret --fault silent

    A site refuses destinations on its own machine unless an administrator allows the address; run this on another one,
    or start the site with PLATEWIRE_ALLOW_LOOPBACK=1 on the bench.
    """
    wanted = Wanted(host, port, user, password, fault, record)
    stop = threading.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: stop.set())
    try:
        with start(kind.value, wanted) as bench:
            _tell(bench, stop, Console(stderr=as_json, soft_wrap=True), as_json)
    except BadFault as error:
        raise Invalid(str(error), "fault") from None
    except OSError as error:
        raise Conflict(f"Port {port} of {host} cannot be listened on: {error.strerror}") from None


def _tell(bench: Bench, stop: threading.Event, screen: Console, as_json: bool) -> None:
    for hint in bench.hints:
        screen.print(hint, markup=False, highlight=False)
    screen.print("Waiting; Ctrl-C ends it", style="dim")
    while not stop.wait(EVERY):
        for what, text in bench.news():
            if as_json:
                typer.echo(json.dumps({"at": time.time(), "what": what, "text": text}, ensure_ascii=False))
            else:
                # What a peer sends is text and not markup, and it moves no cursor.
                shown = "".join(letter if letter.isprintable() else "·" for letter in text)
                screen.print(f"{datetime.now():%H:%M:%S}  {what:8} {shown}", markup=False, highlight=False)
