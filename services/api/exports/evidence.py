"""Writes events as evidence: each as JSON with its frame and its plate, a table of all, and the hash of every file."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import UUID

from sqlalchemy import select

from services.api.events.schemas import NOTHING_TOLD, EventDetail, NoteOut
from services.api.exports.found import Batch, Found
from services.api.exports.rows import COLUMNS
from services.api.exports.tables import BOM, batch_cells, csv_lines
from shared.clock import now
from shared.db.tables import EventExport, EventNote, EventRow
from shared.errors import Missing
from shared.media import MediaStore

README = """Events of a Platewire site with their pictures.

events.csv      a table of all events
events/         a folder for each: event.json, frame (the picture that was read), crop (the plate cut out of it)
manifest.json   who made this when and why, and the SHA-256 and size of every file
SHA256SUMS      the same hashes: sha256sum --check SHA256SUMS

A picture that was deleted by its age is missing. The hashes prove that this copy was not changed since it was made.
"""
_UNFIT = re.compile(r"[^\w-]")


@dataclass
class Archive:
    """A ZIP that remembers the hash of everything that goes into it."""

    zipped: zipfile.ZipFile
    files: list[dict[str, object]]

    def put(self, name: str, data: bytes) -> None:
        # Pictures do not shrink any more.
        how = zipfile.ZIP_STORED if name.endswith((".jpg", ".png")) else zipfile.ZIP_DEFLATED
        self.zipped.writestr(name, data, how)
        self.files.append({"name": name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)})


def write_evidence(found: Found, row: EventExport, media: MediaStore, to: IO[bytes], scratch: Path) -> None:
    """Writes the whole file; `scratch` holds the table while the pictures go in."""
    with zipfile.ZipFile(to, "w") as zipped:
        archive = Archive(zipped, [])
        archive.put("README.txt", README.encode())
        with scratch.open("w+", encoding="utf-8", newline="") as table:
            table.write(BOM + csv_lines([COLUMNS]))
            for batch in found.batches():
                table.write(csv_lines(batch_cells(found, batch)))
                for event, detail in _details(found, batch):
                    _put_event(archive, event, detail, media)
        archive.put("events.csv", scratch.read_bytes())
        sums = "".join(f"{file['sha256']}  {file['name']}\n" for file in archive.files)
        manifest = {
            "made_at": now().isoformat(),
            "made_by": row.asked_by,
            "search": row.asked["query"],
            "chosen": row.asked["ids"],
            "timezone": str(found.zone),
            "files": archive.files,
        }
        zipped.writestr("SHA256SUMS", sums, zipfile.ZIP_DEFLATED)
        zipped.writestr("manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False), zipfile.ZIP_DEFLATED)


def _put_event(archive: Archive, event: EventRow, detail: EventDetail, media: MediaStore) -> None:
    plate = _UNFIT.sub("_", event.plate) or "unread"
    folder = f"events/{event.captured_at:%Y%m%dT%H%M%SZ}_{plate}_{event.event_id.hex[:8]}"
    archive.put(f"{folder}/event.json", detail.model_dump_json(indent=1).encode())
    for kind, key in (("frame", event.frame_key), ("crop", event.crop_key)):
        try:
            archive.put(f"{folder}/{kind}.{key.rpartition('.')[2]}", media.get(key))
        except Missing:
            continue


def _details(found: Found, batch: Batch) -> Iterator[tuple[EventRow, EventDetail]]:
    """With characters and single readings, which a search leaves out."""
    ids = [row.event_id for row in batch.rows]
    notes = _notes(found, ids)
    columns = select(EventRow.event_id, EventRow.characters, EventRow.readings).where(EventRow.event_id.in_(ids))
    seen = {row.event_id: (row.characters, row.readings) for row in found.session.execute(columns)}
    for row in batch.rows:
        characters, readings = seen[row.event_id]
        yield (
            row,
            EventDetail.of_parts(
                row,
                batch.about.get(row.event_id, NOTHING_TOLD),
                {"characters": characters, "readings": readings, "notes": notes.get(row.event_id, ())},
            ),
        )


def _notes(found: Found, ids: Sequence[UUID]) -> Mapping[UUID, list[NoteOut]]:
    notes: defaultdict[UUID, list[NoteOut]] = defaultdict(list)
    query = select(EventNote).where(EventNote.event_id.in_(ids)).order_by(EventNote.created_at, EventNote.id)
    for note in found.session.scalars(query):
        notes[note.event_id].append(NoteOut.model_validate(note))
    return notes
