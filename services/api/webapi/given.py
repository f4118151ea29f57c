"""What a call brings along, however it comes: by query, form, JSON, text or upload."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Never

from fastapi import Request
from starlette.datastructures import UploadFile

from services.api.webapi.refusals import Refused
from shared.errors import Invalid

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
MOST_FIELDS = 100

Document = dict[str, Any]


@dataclass(frozen=True)
class Upload:
    """A file, or a body that is neither form nor JSON."""

    data: bytes
    content_type: str
    name: str = ""


@dataclass(frozen=True)
class Given:
    """Parameters by name, each once, and at most one upload. `document` is the JSON body by itself."""

    parameters: Document
    upload: Upload | None = None
    document: Document | None = None

    def without(self, *names: str) -> Document:
        return {name: value for name, value in self.parameters.items() if name not in names}


@dataclass
class _Parts:
    pairs: list[tuple[str, object]] = field(default_factory=list)
    upload: Upload | None = None
    document: Document | None = None


async def given(request: Request) -> Given:
    """Reads the request. Raises Refused (400) for a body that is broken, Invalid for a parameter given twice."""
    parts = await _body(request)
    pairs: list[tuple[str, object]] = [*request.query_params.multi_items(), *parts.pairs]
    parameters: Document = {}
    for name, value in pairs:
        if name in parameters:
            raise Invalid(f"{_shown(name)} is given more than once", _shown(name))
        parameters[name] = value
    return Given(parameters, parts.upload, parts.document)


async def _body(request: Request) -> _Parts:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in FORMS:
        return await _form(request)
    data = await request.body()
    if not data:
        return _Parts()
    if kind == "application/json" or kind.endswith("+json"):
        document = _json(data)
        return _Parts(pairs=list(document.items()), document=document)
    return _Parts(upload=Upload(data, kind))


async def _form(request: Request) -> _Parts:
    parts = _Parts()
    # Read whole here, so that it is closed before a thread works with it.
    async with request.form(max_files=1, max_fields=MOST_FIELDS) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                parts.upload = Upload(await value.read(), (value.content_type or "").lower(), value.filename or "")
            else:
                parts.pairs.append((name, value))
    return parts


def _json(data: bytes) -> Document:
    try:
        document = json.loads(data, parse_constant=_no_constant, object_pairs_hook=_once)
    except RecursionError:
        raise _malformed("it is nested too deeply") from None
    except ValueError as error:
        raise _malformed(str(error).split(":", maxsplit=1)[0].lower()) from None
    if not isinstance(document, dict):
        raise _malformed("it is no object")
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _malformed("a text holds half of a surrogate pair") from None
    return document


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is no JSON number")


def _once(pairs: Iterable[tuple[str, object]]) -> Document:
    found: Document = {}
    for name, value in pairs:
        if name in found:
            raise ValueError("a name stands twice in one object")
        found[name] = value
    return found


def _malformed(why: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, "malformed", f"The body is not the JSON that is asked for: {why}")


def _shown(name: str) -> str:
    """A name that somebody made up, fit for a sentence."""
    return "".join(letter for letter in name[:40] if letter.isprintable())
