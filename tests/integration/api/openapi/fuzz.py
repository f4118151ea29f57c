"""Runs schemathesis against a site: a process of its own, so that pytest's rules for warnings stay ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from services.api.destinations import check
from shared.credentials import Role, create_api_key, create_user
from shared.db.session import transaction
from shared.db.tables import ApiKey, IntegrationKind
from shared.testing import Site
from tests.integration.api.gateway import PASSWORD, SCHEMA
from tests.integration.api.openapi.served import answering, served

ROOT = Path(__file__).parents[4]
CONFIG = Path(__file__).with_name("schemathesis.toml")


def nothing_outside(_host: str, _port: int) -> list[str]:
    raise OSError("nothing outside is asked in tests")


@contextmanager
def tried(site: Site) -> Iterator[dict[str, str]]:
    """A site that is filled and served; yields the environment for schemathesis."""
    with transaction(site.engine) as session:
        create_user(session, "admin", Role.ADMIN, PASSWORD)
        key = create_api_key(session, "fuzz", ["*"])
        key_id = session.scalars(select(ApiKey.id)).one()
        session.add(IntegrationKind(name="json_http", title="JSON", version="1", settings_schema=SCHEMA))
    with pytest.MonkeyPatch.context() as patched, served(site.settings) as address, answering(site.frames):
        patched.setattr("shared.addresses._resolve", nothing_outside)
        patched.setattr("services.api.destinations.endpoints.check", partial(check.check, patience=0.2))
        yield {"BASE_URL": address, "API_KEY": key, "KEY_ID": str(key_id)}


def command(environment: dict[str, str], *options: str) -> list[str]:
    document = environment["BASE_URL"] + "/api/v1/openapi.json"
    schemathesis = str(Path(sys.executable).with_name("schemathesis"))
    header = f"Authorization: Bearer {environment['API_KEY']}"
    return [schemathesis, "--config-file", str(CONFIG), "run", document, "--header", header, *options]
def manual(site: Site, options: list[str]) -> None:
    with tried(site) as env:
        import time; t=time.monotonic()
        subprocess.run(command(env, *options), cwd=ROOT, env=os.environ | env | {"PYTHONPATH": str(ROOT)}, check=False)
        print("took", time.monotonic()-t)
