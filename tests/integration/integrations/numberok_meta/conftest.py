"""A Meta server beside a site whose ledger can be filled."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest

from tests.simulators.meta_server import MetaServer


@pytest.fixture
def server() -> Iterator[MetaServer]:
    with MetaServer() as running:
        yield running


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    # The package's name `keep` is the function.
    keep = import_module("services.integrations.numberok_meta.keep")
    monkeypatch.setattr(keep, "LOOK", 0.05)
    monkeypatch.setattr(keep, "SHORTEST", 0.1)
