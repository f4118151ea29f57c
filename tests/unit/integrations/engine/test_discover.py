"""Integrations are found by their folders, and one that is broken takes no other down."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.integrations.engine.discover import discover, load, names
from shared.errors import Missing

GOOD = """
from shared.integration import Integration, Receipt
from pydantic import BaseModel
class Settings(BaseModel): pass
integration = Integration("{name}", "T", "1", Settings, lambda d, p, s: Receipt(), lambda s: Receipt())
"""
HOME = "some_integrations"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = tmp_path / HOME
    home.mkdir()
    (home / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield home
    for name in [name for name in sys.modules if name.split(".")[0] == HOME]:
        del sys.modules[name]


def add(folder: Path, name: str, text: str) -> None:
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text(text)


def test_a_new_folder_is_found_without_any_other_change(folder: Path) -> None:
    add(folder, "alpha", GOOD.format(name="alpha"))
    add(folder, "engine", "")
    add(folder, "_template", "")

    assert names(HOME) == ["alpha"]
    assert load("alpha", HOME).title == "T"


def test_a_folder_that_cannot_be_imported_is_broken_and_the_rest_run(folder: Path) -> None:
    add(folder, "alpha", GOOD.format(name="alpha"))
    add(folder, "lacking", "import a_library_that_nobody_installed")
    add(folder, "misnamed", GOOD.format(name="other"))
    add(folder, "typo", "def (:")

    found = {one.name: one for one in discover(HOME)}

    assert found["alpha"].integration is not None
    assert "a_library_that_nobody_installed" in found["lacking"].broken
    assert "integration = Integration(name='misnamed'" in found["misnamed"].broken
    assert found["typo"].broken.startswith("SyntaxError")


def test_an_unknown_name_is_missing(folder: Path) -> None:
    with pytest.raises(Missing):
        load("nothing", HOME)


def test_the_shipped_integrations_are_usable() -> None:
    assert {("json_http", ""), ("nvr_text", "")} <= {(one.name, one.broken) for one in discover()}
