"""`python -m requirements.sbom FILE`: writes what a site consists of as CycloneDX; `make sbom` runs it.

Packages come from the locks with their hashes, their licences from what is installed, weights from `models/`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import models
from shared.licences import licence_of

ROOT = Path(__file__).parents[1]
LOCKS = ("all.lock", "models.lock")
VERSION = SchemaVersion.V1_6
Component = dict[str, Any]


def document() -> dict[str, Any]:
    """The bill of materials. Raises ValueError when it would not be valid CycloneDX."""
    pinned = "".join((ROOT / "requirements" / lock).read_text() for lock in LOCKS)
    asked = ["requirements", "--output-reproducible", "--sv", VERSION.to_version(), "--of", "JSON"]
    command = [sys.executable, "-m", "cyclonedx_py", *asked, "--pyproject", str(ROOT / "pyproject.toml"), "-"]
    made = subprocess.run(command, input=pinned, capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(made)
    for component in found["components"]:
        component["licenses"] = licences(component["name"])
    found["components"] += [weights(one) for one in models.all_weights()]
    if wrong := JsonStrictValidator(VERSION).validate_str(json.dumps(found)):
        raise ValueError(f"This is no valid CycloneDX: {wrong}")
    return found


def licences(name: str) -> list[Component]:
    """What a package says of its licence, in SPDX where it does; empty when it is not installed here."""
    told = licence_of(name)
    if told.expression:
        return [{"expression": told.expression}]
    return [{"license": {"name": one}} for one in told.names]


def weights(found: models.Weights) -> Component:
    """A network with its hash, and the licence that its card tells."""
    return {
        "type": "machine-learning-model",
        "bom-ref": f"models/{found.name}",
        "name": found.name,
        "version": found.version,
        "hashes": [{"alg": "SHA-256", "content": found.sha256}],
        "licenses": [{"license": {"id": found.licence}}],
    }


def main(out: Path) -> None:
    made = document()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(made, indent=1) + "\n")
    print(f"{out}: {len(made['components'])} components")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
