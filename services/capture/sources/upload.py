"""Pictures that the API puts into the camera's folder.

A picture is deleted only after a recognizer took its frame and published what it read: a crash before that sends it
again under the same frame id. The API writes hidden files and renames them when they are complete.
"""

from __future__ import annotations

from services.capture.inbox import Inbox
from services.capture.sources.contracts import Opening, Pictures
from shared.cameras import UploadSource
from shared.errors import SourceError


def open_source(source: UploadSource, opening: Opening) -> Pictures:  # noqa: ARG001  one shape for all
    """The posted pictures in the order in which they came."""
    try:
        opening.uploads.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceError(f"The folder for uploads cannot be made: {error.strerror}") from None
    inbox = Inbox(opening.uploads, opening, (), lambda arrived: arrived.path.unlink(missing_ok=True))
    yield from inbox.pictures()
