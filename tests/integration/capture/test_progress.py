from __future__ import annotations

import logging
from uuid import UUID

import pytest
from sqlalchemy import Engine

from services.capture.progress import Progress
from services.capture.roster import Roster
from shared.db import session, tables
from shared.db.session import transaction
from shared.errors import SourceError
from shared.process import Stop
from shared.testing import NOON, Site


@pytest.fixture
def camera(site: Site) -> UUID:
    with transaction(site.engine) as work:
        row = tables.Camera(name="clip", kind="file", source=b"sealed")
        work.add(row)
        work.flush()
        return row.id


@pytest.fixture
def away() -> Engine:
    return session.connect("postgresql+psycopg://nobody@127.0.0.1:9/none")


def test_a_restart_goes_on_with_the_same_run_and_times(site: Site, camera: UUID) -> None:
    before = Progress(site.engine, camera, 1, clock=lambda: NOON)
    run = before.begin()
    before.save(run, 7)
    again = Progress(site.engine, camera, 1).begin()
    assert (again.run, again.started_at, again.position, again.finished) == (run.run, NOON, 7, False)


def test_a_finished_run_stays_finished_until_the_revision_changes(site: Site, camera: UUID) -> None:
    first = Progress(site.engine, camera, 1)
    run = first.begin()
    first.finish(run, 60)
    assert Progress(site.engine, camera, 1).begin().finished
    changed = Progress(site.engine, camera, 2).begin()
    assert not changed.finished
    assert changed.position == 0
    assert changed.run != run.run


def test_a_new_run_begins_at_the_first_frame(site: Site, camera: UUID) -> None:
    progress = Progress(site.engine, camera, 1)
    run = progress.begin()
    progress.save(run, 9)
    fresh = progress.restart()
    assert fresh.run != run.run
    assert Progress(site.engine, camera, 1).begin() == fresh


def test_the_position_is_written_about_once_a_second(site: Site, camera: UUID) -> None:
    progress = Progress(site.engine, camera, 1)
    run = progress.begin()
    for position in range(1, 50):
        progress.save(run, position)
    assert Progress(site.engine, camera, 1).begin().position == 1


def test_a_camera_that_was_removed_has_no_progress(site: Site, camera: UUID) -> None:
    progress = Progress(site.engine, camera, 1)
    run = progress.begin()
    with transaction(site.engine) as work:
        work.delete(work.get_one(tables.Camera, camera))
    with pytest.raises(SourceError, match="removed"):
        progress.save(run, 1)


def test_without_the_database_a_file_does_not_begin_but_goes_on(
    site: Site, camera: UUID, away: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    run = Progress(site.engine, camera, 1).begin()
    progress = Progress(away, camera, 1)
    with pytest.raises(SourceError, match="database does not answer"):
        progress.begin()
    with pytest.raises(SourceError, match="database does not answer"):
        progress.finish(run, 1)
    progress.save(run, 1)
    assert "progress is not saved" in caplog.text


def test_the_last_answer_holds_while_the_database_is_away(
    site: Site, camera: UUID, away: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    roster = Roster(site.engine, Stop())
    roster.look()
    assert roster.cameras is not None
    assert set(roster.cameras) == {camera}
    roster._engine = away
    roster.look()
    roster.look()
    assert set(roster.cameras) == {camera}
    assert caplog.text.count("database is away") == 1
    roster._engine = site.engine
    roster.look()
    assert "database is back" in caplog.text
