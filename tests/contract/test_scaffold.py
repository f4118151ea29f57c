"""A new integration, as `make new-integration` makes it, works before anybody has changed a line of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import services
from services.integrations.scaffold import make

ROOT = Path(services.__file__).parents[1]


@pytest.fixture(name="copy")
def _copy(tmp_path: Path) -> Path:
    for name in ("models", "services", "shared", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.onnx"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_its_tests_and_the_contract_pass(copy: Path) -> None:
    made = make(copy, "door_chime")
    tests = [str(file) for file in made if file.name.startswith("test_")]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    contract = ["tests/contract/test_integrations.py", "-k", "door_chime or other_folder"]
    for words in (command, [*command[:6], *contract]):
        done = subprocess.run(words, cwd=copy, capture_output=True, text=True, timeout=110, check=False)
        assert done.returncode == 0, done.stdout
        assert " passed" in done.stdout


@pytest.mark.parametrize("name", ["", "Chime", "a", "1st", "door-chime", "../x", "json_http"])
def test_a_name_that_cannot_be_or_is_taken_makes_nothing(copy: Path, name: str) -> None:
    before = sorted(copy.rglob("*"))
    with pytest.raises(ValueError, match=r"a name has|is there already"):
        make(copy, name)
    assert sorted(copy.rglob("*")) == before
