"""Reads and writes imports of lists, and streams a list out."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from uuid import UUID

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from services.api.lists.queries import named
from services.api.transfer.columns import COLUMNS
from services.api.transfer.rows import Wish
from services.api.transfer.schemas import ImportOptions
from services.api.transfer.staging import fingerprint
from services.api.transfer.work import CHANGED_MEANWHILE
from services.api.transfer.writing import Entry
from shared.db.tables import ListEntry, ListImport, PlateList
from shared.errors import Conflict, Missing

OPEN = ("planning", "planned", "stale", "applying")
MOST_WAITING = 20
"""Imports of one list that may wait at a time; their files take room."""
MOST_SHEET_ROWS = 1_048_576
"""Of Excel; the first one is the header."""


def add_import(session: Session, name: str, import_id: UUID, options: ImportOptions, made_by: tuple[str, str]) -> None:
    """Takes up an uploaded file.

    Args:
        made_by: who asks, and the file's name.

    Raises:
        Missing: no such list.
        Conflict: too many of its imports wait.
    """
    found = named(session, name)
    waiting = select(func.count()).where(ListImport.list_id == found.id, ListImport.state.in_(OPEN))
    if (session.scalar(waiting) or 0) >= MOST_WAITING:
        raise Conflict(f"{MOST_WAITING} imports of the list {name} wait; confirm or discard some first")
    asked_by, file_name = made_by
    wish = options.model_dump(mode="json", include=set(Wish.model_fields))
    session.add(
        ListImport(
            id=import_id,
            list_id=found.id,
            mode=options.mode,
            strict=options.strict,
            wish=wish,
            asked_by=asked_by,
            file_name=file_name if file_name.isprintable() else "upload",
        )
    )


def recent(session: Session, name: str, most: int) -> list[ListImport]:
    """The list's imports, newest first. Raises Missing."""
    found = named(session, name)
    rows = select(ListImport).where(ListImport.list_id == found.id)
    return list(session.scalars(rows.order_by(ListImport.created_at.desc(), ListImport.id.desc()).limit(most)))


def one(session: Session, name: str, import_id: UUID, *, change: bool = False) -> ListImport:
    """Raises Missing. With `change` nobody else changes it until the transaction ends."""
    asked = (
        select(ListImport)
        .join(PlateList, PlateList.id == ListImport.list_id)
        .where(PlateList.name == name, ListImport.id == import_id)
    )
    found = session.scalar(asked.with_for_update(of=ListImport) if change else asked)
    if found is None:
        raise Missing(f"import of the list {name}:", import_id)
    return found


def confirm(session: Session, row: ListImport, who: str) -> bool:
    """Lets the import be applied; False when the list changed since it was planned. Raises Conflict."""
    if row.state != "planned":
        raise Conflict(f"Only a planned import can be confirmed, this one is {row.state}")
    if fingerprint(session, row.list_id) != row.fingerprint:
        row.state, row.sentence = "stale", CHANGED_MEANWHILE
        return False
    row.state, row.sentence, row.confirmed_by, row.attempts = "applying", "Waits to be applied", who, 0
    return True


def plan_again(row: ListImport) -> None:
    """Raises Conflict for an import that is over or at work."""
    if row.state not in ("planned", "stale"):
        raise Conflict(f"Only a planned or stale import can be planned anew, this one is {row.state}")
    row.state, row.sentence, row.attempts = "planning", "", 0


def discard(row: ListImport) -> None:
    """Raises Conflict for an import that is being applied or was."""
    if row.state in ("applying", "applied"):
        raise Conflict(f"This import is {row.state} and cannot be discarded")
    row.state, row.sentence = "discarded", "Discarded, nothing was written"


def fills_more_than_a_sheet(session: Session, list_id: UUID) -> bool:
    entries = session.scalar(select(func.count()).where(ListEntry.list_id == list_id)) or 0
    return entries + 1 > MOST_SHEET_ROWS


def stream_entries(engine: Engine, list_id: UUID) -> Generator[Entry]:
    """All entries by plate, as one moment has them, without holding them in memory."""
    columns = [getattr(ListEntry, column.name) for column in COLUMNS]
    asked = select(ListEntry.typed, *columns).where(ListEntry.list_id == list_id).order_by(ListEntry.plate)
    with engine.connect() as connection:
        streamed = connection.execution_options(stream_results=True, max_row_buffer=2000)
        with closing(streamed.execute(asked)) as rows:
            yield from (tuple(row) for row in rows)
