"""Session-wide servers; each test that asks for `site` gets its own database and emptied Redis."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.testing import Site, TestServers

# Simulators and receivers run beside the tests; no site ever sets this.
os.environ["PLATEWIRE_ALLOW_LOOPBACK"] = "1"


@pytest.fixture(scope="session")
def servers() -> Iterator[TestServers]:
    # Not in pytest's folder: as root, PostgreSQL is another user, and pytest closes its folder at each start.
    with tempfile.TemporaryDirectory(prefix="platewire-tests-", ignore_cleanup_errors=True) as folder:
        started = TestServers(Path(folder))
        yield started
        started.stop()


@pytest.fixture
def site(servers: TestServers) -> Iterator[Site]:
    with servers.site() as fresh:
        yield fresh
