"""`platewire user`: people who sign in to the pages."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from console.site import DATA, DataDir, database, secret_key
from shared.audit import record
from shared.credentials import Role, create_user, keep_an_admin
from shared.db.session import transaction
from shared.db.tables import LoginSession, User
from shared.device_accounts import mark_device, unmark_device
from shared.errors import Conflict, Missing
from shared.passwords import hash_password
from shared.secrets import Vault

ACTOR = "console"
app = typer.Typer(no_args_is_help=True, help="People who sign in to the pages.")

Name = Annotated[str, typer.Argument(help="The name they sign in with.")]
RoleOption = Annotated[Role, typer.Option("--role", help="viewer looks, operator works with lists, admin does all.")]

OffOption = Annotated[bool, typer.Option("--off", help="Take the mark away.")]


@app.command()
def create(name: Name, role: RoleOption = Role.VIEWER, data_dir: DataDir = DATA) -> None:
    """Makes a user; the password is asked for, or read from standard input."""
    password = _ask_password()
    with database(data_dir) as engine, transaction(engine) as session:
        create_user(session, name, role, password)
        record(session, ACTOR, "user.add", name, {"role": role})
    typer.echo(f"Made {role} {name}")


@app.command("list")
def list_users(data_dir: DataDir = DATA) -> None:
    """Shows who may sign in."""
    table = Table("Name", "Role", "Second factor", "May sign in")
    with database(data_dir) as engine, transaction(engine) as session:
        for user in session.scalars(select(User).order_by(User.name)):
            second = "on" if user.totp_confirmed_at else "off"
            table.add_row(user.name, user.role, second, "yes" if user.enabled else "no")
    Console().print(table)


@app.command()
def password(name: Name, data_dir: DataDir = DATA) -> None:
    """Sets a new password, unlocks the account and signs it out everywhere."""
    chosen = hash_password(_ask_password(), name)
    with database(data_dir) as engine, transaction(engine) as session:
        user = _find(session, name)
        if user.oidc_subject:
            raise Conflict(f"{name} signs in at the provider and has no password here")
        user.password_hash, user.failed_logins, user.locked_until = chosen, 0, None
        _sign_out(session, user)
        record(session, ACTOR, "user.password", name)
    typer.echo(f"Set a new password for {name}")


@app.command()
def disable(name: Name, data_dir: DataDir = DATA) -> None:
    """Stops a user from signing in and ends what is open."""
    with database(data_dir) as engine, transaction(engine) as session:
        user = _find(session, name)
        keep_an_admin(session, user)
        user.enabled = False
        _sign_out(session, user)
        record(session, ACTOR, "user.change", name, {"enabled": False})
    typer.echo(f"{name} can no longer sign in")


@app.command()
def enable(name: Name, data_dir: DataDir = DATA) -> None:
    """Lets a user sign in again, also one who is locked after too many tries."""
    with database(data_dir) as engine, transaction(engine) as session:
        user = _find(session, name)
        user.enabled, user.failed_logins, user.locked_until = True, 0, None
        record(session, ACTOR, "user.change", name, {"enabled": True})
    typer.echo(f"{name} can sign in")


@app.command("no-second-factor")
def no_second_factor(name: Name, data_dir: DataDir = DATA) -> None:
    """Takes a user's second factor away, as for a lost phone, and signs the user out everywhere."""
    with database(data_dir) as engine, transaction(engine) as session:
        user = _find(session, name)
        user.totp_secret = user.totp_confirmed_at = None
        user.recovery_codes = []
        _sign_out(session, user)
        record(session, ACTOR, "user.second_factor", name, {"on": False})
    typer.echo(f"{name} signs in with the password alone")


@app.command()
def device(name: Name, off: OffOption = False, data_dir: DataDir = DATA) -> None:
    """Marks a user as a device, which may sign in to the WebAPI by HTTP Digest; asks for the user's password."""
    typed = "" if off else _ask_password()
    with database(data_dir) as engine, transaction(engine) as session:
        user = _find(session, name)
        if off:
            unmark_device(session, user.id)
        else:
            mark_device(session, Vault(secret_key(data_dir)), user, typed)
        record(session, ACTOR, "user.device", name, {"on": not off})
    typer.echo(f"{name} is {'no device any more' if off else 'a device until its password changes'}")


def _find(session: Session, name: str) -> User:
    if user := session.scalar(select(User).where(User.name == name)):
        return user
    raise Missing("user", name)


def _sign_out(session: Session, user: User) -> None:
    session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
