"""Takes an uploaded list out of a request, piece by piece onto disk; a form's file too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from services.api.deps import State, state_of
from services.api.transfer.storage import MOST_BYTES, ImportFiles
from shared.errors import Invalid

MAX_BODY = MOST_BYTES + 64 * 1024
"""A form wraps the file in boundaries and headers."""
_CHUNK = 1 << 18
_NAMES = {"text/csv": "upload.csv", "application/json": "upload.json"}
_BYTES = {"schema": {"type": "string", "format": "binary", "minLength": 1}}
LIST_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "CSV, XLSX, JSON or plain text of at most 20 MB and 1,000,000 lines",
        "content": {
            "text/csv": _BYTES,
            "text/plain": _BYTES,
            "application/json": {"schema": {}},
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _BYTES,
            "application/octet-stream": _BYTES,
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["file"], "properties": {"file": _BYTES["schema"]}}
            },
        },
    }
}


@dataclass(frozen=True)
class Uploaded:
    """A file that lies in the imports' folder, under the number that its import will have."""

    import_id: UUID
    name: str


async def uploaded_of(request: Request, state: Annotated[State, Depends(state_of)]) -> Uploaded:
    """Raises Invalid for an empty body, 413 for one that is too large."""
    import_id = uuid4()
    files = ImportFiles.of(state.settings.data_dir)
    try:
        name = await _save(request, files, import_id)
    except BaseException:
        files.discard(import_id)
        raise
    return Uploaded(import_id, name)


async def _save(request: Request, files: ImportFiles, import_id: UUID) -> str:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        await _write(files, import_id, request.stream())
        return _NAMES.get(kind, "upload")
    async with request.form(max_files=1, max_fields=8) as form:
        for value in form.values():
            if isinstance(value, UploadFile):
                await _write(files, import_id, _pieces(value))
                return (value.filename or "upload")[:200]
    raise Invalid("The form holds no file; send one in the field file", "file")


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_CHUNK):
        yield piece


async def _write(files: ImportFiles, import_id: UUID, pieces: AsyncIterator[bytes]) -> None:
    size = 0
    with files.original(import_id).open("wb") as file:
        async for piece in pieces:
            size += len(piece)
            if size > MOST_BYTES:
                raise HTTPException(413)
            await run_in_threadpool(file.write, piece)
    if not size:
        raise Invalid("The request holds no file; send its bytes, or a form with the field file", "file")


Upload = Annotated[Uploaded, Depends(uploaded_of)]
