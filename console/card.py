"""`platewire card`: brings events that were saved to an SD card back into the database."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from sqlalchemy import Engine, select

from console.site import DATA, DataDir, database, media_dir
from services.integrations.sd_card.archive import Archived, Damaged, documents, read
from services.reactor.store import StoredEvent, save_events
from shared.audit import record
from shared.db.session import transaction
from shared.db.tables import EventRow
from shared.media import MediaStore
from shared.messages import Event, EventState

ACTOR = "console"
app = typer.Typer(no_args_is_help=True, help="Cards on which a destination of the kind SD card saves events.")

Folder = Annotated[Path, typer.Argument(help="Where the card is mounted, or its folder platewire.", exists=True)]


@app.command("import")
def bring_in(folder: Folder, data_dir: DataDir = DATA) -> None:
    """Stores the card's events with their pictures, those that are not in the database yet.

    No rule is tried and no destination is told: what passed long ago opens nothing. Damaged files are named and left
    out, and the exit status is then 1.
    """
    paths, told = documents(folder), Console(stderr=True)
    with database(data_dir) as engine:
        media, counts = MediaStore(media_dir(data_dir)), Counter[str]()
        for path in track(paths, "Reading the card", console=told, transient=True, disable=not told.is_terminal):
            try:
                counts["new" if _store(engine, media, read(path)) else "known"] += 1
            except Damaged as error:
                counts["damaged"] += 1
                told.print(f"[yellow]{error}[/]")
        with transaction(engine) as session:
            record(session, ACTOR, "card.import", folder.name, dict(counts))
    typer.echo(f"{counts['new']} events stored, {counts['known']} were there already, {counts['damaged']} are damaged")
    if counts["damaged"]:
        raise typer.Exit(1)


def _store(engine: Engine, media: MediaStore, archived: Archived) -> bool:
    """Whether the event is new."""
    event = archived.event
    with transaction(engine) as session:
        wanted = (EventRow.event_id == event.event_id, EventRow.captured_at == event.captured_at)
        if session.scalar(select(EventRow.event_id).where(*wanted)):
            return False
        keys = {"frame_key": _key(media, event, archived.frame), "crop_key": _key(media, event, archived.crop)}
        # The vehicle left long ago, whatever the moment in which it was saved.
        past = event.model_copy(update={**keys, "state": EventState.LOST})
        save_events(session, [StoredEvent(past, (), (), counted_as="")])
        return True


def _key(media: MediaStore, event: Event, picture: bytes | None) -> str:
    return media.put(picture, event.event_id.hex, event.captured_at) if picture else ""
