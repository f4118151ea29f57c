"""Session-wide servers; each test that asks for `site` gets its own database and emptied Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.testing import Site, TestServers


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServers]:
    started = TestServers(tmp_path_factory.mktemp("servers"))
    yield started
    started.stop()


@pytest.fixture
def site(servers: TestServers) -> Iterator[Site]:
    with servers.site() as fresh:
        yield fresh
