"""Folders of pictures: played once in the order of their names, or watched for what arrives."""

from __future__ import annotations

import logging
from contextlib import closing

from services.capture.inbox import Inbox, picture_of, pictures_in
from services.capture.ledger import Ledger, ledger_path
from services.capture.sources.contracts import Opening, Pictures
from shared.cameras import FolderSource
from shared.errors import BadPicture, SourceError

logger = logging.getLogger(__name__)


def open_source(source: FolderSource, opening: Opening) -> Pictures:
    """The folder's pictures; each was taken when its file was last changed."""
    return _watched(source, opening) if source.watch else _once(source, opening)


def _once(source: FolderSource, opening: Opening) -> Pictures:
    found = sorted(pictures_in(source.path), key=lambda arrived: arrived.path.name)
    if not found:
        raise SourceError(f"There is no picture in the folder {source.path}")
    for index in range(opening.position, len(found)):
        if opening.stopping():
            return
        opening.notes.alive()
        try:
            picture = picture_of(found[index], index)
        except BadPicture as error:
            name = found[index].path.name
            logger.warning("skips a file that is no picture", extra={"file": name, "reason": str(error)})
            opening.notes.damaged()
            continue
        opening.notes.arrived()
        yield picture


def _watched(source: FolderSource, opening: Opening) -> Pictures:
    present = {arrived.key for arrived in pictures_in(source.path)}
    with closing(Ledger(ledger_path(opening.data_dir, opening.camera_id), present)) as ledger:
        inbox = Inbox(source.path, opening, ledger, lambda arrived: ledger.add(arrived.key))
        yield from inbox.pictures()
