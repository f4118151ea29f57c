"""The real compose file, built and started; only where Docker is and somebody asked for it (`make test-compose`)."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.site_client import SiteClient, wait_for

ROOT = Path(__file__).parents[2]
CLIPS = ROOT.parent / "shared/data/eval/clips"
FILES = ("-f", "docker-compose.yml", "-f", "tests/compose/docker-compose.test.yml")


@dataclass
class ComposeSite(SiteClient):
    """A site in containers of a project of its own."""

    environment: dict[str, str]
    log: Path

    def compose(self, *words: str) -> str:
        return compose(self.environment, *words)

    def requests(self) -> list[dict[str, Any]]:
        """What the receiver was sent so far."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines]

    def up(self, *options: str) -> None:
        """Starts what is missing and waits until all is healthy."""
        self.compose("up", "-d", "--wait", "--wait-timeout", "300", *options)


def compose(environment: dict[str, str], *words: str) -> str:
    command = ["docker", "compose", "-p", "platewire-test", *FILES, *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="session")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeSite]:
    if os.environ.get("PLATEWIRE_TEST_COMPOSE") != "1":
        pytest.skip("containers are tested by `make test-compose` only, which needs Docker")
    if not CLIPS.is_dir():
        pytest.skip("the folder of real clips (../shared/data/eval/clips) is not beside this checkout")
    log = tmp_path_factory.mktemp("log")
    log.chmod(0o777)
    environment = {**os.environ, "RECEIVER_LOG": str(log), "PLATEWIRE_CAMERA_FILES": str(CLIPS)}
    try:
        compose(environment, "build")
        compose(environment, "up", "-d", "--wait", "--wait-timeout", "300")
        made = compose(
            environment, "exec", "-T", "api", "platewire", "apikey", "create", "--name", "test", "--scope", "*"
        )
        headers = {"Authorization": f"Bearer {made.split()[-1]}"}
        with httpx.Client(base_url="http://127.0.0.1:8080", headers=headers, timeout=30) as api:
            site = ComposeSite(api, environment, log / "requests.jsonl")
            wait_for(lambda: len(site.get("/integrations")["integrations"]) >= 2, 60, "no integration reports")
            settings = {"url": "http://receiver:9000/"}
            body = {"name": "receiver", "kind": "json_http", "settings": settings}
            made_destination = site.post("/destinations", body)
            site.post("/reactions", {"name": "all", "settings": {}, "destination_id": made_destination["id"]})
            yield site
    finally:
        compose(environment, "down", "--volumes", "--timeout", "20")
