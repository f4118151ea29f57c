"""The bill of materials: valid, and nothing of a site lacks in it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from requirements import audit, sbom


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    # Checked against the schema of CycloneDX while it is made.
    return sbom.document()


def test_it_holds_every_locked_package(made: dict[str, Any]) -> None:
    (pinned,) = audit.pins((sbom.ROOT / "requirements/all.lock").read_text())
    listed = {one["name"]: one["version"] for one in made["components"] if one["type"] == "library"}
    assert len(pinned) > 50
    assert pinned.items() <= listed.items()
    assert all(one["externalReferences"][0]["hashes"] for one in made["components"] if one["type"] == "library")


def test_it_tells_the_licence_of_what_is_installed(made: dict[str, Any]) -> None:
    told = {one["name"]: one["licenses"] for one in made["components"]}
    assert told["sqlalchemy"] == [{"expression": "MIT"}]
    without = [name for name, licences in told.items() if not licences]
    # Pinned for other systems and versions of Python, so not installed everywhere.
    assert set(without) <= {"async-timeout", "colorama"}


def test_the_weights_are_components_with_licence_and_hash(made: dict[str, Any]) -> None:
    models = {one["name"]: one for one in made["components"] if one["type"] == "machine-learning-model"}
    files = sorted((sbom.ROOT / "models").glob("*.onnx"))
    assert [file.name for file in files] == sorted(models)
    for file in files:
        assert models[file.name]["hashes"][0]["content"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert models[file.name]["licenses"] == [{"license": {"id": "Apache-2.0"}}]


def test_what_is_not_valid_is_not_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sbom, "weights", lambda file: {"type": "no such type", "name": file.name})
    with pytest.raises(ValueError, match="no valid CycloneDX"):
        sbom.main(tmp_path / "out.json")
    assert list(tmp_path.iterdir()) == []
