"""Puts the files of an event on the server, the document last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from services.integrations.ftp import ftp_server, sftp_server
from services.integrations.ftp.message import build
from services.integrations.ftp.settings import Settings
from shared.addresses import Reach
from shared.errors import Reject
from shared.integration import Pictures, Receipt
from shared.messages import Delivery
from shared.peer_socket import as_delivery_knows_it


class FileServer(Protocol):
    """What an upload needs; the parts of a path lead nowhere else."""

    def make(self, folder: tuple[str, ...]) -> None:
        """Makes the folder and those above it, where they are missing."""

    def put(self, folder: tuple[str, ...], name: str, data: bytes) -> None:
        """Puts a file there, in place of one of that name."""


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:
    """As shared.integration.Deliver says."""
    upload = build(delivery, pictures, settings)
    if not upload.files:
        raise Reject("There is no picture of this event any more")
    with _signed_in(settings) as server:
        server.make(upload.folder)
        for name, data in upload.files.items():
            server.put(upload.folder, name, data)
    return Receipt(answer=f"{len(upload.files)} files in {'/'.join(upload.folder) or 'the folder of the sign-in'}")


def check(settings: Settings) -> Receipt:
    """Signs in and puts nothing there."""
    with _signed_in(settings):
        return Receipt(answer=f"{settings.host} lets {settings.user} in by {settings.protocol.upper()}")


@contextmanager
def _signed_in(settings: Settings) -> Iterator[FileServer]:
    opened = sftp_server.signed_in if settings.protocol == "sftp" else ftp_server.signed_in
    with as_delivery_knows_it(f"{settings.host}:{settings.used_port}"):
        reach = Reach.from_environment(allow_private=settings.allow_private)
        with opened(settings, reach.addresses(settings.host, settings.used_port)[0]) as server:
            yield server
