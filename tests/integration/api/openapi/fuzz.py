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

from services.api.destinations import check
from tests.integration.api.gateway import Api
from tests.integration.api.openapi.filled import fill
from tests.integration.api.openapi.served import answering, served

ROOT = Path(__file__).parents[4]
CONFIG = Path(__file__).with_name("schemathesis.toml")


def nothing_outside(_host: str, _port: int) -> list[str]:
    raise OSError("nothing outside is asked in tests")


@contextmanager
def tried(api: Api) -> Iterator[dict[str, str]]:
    """A site that is filled and served; yields the environment for schemathesis."""
    kept = fill(api)
    with (
        pytest.MonkeyPatch.context() as patched,
        served(api.site.settings) as address,
        answering(api.site.frames),
    ):
        patched.setattr("shared.addresses._resolve", nothing_outside)
        patched.setattr("services.api.destinations.endpoints.check", partial(check.check, patience=0.2))
        yield {"BASE_URL": address, "API_KEY": api.key} | kept


def command(document: str, *options: str) -> list[str]:
    schemathesis = str(Path(sys.executable).with_name("schemathesis"))
    return [schemathesis, "--config-file", str(CONFIG), "run", document, *options]


def manual(api: Api, options: list[str]) -> None:
    with tried(api) as env:
        import time; t=time.monotonic()
        import httpx
        Path("/tmp/oa_doc.json").write_text(httpx.get(env["BASE_URL"]+"/api/v1/openapi.json",headers={"X-API-Key":api.key}).text)
        subprocess.run(command("/tmp/oa_doc.json", *options), cwd=ROOT, env=os.environ | env | {"PYTHONPATH": str(ROOT)}, check=False)
        print("took", time.monotonic()-t)
