"""The `platewire` command: run a site, try pictures, and do what is easier at a prompt than in a page."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from sqlalchemy.exc import OperationalError

from console import apikey, audit, backup, card, contract_test, demo, migrate, read, simulate, up, user
from shared.errors import PlatewireError

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
app.command("up")(up.up)
app.command("demo")(demo.demo)
app.command("read")(read.read)
app.command("migrate")(migrate.migrate)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("simulate")(simulate.simulate)
app.command("contract-test")(contract_test.contract_test)
app.add_typer(apikey.app, name="apikey")
app.add_typer(audit.app, name="audit")
app.add_typer(card.app, name="card")
app.add_typer(user.app, name="user")


def main() -> None:
    """Turns what went wrong on purpose into one sentence and exit status 1."""
    try:
        app()
    except PlatewireError as error:
        Console(stderr=True).print(f"[red]✗[/] {error}")
        sys.exit(1)
    except OperationalError as error:
        sentence = str(error.orig).strip().splitlines()[0] if error.orig else "it does not answer"
        Console(stderr=True).print(f"[red]✗[/] The database cannot be used: {sentence}")
        sys.exit(1)


if __name__ == "__main__":
    main()
