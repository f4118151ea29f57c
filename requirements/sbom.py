"""`python -m requirements.sbom FILE`: writes what a site consists of as CycloneDX; `make sbom` runs it.

Packages come from the locks with their hashes, their licences from what is installed, weights from `models/`.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

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
    found["components"] += [weights(file) for file in sorted((ROOT / "models").glob("*.onnx"))]
    if wrong := JsonStrictValidator(VERSION).validate_str(json.dumps(found)):
        raise ValueError(f"This is no valid CycloneDX: {wrong}")
    return found


def licences(name: str) -> list[Component]:
    """What a package says of its licence, in SPDX where it does; empty when it is not installed here."""
    try:
        told = metadata(name).json
    except PackageNotFoundError:
        return []
    if expression := told.get("license_expression"):
        return [{"expression": expression}]
    classified = [one.rpartition(" :: ")[2] for one in told.get("classifier", ()) if one.startswith("License ::")]
    short = [one for one in [str(told.get("license", ""))] if one and len(one) < 100]
    return [{"license": {"name": one}} for one in classified or short]


def weights(file: Path) -> Component:
    """A network with its hash, and the licence that its card tells."""
    card = file.with_suffix(".md").read_text()
    licence = re.search(r"^\| licence \| ([\w.-]+)", card, re.MULTILINE)
    if licence is None:
        raise ValueError(f"The card of {file.name} tells no licence")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return {
        "type": "machine-learning-model",
        "bom-ref": f"models/{file.name}",
        "name": file.name,
        "version": digest[:16],
        "hashes": [{"alg": "SHA-256", "content": digest}],
        "licenses": [{"license": {"id": licence[1]}}],
    }


def main(out: Path) -> None:
    made = document()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(made, indent=1) + "\n")
    print(f"{out}: {len(made['components'])} components")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
