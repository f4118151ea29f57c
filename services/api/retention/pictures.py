"""Deletes pictures of old events, and files that no event knows of."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Engine, or_, select
from sqlalchemy.orm import Session, load_only

from services.api.retention.rows import BATCH, held
from shared.db.session import transaction
from shared.db.tables import EventRow
from shared.errors import Missing
from shared.media import MediaStore

LONGEST_PASSAGE = timedelta(days=7)
"""A picture lies under the day on which it was taken, and its event under the one on which the vehicle came."""
SETTLED, SWEPT = timedelta(days=2), timedelta(days=5)
"""Files are swept when their day is over for so long, and then again for some nights."""
_PICTURES = or_(EventRow.frame_key != "", EventRow.crop_key != "")


def delete_pictures(engine: Engine, media: MediaStore, wanted: ColumnElement[bool]) -> Iterator[int]:
    """Deletes the pictures of events that match and are not held; yields how many files."""
    behind = datetime.min.replace(tzinfo=UTC)
    keys = load_only(EventRow.frame_key, EventRow.crop_key, EventRow.captured_at)
    while True:
        with transaction(engine) as session:
            # Those before are done: it would cost more each time to pass over them again.
            found = select(EventRow).where(wanted, _PICTURES, ~held(EventRow.event_id), EventRow.captured_at >= behind)
            query = found.options(keys).order_by(EventRow.captured_at).limit(BATCH).with_for_update(skip_locked=True)
            rows, files = session.scalars(query).all(), 0
            for row in rows:
                for key in filter(None, (row.frame_key, row.crop_key)):
                    with contextlib.suppress(Missing):
                        media.discard(key)
                    files += 1
                row.frame_key = row.crop_key = ""
        if not rows:
            return
        behind = rows[-1].captured_at
        yield files


def sweep(engine: Engine, media: MediaStore, cutoff: datetime | None, moment: datetime) -> Iterator[int]:
    """Deletes files without an event, of days that are settled or older than the cutoff; yields how many of a day."""
    for day, folder in _days(media.root):
        end = day + timedelta(days=1)
        settled = moment - SWEPT < end <= moment - SETTLED
        if settled or (cutoff is not None and end <= cutoff - SETTLED):
            with transaction(engine) as session:
                known = _known(session, day)
            yield _sweep_day(media.root, folder, known)


def _sweep_day(root: Path, folder: Path, known: set[str]) -> int:
    gone = 0
    for file in folder.iterdir():
        if file.is_file() and file.relative_to(root).as_posix() not in known:
            file.unlink(missing_ok=True)
            gone += 1
    for empty in (folder, folder.parent, folder.parent.parent):
        # Not empty, or just filled by somebody.
        with contextlib.suppress(OSError):
            empty.rmdir()
    return gone


def _known(session: Session, day: datetime) -> set[str]:
    """Keys of the events whose pictures may lie under this day."""
    prefix = f"{day:%Y/%m/%d}/"
    near = EventRow.captured_at.between(day - LONGEST_PASSAGE, day + SETTLED)
    query = select(EventRow.frame_key, EventRow.crop_key).where(near, _PICTURES)
    return {key for row in session.execute(query) for key in row if key.startswith(prefix)}


def _days(root: Path) -> Iterator[tuple[datetime, Path]]:
    """Folders of days, oldest first."""
    for folder in sorted(root.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]")):
        with contextlib.suppress(ValueError):
            yield datetime.strptime("/".join(folder.parts[-3:]), "%Y/%m/%d").replace(tzinfo=UTC), folder
