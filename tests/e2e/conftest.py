"""One running site for all end-to-end tests, with two receivers of deliveries beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.receivers import Receivers, receivers
from tests.e2e.running_site import RunningSite, running_site


@pytest.fixture(scope="session")
def running() -> Iterator[RunningSite]:
    # Not in pytest's folder: as root, PostgreSQL is another user, and pytest closes its folder at each start.
    with (
        tempfile.TemporaryDirectory(prefix="platewire-site-", ignore_cleanup_errors=True) as folder,
        running_site(Path(folder), "--recognizers", "2") as started,
    ):
        yield started


@pytest.fixture(scope="session")
def told(running: RunningSite) -> Iterator[Receivers]:
    """A JSON receiver that hears of every vehicle and an NVR that hears of those on the white list."""
    with receivers(running) as both:
        yield both


@pytest.fixture(scope="session")
def clips() -> Path:
    """The folder of real clips; what needs it says so when it is not there."""
    folder = Path(__file__).parents[3] / "shared/data/eval/clips"
    if not (folder / "labels.jsonl").is_file():
        pytest.skip("the folder of real clips (../shared/data/eval/clips) is not beside this checkout")
    return folder
