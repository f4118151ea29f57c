"""`platewire migrate`: brings the database to this version and makes the first admin."""

from __future__ import annotations

import os
import secrets

from rich.console import Console
from sqlalchemy import Engine, select

from console.site import DATA, DataDir, database
from shared.credentials import Role, create_user
from shared.db import migrate as migrations
from shared.db.session import transaction
from shared.db.tables import User

FIRST_ADMIN = "admin"


def migrate(data_dir: DataDir = DATA) -> None:
    """Brings the database to this version; on a new site also makes the user `admin` and prints its password once."""
    with database(data_dir) as engine:
        prepare(engine)


def prepare(engine: Engine) -> None:
    """Migrates and sees to it that somebody can sign in."""
    migrations.migrate(engine)
    given = os.environ.get("PLATEWIRE_ADMIN_PASSWORD")
    password = given or secrets.token_urlsafe(12)
    with transaction(engine) as session:
        if session.scalar(select(User.id).limit(1)):
            return
        create_user(session, FIRST_ADMIN, Role.ADMIN, password)
    if given:
        Console().print(f"First user: [bold]{FIRST_ADMIN}[/] with the password in PLATEWIRE_ADMIN_PASSWORD")
    else:
        Console().print(f"First user: [bold]{FIRST_ADMIN}[/], password [bold]{password}[/] (shown only now)")
