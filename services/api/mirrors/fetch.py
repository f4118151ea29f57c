"""Fetches a mirror's file onto disk, within limits of time and size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx

from services.api.mirrors.schemas import FileSource, UrlSource
from services.api.transfer.storage import MOST_BYTES
from shared.errors import PlatewireError

TIMEOUT = httpx.Timeout(10.0)
"""Seconds between two pieces; how long the whole file may take is the transport's."""
_CHUNK = 1 << 16


class NotFetched(PlatewireError):
    """The file is not there or cannot be had; the sentence says why and never holds a secret."""


def fetch(source: UrlSource | FileSource, folder: Path, transport: httpx.BaseTransport, target: Path) -> None:
    """Copies the source to `target`.

    Args:
        folder: where the files of FileSource are.
        transport: decides which addresses may be reached at all.

    Raises:
        NotFetched: and whatever error of ours the transport raises for an address.
    """
    pieces = _of_url(source, transport) if isinstance(source, UrlSource) else _of_file(source, folder)
    size = 0
    with target.open("wb") as file:
        for piece in pieces:
            size += len(piece)
            if size > MOST_BYTES:
                raise NotFetched(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB")
            file.write(piece)
    if not size:
        raise NotFetched("The file is empty")


def _of_file(source: FileSource, folder: Path) -> Iterator[bytes]:
    path = folder / source.name
    # A link could lead anywhere, and whoever may edit lists may not read all files of this machine.
    if path.is_symlink() or not path.is_file():
        raise NotFetched(f"There is no file {source.name} in the folder {folder.name}")
    try:
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                yield piece
    except OSError as error:
        raise NotFetched(f"The file {source.name} cannot be read: {error.strerror}") from None


def _of_url(source: UrlSource, transport: httpx.BaseTransport) -> Iterator[bytes]:
    auth = httpx.BasicAuth(source.user, source.password) if source.user else None
    headers = {"user-agent": "Platewire", "accept-encoding": "identity"}
    try:
        with (
            httpx.Client(transport=transport, trust_env=False, follow_redirects=False, timeout=TIMEOUT) as client,
            client.stream("GET", source.url, auth=auth, headers=headers) as answer,
        ):
            _judge(answer)
            yield from answer.iter_raw()
    except httpx.TimeoutException:
        raise NotFetched("The server does not answer in time") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotFetched(f"The server cannot be reached ({type(error).__name__})") from None


def _judge(answer: httpx.Response) -> None:
    """Raises NotFetched for what is not the file itself."""
    if answer.is_redirect:
        raise NotFetched("The server redirects elsewhere, which is not followed: enter the new address if it is right")
    if answer.status_code != httpx.codes.OK:
        raise NotFetched(f"The server answers with status {answer.status_code}")
    # Unpacking could make far more of it than was let in.
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise NotFetched("The server packs the file although it was asked not to")
