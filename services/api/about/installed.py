"""Looks at what is installed; it stays the same as long as the process runs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution, distributions

import models
from services.api.about.schemas import About, ModelOut, PackageOut
from shared.licences import told_by

OURS = "platewire"


@cache
def about() -> About:
    """All of it."""
    ours = distribution(OURS)
    return About(
        version=ours.version,
        licence=str(told_by(ours.metadata)),
        models=[
            ModelOut(
                name=one.name,
                words=one.words,
                version=one.version,
                licence=one.licence,
                sha256=one.sha256,
                bytes=one.size,
            )
            for one in models.all_weights()
        ],
        packages=sorted(_packages(), key=lambda one: one.name.lower()),
    )


def _packages() -> Iterator[PackageOut]:
    # The first of a name is the one that is imported.
    seen = {OURS}
    for one in distributions():
        name = one.metadata["Name"]
        if name and name.lower() not in seen:
            seen.add(name.lower())
            yield PackageOut(name=name, version=one.version, licence=str(told_by(one.metadata)))
