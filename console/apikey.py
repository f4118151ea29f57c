"""`platewire apikey`: credentials for machines."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from console.site import DATA, DataDir, database, secret_key
from shared.audit import record
from shared.clock import now
from shared.credentials import KeyLimits, create_api_key, parse_scopes, token_hash
from shared.db.session import transaction
from shared.db.tables import ApiKey, Camera
from shared.errors import Missing
from shared.push_passwords import may_have_one, push_passwords

ACTOR = "console"
app = typer.Typer(no_args_is_help=True, help="API keys: credentials for machines.")

Name = Annotated[str, typer.Option("--name", help="What the key is for, for example 'parking-app'.")]


@app.command()
def create(
    name: Name,
    scope: Annotated[list[str], typer.Option("--scope", help="What it may do, e.g. events:read; '*' = everything.")],
    days: Annotated[int | None, typer.Option("--days", min=1, help="Ends by itself after so many days.")] = None,
    camera: Annotated[
        list[str] | None, typer.Option("--camera", help="Name of a camera that it is limited to.")
    ] = None,
    network: Annotated[list[str] | None, typer.Option("--from", help="Network it may come from: 10.0.3.0/24.")] = None,
    data_dir: DataDir = DATA,
) -> None:
    """Makes a key. It is the last word printed, and it is shown only now."""
    expires = now() + timedelta(days=days) if days else None
    with database(data_dir) as engine, transaction(engine) as session:
        cameras = [_camera(session, one) for one in camera] if camera else None
        key = create_api_key(session, name, scope, expires, KeyLimits(cameras, network or ()), ACTOR)
        record(session, ACTOR, "api_key.make", name, {"scopes": scope, "cameras": camera, "addresses": network})
    if may_have_one(name, parse_scopes(scope)):
        password = push_passwords(secret_key(data_dir), token_hash(key))[0]
        typer.echo(f"For devices that push by HTTP Digest alone: user {name}, password {password}")
    typer.echo(f"API key {name}: {key}")


@app.command("list")
def list_keys(data_dir: DataDir = DATA) -> None:
    """Shows the keys' names, scopes and last use."""
    table = Table("Name", "Scopes", "Last used", "Ends")
    with database(data_dir) as engine, transaction(engine) as session:
        for key in session.scalars(select(ApiKey).order_by(ApiKey.name)):
            used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
            ends = f"{key.expires_at:%Y-%m-%d}" if key.expires_at else "never"
            table.add_row(key.name, " ".join(key.scopes), used, ends)
    Console().print(table)


@app.command()
def revoke(name: Name, data_dir: DataDir = DATA) -> None:
    """Takes a key back at once."""
    with database(data_dir) as engine, transaction(engine) as session:
        if not session.scalar(delete(ApiKey).where(ApiKey.name == name).returning(ApiKey.id)):
            raise Missing("API key", name)
        record(session, ACTOR, "api_key.delete", name)
    typer.echo(f"Revoked {name}")


def _camera(session: Session, name: str) -> UUID:
    if found := session.scalar(select(Camera.id).where(Camera.name == name)):
        return found
    raise Missing("camera", name)
