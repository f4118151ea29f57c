"""One file per kind of source, found by its name; each opens its source and yields pictures."""

from __future__ import annotations

from importlib import import_module

from services.capture.sources.contracts import OpenSource


def opener_of(kind: str) -> OpenSource:
    """The function that opens sources of this kind; only its own libraries are imported."""
    opener: OpenSource = import_module(f"{__name__}.{kind}").open_source
    return opener
