"""`platewire backup` and `platewire restore`: the site's configuration as one encrypted file."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from console.site import DATA, DataDir, database, secret_key
from shared.backup.container import MAGIC, check_passphrase
from shared.backup.content import KINDS
from shared.backup.plan import Mode, Plan
from shared.backup.restore import Preview, Source, back_up, preview
from shared.backup.restore import restore as restore_backup
from shared.errors import Invalid
from shared.secrets import Vault

ACTOR = "console"
VARIABLE = "PLATEWIRE_BACKUP_PASSPHRASE"

PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help=f"File with the passphrase; else {VARIABLE}, else it is asked for."),
]


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, such as site.backup.")],
    passphrase_file: PassphraseFile = None,
    data_dir: DataDir = DATA,
) -> None:
    """Writes settings, cameras, destinations, rules, lists, people and keys into one encrypted, signed file.

    Events and pictures are not in it. Keep the passphrase apart from the file: without it nobody can open it.
    """
    passphrase = _passphrase(passphrase_file, twice=True)
    vault = Vault(secret_key(data_dir))
    with database(data_dir) as engine:
        size = _write_whole(file, back_up(engine, vault, passphrase, ACTOR))
    typer.echo(f"Wrote {file}, {size / 1024:.0f} KB")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `platewire backup` wrote.", exists=True, dir_okay=False)],
    replace: Annotated[bool, typer.Option("--replace", help="Also take away what the backup does not hold.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Restore after showing the difference.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before restoring.")] = False,
    passphrase_file: PassphraseFile = None,
    data_dir: DataDir = DATA,
) -> None:
    """Shows what a backup would change at this site; with --apply makes it so, whole or not at all."""
    passphrase = _passphrase(passphrase_file, twice=False)
    vault, screen = Vault(secret_key(data_dir)), Console()
    with database(data_dir) as engine, file.open("rb") as opened:
        source = Source(opened, passphrase, Mode.REPLACE if replace else Mode.MERGE)
        found = preview(engine, vault, source)
        _show(screen, found)
        if not apply or not _differs(found.plan):
            return
        if not yes and not typer.confirm("Restore it?"):
            raise typer.Exit(1)
        restore_backup(engine, vault, source, found.plan.digest, ACTOR)
    typer.echo("Restored")


def _passphrase(file: Path | None, *, twice: bool) -> str:
    if file:
        passphrase = file.read_text().strip("\r\n")
    elif VARIABLE in os.environ:
        passphrase = os.environ[VARIABLE]
    elif sys.stdin.isatty():
        passphrase = str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=twice))
    else:
        raise Invalid(f"Give the passphrase by --passphrase-file or {VARIABLE}", "passphrase")
    if twice:
        check_passphrase(passphrase)
    return passphrase


def _write_whole(file: Path, pieces: Iterator[bytes]) -> int:
    """Under its name the file appears only when it is complete; only its owner may read it."""
    if file.exists() and not _is_backup(file):
        raise Invalid(f"{file} is there already and no backup; it is not written over", "file")
    handle, temporary = tempfile.mkstemp(dir=file.resolve().parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as opened:
            for piece in pieces:
                opened.write(piece)
            opened.flush()
            os.fsync(opened.fileno())
            size = opened.tell()
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return size


def _is_backup(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(MAGIC)) == MAGIC


def _differs(plan: Plan) -> bool:
    entries = sum(count for name, count in plan.entries.items() if name in ("added", "changed", "removed"))
    return bool(plan.changes or entries or any(plan.removed.values()))


def _show(screen: Console, found: Preview) -> None:
    plan = found.plan
    maker = "this site" if found.own else f"another site ({found.seal.fingerprint})"
    screen.print(f"Backup of {plan.about.made_at:%Y-%m-%d %H:%M} UTC by {plan.about.made_by}, made by {maker}")
    table = Table("", "Added", "Changed", "Taken away", "The same")
    for kind in KINDS:
        changes = [change for change in plan.changes if change.kind is kind]
        added = [change.label for change in changes if change.fields is None]
        changed = [f"{change.label} ({', '.join(change.fields)})" for change in changes if change.fields]
        gone = sorted(plan.removed.get(kind.table, {}).values())
        cells = (_few(added), _few(changed), _few(gone), str(plan.same[kind.table]))
        table.add_row(kind.table.replace("_", " "), *cells)
    counts = plan.entries
    table.add_row("list entries", *(str(counts[name]) for name in ("added", "changed", "removed", "same")))
    screen.print(table)


def _few(names: list[str]) -> str:
    return "\n".join([*names[:5], *([f"and {len(names) - 5} more"] if len(names) > 5 else [])])
