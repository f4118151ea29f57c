"""Takes a picture out of a request, posted raw or as a form's file, and makes sure that it is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from shared.errors import Invalid
from shared.pictures import decode

MAX_PICTURE = 10 * 1024 * 1024
MAX_BODY = MAX_PICTURE + 64 * 1024
"""A form wraps the picture in boundaries and headers."""
AT_ONCE = 4
"""Pictures that are decoded at the same time; each may take 60 MB."""

_BYTES = {"schema": {"type": "string", "format": "binary", "minLength": 1}}
PICTURE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "a JPEG, PNG or WebP of at most 10 MB",
        "content": {
            "image/jpeg": _BYTES,
            "image/png": _BYTES,
            "image/webp": _BYTES,
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["file"], "properties": {"file": _BYTES["schema"]}}
            },
        },
    }
}


@dataclass(frozen=True)
class PostedPicture:
    """The bytes as they came, checked: they decode to a picture of this size."""

    name: str
    data: bytes
    width: int
    height: int


async def picture_of(request: Request) -> PostedPicture:
    """Raises Invalid, BadPicture, or 413 for what is too large."""
    name, data = await _read(request)
    if len(data) > MAX_PICTURE:
        raise HTTPException(413)
    if not data:
        raise Invalid("The request holds no picture; post its bytes, or a form with the field file", "file")
    image = await run_in_threadpool(decode, data)
    return PostedPicture(name, data, image.shape[1], image.shape[0])


async def _read(request: Request) -> tuple[str, bytes]:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return "picture", await request.body()
    async with request.form(max_files=1, max_fields=8) as form:
        for value in form.values():
            if isinstance(value, UploadFile):
                return value.filename or "picture", await value.read()
    return "picture", b""


Picture = Annotated[PostedPicture, Depends(picture_of, max_concurrency=AT_ONCE)]
