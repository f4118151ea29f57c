"""One demo scene for all tests of this folder, because drawing its vehicles takes seconds."""

from __future__ import annotations

import pytest

from services.capture.demo.scene import Scene


@pytest.fixture(scope="session")
def scene() -> Scene:
    return Scene()
