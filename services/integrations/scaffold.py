"""`make new-integration NAME=x`: a new folder with tests that pass, made of the template."""

from __future__ import annotations

import re
import sys
from pathlib import Path

TEMPLATE, TITLE = "_template", "Template title"
PLACES = (
    "services/integrations/{name}",
    "tests/unit/integrations/{name}",
    "tests/integration/integrations/test_{name}_deliver.py",
)


def make(root: Path, name: str) -> list[Path]:
    """Copies the template and its tests; returns the files. Raises ValueError for a name that cannot be or is taken."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", name):
        raise ValueError("a name has small letters, digits and _, such as door_chime")
    targets = [root / place.format(name=name) for place in PLACES]
    if taken := [target for target in targets if target.exists()]:
        raise ValueError(f"{taken[0].relative_to(root)} is there already")
    return [file for place, target in zip(PLACES, targets, strict=True) for file in _copy(root, place, target, name)]


def _copy(root: Path, place: str, target: Path, name: str) -> list[Path]:
    source = root / place.format(name=TEMPLATE)
    files = [source] if source.is_file() else sorted(p for p in source.iterdir() if p.suffix in (".py", ".md"))
    made = []
    for file in files:
        copy = target if source.is_file() else target / file.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        title = name.replace("_", " ").capitalize()
        copy.write_text(file.read_text().replace(TEMPLATE, name).replace(TITLE, title))
        made.append(copy)
    return made


if __name__ == "__main__":
    here = Path.cwd()
    try:
        made_files = make(here, sys.argv[1] if len(sys.argv) > 1 else "")
    except ValueError as error:
        sys.exit(f"✗ {error}")
    sys.stdout.write("\n".join(str(file.relative_to(here)) for file in made_files) + "\n")
