"""What every integration folder must be, whoever writes it: walks all of them, names none."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

import services.integrations
from services.integrations.engine.discover import load, names

HOME = Path(services.integrations.__file__).parent
FILES = {"__init__.py", "settings.py", "message.py", "deliver.py", "README.md"}
HEADINGS = ["## What", "## Set up", "## Settings", "## Limits"]
DOES_IO = {"socket", "httpx", "httpcore", "requests", "urllib.request", "http.client", "sqlalchemy", "redis", "smtplib"}
SOUNDS_SECRET = re.compile(r"password|token|secret|passphrase|private", re.IGNORECASE)

each = pytest.mark.parametrize("name", names())


def settings_of(name: str) -> type[BaseModel]:
    model: type[BaseModel] = load(name).settings
    return model


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_there_are_integrations() -> None:
    assert len(names()) >= 2


@each
def test_a_folder_holds_these_files(name: str) -> None:
    present = {path.name for path in (HOME / name).iterdir()}

    assert present >= FILES


@each
def test_the_name_is_the_folders_and_fits_a_database_a_queue_and_a_url(name: str) -> None:
    assert load(name).name == name
    assert re.fullmatch(r"[a-z][a-z0-9_]{1,30}", name)
    assert load(name).title
    assert load(name).version
    assert load(name).lanes >= 1


@each
def test_every_setting_is_described_for_the_form(name: str) -> None:
    for field_name, field in settings_of(name).model_fields.items():
        assert field.title, f"{field_name} has no title"
        assert field.description, f"{field_name} has no description"


@each
def test_settings_are_frozen_and_know_their_fields(name: str) -> None:
    config = settings_of(name).model_config

    assert config.get("frozen") is True
    assert config.get("extra") == "forbid"


@each
def test_whatever_sounds_secret_is_a_secret_and_never_shown(name: str) -> None:
    model = settings_of(name)
    secrets = [n for n, field in model.model_fields.items() if SOUNDS_SECRET.search(n) and field.annotation is not bool]
    for secret in secrets:
        assert model.model_fields[secret].annotation is SecretStr, f"{secret} is no SecretStr"
        values: dict[str, Any] = {secret: SecretStr("s3cret-word")}
        shown = model.model_construct(**values)
        assert "s3cret-word" not in f"{shown!r}{shown}{shown.model_dump_json()}"
        assert model.model_json_schema()["properties"][secret]["format"] == "password"


@each
def test_the_readme_has_its_headings_and_every_setting(name: str) -> None:
    readme = (HOME / name / "README.md").read_text()

    assert re.findall(r"^## .*", readme, re.MULTILINE) == HEADINGS
    for setting in settings_of(name).model_fields:
        assert f"`{setting}`" in readme, f"{setting} is not in the README"


@each
def test_the_message_is_made_without_touching_the_outside(name: str) -> None:
    assert not imports(HOME / name / "message.py") & DOES_IO


@each
def test_a_folder_knows_no_other_folder_and_no_engine(name: str) -> None:
    for path in (HOME / name).rglob("*.py"):
        ours = {module for module in imports(path) if module.startswith("services.")}
        assert all(module.startswith(f"services.integrations.{name}") for module in ours), path


@each
def test_deliver_and_check_take_what_the_engine_gives(name: str) -> None:
    integration: Any = load(name)

    assert list(inspect.signature(integration.deliver).parameters) == ["delivery", "pictures", "settings"]
    assert list(inspect.signature(integration.check).parameters) == ["settings"]
    assert integration.deliver.__module__ == integration.check.__module__ == f"services.integrations.{name}.deliver"
