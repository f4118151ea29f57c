"""One file per form of push, found by its name; each makes a Said of an Arrived and touches nothing outside."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from services.api.ingest.said import Form
from shared.errors import Missing

NAMES = tuple(sorted(module.name for module in iter_modules(__path__)))


def form_of(name: str) -> Form:
    """The form of this name. Raises Missing unless it is one of NAMES."""
    if name not in NAMES:
        raise Missing("form of push", name)
    form: Form = import_module(f"{__name__}.{name}").parse
    return form
