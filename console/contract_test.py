"""`platewire contract-test`: sends the whole repertoire to a stored destination and prints what it answered."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import Engine, or_, select

from console.repertoire import cases
from console.site import DATA, DataDir, database, secret_key
from services.integrations.engine import outcome
from services.integrations.engine.discover import load
from services.integrations.engine.stored import open_settings
from shared.audit import record
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import Destination
from shared.errors import Missing, PlatewireError
from shared.integration import Integration, Receipt
from shared.messages import DeliveryState
from shared.secrets import Vault

Named = Annotated[str, typer.Argument(metavar="DESTINATION", help="Name or id of a destination of this site.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before anything is sent.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON line a case.")]


@dataclass(frozen=True)
class Verdict:
    """What came of one case."""

    case: str
    ok: bool
    status: int | None
    answer: str
    ms: float


def contract_test(destination: Named, yes: Yes = False, as_json: AsJson = False, data_dir: DataDir = DATA) -> None:
    """Tries everything that a peer may choke on: plain events, no pictures, odd names, long plates, old times.

    The peer's operators will see entries of a camera "Contract test" with the plate TEST123. A barrier is only asked
    whether it can be reached: it is never opened. Exit status 1 when the peer refused something.
    """
    with database(data_dir) as engine:
        row = _find(engine, destination)
        integration = load(row.kind)
        opened = open_settings(Vault(secret_key(data_dir)), integration.settings, row.settings)
        sends = not integration.commands
        if sends and not yes:
            typer.confirm(f"Send about a dozen test events to {row.name} ({integration.title})?", abort=True)
        verdicts = _try_all(integration, opened, sends, quiet=as_json)
        with transaction(engine) as session:
            record(session, "console", "destination.contract_test", row.name, {"refused": _refused(verdicts)})
    _print(verdicts, row.name, as_json)
    if not sends and not as_json:
        typer.echo("It is a barrier, so nothing but the connection was tried.")
    if _refused(verdicts):
        raise typer.Exit(1)


def _find(engine: Engine, named: str) -> Destination:
    wanted = [Destination.name == named]
    with contextlib.suppress(ValueError):
        wanted.append(Destination.id == UUID(named))
    with transaction(engine) as session:
        found = session.scalars(select(Destination).where(or_(*wanted))).first()
    if found is None:
        raise Missing("destination", named)
    return found


def _try_all(integration: Integration[Any], opened: BaseModel, sends: bool, *, quiet: bool) -> list[Verdict]:
    verdicts = [_try("connection test", lambda: integration.check(opened))]
    repertoire = list(cases(now())) if sends else []
    bar = track(repertoire, "Sending", transient=True, disable=quiet, console=Console(stderr=True))
    return verdicts + [_try(one.name, partial(integration.deliver, one.delivery, one.pictures, opened)) for one in bar]


def _try(name: str, act: Callable[[], Receipt]) -> Verdict:
    began = time.perf_counter()
    try:
        came = outcome.delivered(act())
    except PlatewireError as error:
        came = outcome.failed(error, 1)
    # An integration is a plug-in; its fault is this case's verdict.
    except Exception as error:
        came = outcome.failed(error, 1)
    ok = came.state is DeliveryState.DELIVERED
    said = came.answer if ok else came.sentence
    return Verdict(name, ok, came.status, said, (time.perf_counter() - began) * 1000)


def _refused(verdicts: list[Verdict]) -> int:
    return sum(not verdict.ok for verdict in verdicts)


def _print(verdicts: list[Verdict], name: str, as_json: bool) -> None:
    if as_json:
        for verdict in verdicts:
            typer.echo(json.dumps(asdict(verdict), ensure_ascii=False))
        return
    table = Table(title=f"{name}: {len(verdicts) - _refused(verdicts)} of {len(verdicts)} taken")
    for column in ("case", "verdict", "status", "ms", "what it said"):
        table.add_column(column)
    for one in verdicts:
        mark = "[green]✓ taken[/]" if one.ok else "[red]✗ refused[/]"
        # Text from outside: no markup, no control characters.
        said = "".join(letter if letter.isprintable() else " " for letter in one.answer)[:200].replace("[", r"\[")
        table.add_row(one.case, mark, str(one.status or ""), f"{one.ms:.0f}", said)
    Console().print(table)
