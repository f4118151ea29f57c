"""The examples of docs/rest-api.md run as they stand, one after the other, in a real shell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.api.gateway import Api
from tests.integration.api.openapi.served import served

GUIDE = Path(__file__).parents[4] / "docs/rest-api.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_guides_examples_work(api: Api, tmp_path: Path) -> None:
    said = {}
    with served(api.site.settings) as address:
        environment = os.environ | {"SITE": address, "KEY": api.key, "no_proxy": "*"}
        for example in re.findall(r"^```bash\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL):
            ran = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", example],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert ran.returncode == 0, (example, ran.stdout, ran.stderr)
            said[example] = ran.stdout
    assert len(said) >= 6
    assert (tmp_path / "openapi.json").stat().st_size > 100_000
    told = "".join(said.values())
    assert told.lower().count("idempotency-replayed: true") == 1
    assert "There is no list nobody" in told
