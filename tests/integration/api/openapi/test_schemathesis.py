"""Schemathesis asks the served API whatever its OpenAPI document allows and forbids, with every check on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from services.api.destinations.check import check
from tests.integration.api.gateway import Api
from tests.integration.api.openapi.filled import fill
from tests.integration.api.openapi.served import answering, served

ROOT = Path(__file__).parents[4]
CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = int(os.environ.get("PLATEWIRE_TEST_EXAMPLES", "0"))
"""So many for each operation and phase; 0 leaves it at what schemathesis.toml says, which fits into a short run."""
PATIENCE = 300 + 10 * EXAMPLES
LEAST_TRIED = 3000


def nothing_outside(_host: str, _port: int) -> list[str]:
    """The fuzz makes up hosts, and nobody out there shall hear of it."""
    raise OSError("nothing outside is asked in tests")


@contextmanager
def ready(api: Api) -> Iterator[dict[str, str]]:
    """A site that is filled and served; yields what the run needs to know in its environment."""
    with pytest.MonkeyPatch.context() as patched:
        # How slow hashing is, is no matter here, and it is done hundreds of times.
        quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        patched.setattr("shared.passwords._hasher", quick)
        patched.setattr("shared.passwords._NOBODY", quick.hash("nobody"))
        patched.setattr("shared.addresses._resolve", nothing_outside)
        patched.setenv("PLATEWIRE_ONVIF_INTERFACES", "lo")
        patched.setattr("services.api.destinations.endpoints.check", partial(check, patience=0.01))
        # The run comes faster than people do, and would hear of nothing else.
        patched.setattr("services.api.sign_in.rate.count", lambda *_: [])
        kept = fill(api)
        with served(api.site.settings) as address, answering(api.site.frames):
            yield {"BASE_URL": address, "API_KEY": api.key, **kept}


# A process of its own, so that its plugin and our rules for warnings do not meet.
@pytest.mark.slow
@pytest.mark.timeout(PATIENCE + 60)
def test_every_operation_does_what_the_document_says(api: Api, tmp_path: Path) -> None:
    document, report = tmp_path / "openapi.json", tmp_path / "report.json"
    document.write_text(api.client.get("/api/v1/openapi.json").text)
    schemathesis = str(Path(sys.executable).with_name("schemathesis"))
    command = [schemathesis, "--config-file", str(CONFIG), "run", str(document), "--no-color"]
    command += ["--max-examples", str(EXAMPLES)] if EXAMPLES else []
    with ready(api) as known:
        environment = os.environ | known | {"PYTHONPATH": str(ROOT)}
        ran = subprocess.run(
            [*command, "--report-json-path", str(report)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-5000:]
    found = json.loads(report.read_text())
    # What is left out says so: schemathesis.toml names the one stream, and test_conformance.py looks at it.
    assert found["operations"]["selected"] == found["operations"]["tested"] == found["operations"]["total"] - 1
    assert {phase["status"] for phase in found["phases"].values()} == {"success"}
    assert found["test_cases"]["generated"] > LEAST_TRIED
