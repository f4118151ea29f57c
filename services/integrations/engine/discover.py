"""Finds the integrations by their folders, so that a new one needs no line anywhere else."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from dataclasses import dataclass
from typing import Any

from shared.errors import Missing, PlatewireError
from shared.integration import Integration

logger = logging.getLogger(__name__)

HOME = "services.integrations"
NOT_INTEGRATIONS = frozenset({"engine"})


class Misnamed(PlatewireError):
    """A folder does not hold what its name promises."""


@dataclass(frozen=True)
class Found:
    """A folder: either its integration, or the sentence that says why it cannot be used."""

    name: str
    integration: Integration[Any] | None
    broken: str = ""


def names(home: str = HOME) -> list[str]:
    """The folders' names, without importing them."""
    package = importlib.import_module(home)
    modules = pkgutil.iter_modules(package.__path__)
    return sorted(m.name for m in modules if m.ispkg and m.name not in NOT_INTEGRATIONS and m.name[0] != "_")


def discover(home: str = HOME) -> list[Found]:
    """Imports every folder; one that fails is reported as broken and the rest stay usable."""
    return [_try(name, home) for name in names(home)]


def load(name: str, home: str = HOME) -> Integration[Any]:
    """Imports one integration.

    Raises:
        Missing: there is no such folder.
        Misnamed: the folder has no `integration` of its own name.
    """
    if name not in names(home):
        raise Missing("integration", name)
    integration = getattr(importlib.import_module(f"{home}.{name}"), "integration", None)
    if not isinstance(integration, Integration) or integration.name != name:
        raise Misnamed(f"The folder {name} needs `integration = Integration(name={name!r}, …)` in its __init__.py")
    return integration


def _try(name: str, home: str) -> Found:
    try:
        return Found(name, load(name, home))
    # Importing runs foreign code: whatever it raises must not take the other integrations down.
    except Exception as error:
        logger.exception("integration cannot be used", extra={"integration": name})
        return Found(name, None, f"{type(error).__name__}: {error}")
