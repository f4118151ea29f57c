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
from shared.credentials import Role, create_user, hash_password
from shared.db.session import transaction
from shared.db.tables import LoginSession, User
from shared.device_accounts import mark_device, unmark_device
from shared.errors import Invalid, Missing
from shared.secrets import Vault

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
    typer.echo(f"Made {role} {name}")


@app.command("list")
def list_users(data_dir: DataDir = DATA) -> None:
    """Shows who may sign in."""
    table = Table("Name", "Role", "May sign in")
    with database(data_dir) as engine, transaction(engine) as session:
        for user in session.scalars(select(User).order_by(User.name)):
            table.add_row(user.name, user.role, "yes" if user.enabled else "no")
    Console().print(table)


@app.command()
def password(name: Name, data_dir: DataDir = DATA) -> None:
    """Sets a new password, unlocks the account and signs it out everywhere."""
    chosen = hash_password(_ask_password())
    with database(data_dir) as engine, transaction(engine) as session:
        user = _find(session, name)
        user.password_hash, user.failed_logins, user.locked_until = chosen, 0, None
        session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
    typer.echo(f"Set a new password for {name}")


@app.command()
def disable(name: Name, data_dir: DataDir = DATA) -> None:
    """Stops a user from signing in and ends what is open."""
    with database(data_dir) as engine, transaction(engine) as session:
        user = _find(session, name)
        if user.role == Role.ADMIN and _admins(session) == 1:
            raise Invalid(f"{name} is the last admin; make another one first", "name")
        user.enabled = False
        session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
    typer.echo(f"{name} can no longer sign in")


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
    typer.echo(f"{name} is {'no device any more' if off else 'a device until its password changes'}")


def _find(session: Session, name: str) -> User:
    if user := session.scalar(select(User).where(User.name == name)):
        return user
    raise Missing("user", name)


def _admins(session: Session) -> int:
    query = select(User.id).where(User.role == Role.ADMIN.value, User.enabled)
    return len(session.scalars(query).all())


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
