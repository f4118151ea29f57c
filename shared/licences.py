"""What installed Python packages say of their licence."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata

LONGEST_NAME = 100
"""Longer ones are the whole text of a licence."""


@dataclass(frozen=True)
class Licence:
    """In SPDX where the package tells it so, otherwise names; neither where it says nothing."""

    expression: str = ""
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.expression or ", ".join(self.names)


def licence_of(name: str) -> Licence:
    """Of a package by its name; says nothing of one that is not installed here."""
    try:
        return told_by(metadata(name))
    except PackageNotFoundError:
        return Licence()


def told_by(about: PackageMetadata) -> Licence:
    """Of a package by what it tells of itself."""
    told = about.json
    if expression := told.get("license_expression"):
        return Licence(expression=str(expression))
    classified = [one.rpartition(" :: ")[2] for one in told.get("classifier", ()) if one.startswith("License ::")]
    short = [one for one in [str(told.get("license", ""))] if one and len(one) < LONGEST_NAME]
    return Licence(names=tuple(classified or short))
