"""The yard of a fresh site."""

from __future__ import annotations

import pytest

from shared.testing import Site
from tests.integration.reactor.yard import Yard


@pytest.fixture
def yard(site: Site) -> Yard:
    return Yard(site)
