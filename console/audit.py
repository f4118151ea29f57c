"""`platewire audit`: whether the log of who did what is still whole."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from console.site import DATA, DataDir, database
from shared.audit import verify as walk
from shared.db.session import transaction
from shared.errors import Invalid

app = typer.Typer(no_args_is_help=True, help="The log of who did what.")


@app.callback()
def group() -> None:
    """The log of who did what."""


@app.command()
def verify(
    head: Annotated[str, typer.Option("--head", help="A hash printed earlier: the log must still hold it.")] = "",
    data_dir: DataDir = DATA,
) -> None:
    """Walks the chain of hashes from the first row. Its last word is the newest hash: keep it somewhere else."""
    if head and (len(head) != 64 or set(head) - set("0123456789abcdef")):
        raise Invalid("A hash has 64 hexadecimal digits", "head")
    with database(data_dir) as engine, transaction(engine) as session:
        found = walk(session, head)
    if not found.whole:
        place = f"row {found.broken_at}" if found.broken_at else "the end"
        Console(stderr=True).print(f"[red]✗[/] The audit log does not hold at {place}: {found.reason}")
        raise typer.Exit(1)
    gone = f", after {found.forgotten} that went by their age" if found.forgotten else ""
    typer.echo(f"The audit log is whole, {found.rows} rows{gone}. Newest hash: {found.head}")
