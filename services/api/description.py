"""What the OpenAPI document says beyond the endpoints' own words: who may ask, and which refusals each may give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from services.api.access import EVERYBODY, PAGE_HEADER, mark_of
from services.api.repeats import is_once, route
from services.api.repeats.queries import HEADER
from services.api.repeats.route import KEY

Document = dict[str, Any]

VERSION = "1"
EXAMPLES = Path(__file__).with_name("examples.json")
"""An example of each body and each answer, by the name of its schema."""
TEXT = f"""\
Every route but those marked as open asks for credentials: an API key as `Authorization: Bearer <key>` or
`X-API-Key: <key>`, or the cookie of a session (a change by cookie also needs the header `{PAGE_HEADER}: 1`).

Every error has one shape, `Problem`. Lists come in pages: `limit` rows and `next`, the cursor of the next page, null at
the end; give it back as `cursor`. A POST with an `Idempotency-Key` is done once, however often it is sent.
"""
SCHEMES: Document = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "an API key"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "an API key"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "platewire",
        "description": "set by signing in; over TLS its name is `__Host-platewire`",
    },
}
REFUSALS = {
    "400": ("The body is not JSON", "malformed", "The body is not JSON: expecting value at character 1", None),
    "401": ("Nobody is known", "sign_in_needed", "Sign in or send an API key as Authorization: Bearer", None),
    "403": ("One may not", "not_allowed", "This needs the scope lists:write", None),
    "404": ("It is not there", "not_found", "There is no list staff", None),
    "409": ("It contradicts what is stored", "conflict", "There is already a list staff", None),
    "413": ("The body is too large", "too_large", "The request is larger than is accepted here", None),
    "422": ("A value is wrong", "invalid", "plate: 2 to 16 letters and digits", "plate"),
    "429": ("Too often", "too_many_requests", "Too many tries, wait a little", None),
    "503": (
        "A server is away",
        "server_away",
        "The database or Redis does not answer now",
        None,
    ),
    "504": ("No worker answered", "no_answer_in_time", "No worker tried this destination within 15 seconds", None),
}
"""What a status means, and an example of each: slug, sentence, field."""
WORDS = {
    "200": "It is done",
    "201": "It is added",
    "202": "It is taken up",
    "204": "It is done",
    "303": "The way to the provider",
}
PLACES = {
    "camera_id": ("id of the camera", "6f1c2a34-0b5d-4e7a-9c1f-3d2e4b5a6c70"),
    "command_id": ("id of the order", "e6f70819-2a3b-4c5d-8e6f-708192a3b4c5"),
    "delivery_id": ("id of the delivery", "4d5e6f70-8192-4a3b-9c4d-5e6f708192a3"),
    "destination_id": ("id of the destination", "2c9e4d18-5a7b-4c3d-8e9f-0a1b2c3d4e5f"),
    "event_id": ("id of the event", "a8d1f0b2-7c3e-5f49-8a6b-1d2c3e4f5a6b"),
    "export_id": ("id of the export", "19203142-5d6e-4f70-8192-a3b4c5d6e7f8"),
    "form": ("in which form the device tells it", "json"),
    "import_id": ("id of the import", "b1c2d3e4-f506-4172-8394-a5b6c7d8e9fa"),
    "key_id": ("id of the API key", "7a8b9c0d-1e2f-4031-8243-5465768798a9"),
    "kind": ("the frame that was read, or the plate cut out of it", "frame"),
    "list_id": ("id of a list that is granted", "b1c2d3e4-f506-4172-8394-a5b6c7d8e9fa"),
    "name": ("name of the list", "staff"),
    "note_id": ("id of the note", "f7081920-3b4c-4d5e-9f60-8192a3b4c5d6"),
    "plate": ("the plate, of a list the entry, in any spelling", "AA1234BB"),
    "reaction_id": ("id of the reaction", "91b7c5d3-2e4f-4a6b-8c9d-7e8f9a0b1c2d"),
    "search_id": ("id of the search", "08192031-4c5d-4e6f-8071-92a3b4c5d6e7"),
    "session_id": ("id of the session", "c3d4e5f6-0718-4293-a4b5-c6d7e8f90a1b"),
    "site_id": ("id of the site", "2c9e4d18-5a7b-4c3d-8e9f-0a1b2c3d4e5f"),
    "tag": ("a word of letters, digits, - and _; case does not matter", "keep"),
    "user_id": ("id of the user", "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0"),
}
"""What stands in a path, with an example."""
ONCE: Document = {
    "name": HEADER,
    "in": "header",
    "description": "a new word for each thing to do: sent again with it, the request is answered and not done again",
    "schema": {"type": "string", "pattern": f"^{KEY}$", "minLength": 1, "maxLength": 128},
}
REPLAYED: Document = {
    route.REPLAYED: {"description": "the answer was given before", "schema": {"type": "string", "const": "true"}}
}
CURSOR = "`next` of the page before; without it the first page is given"
_RETRY = {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer", "minimum": 1}}}
_HEADERS = {
    "401": {"WWW-Authenticate": {"description": "Bearer", "schema": {"type": "string"}}},
    "429": _RETRY,
}
_SHAPE = {"$ref": "#/components/schemas/Problem"}
_WRITES = frozenset({"post", "put", "patch", "delete"})


def complete(document: Document, app: FastAPI) -> Document:
    """Adds what holds for all operations to the document that the framework made of the endpoints."""
    endpoints = {one.name: one.endpoint for one in _routes(app)}
    document["components"]["securitySchemes"] = SCHEMES
    document["components"]["responses"] = {status: _refusal(status) for status in REFUSALS}
    _refuse_nul(document)
    for name, example in json.loads(EXAMPLES.read_text()).items():
        document["components"]["schemas"][name]["examples"] = [example]
    _ask_for_kinds(document["components"]["schemas"])
    for method, operation in _operations(document):
        endpoint = endpoints[operation["operationId"]]
        is_open = mark_of(endpoint) == EVERYBODY
        if is_once(endpoint):
            operation.setdefault("parameters", []).append(ONCE)
        operation["security"] = [] if is_open else [{name: []} for name in SCHEMES]
        operation["responses"] = dict(sorted(_answers(method, operation, is_open).items()))
        _explain_parameters(operation)
        if is_once(endpoint):
            for status in operation["responses"].keys() & {"200", "201", "202"}:
                operation["responses"][status]["headers"] = REPLAYED
    return document


def _answers(method: str, operation: Document, is_open: bool) -> Document:
    # The default keeps the framework from documenting a refusal of its own; it would allow every status.
    named = {status: answer for status, answer in operation["responses"].items() if status != "default"}
    refused = {status for status, answer in named.items() if _SHAPE in _shapes(answer)}
    refused |= set(_statuses(method, operation, is_open)) - named.keys()
    for status, answer in named.items():
        answer["description"] = WORDS.get(status, answer["description"])
    return named | {status: {"$ref": f"#/components/responses/{status}"} for status in refused}


def _shapes(answer: Document) -> list[Document]:
    return [kind.get("schema", {}) for kind in answer.get("content", {}).values()]


def _explain_parameters(operation: Document) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            words, example = PLACES[parameter["name"]]
            parameter |= {"description": words, "example": example}
        if parameter["name"] == "cursor":
            parameter["description"] = CURSOR


def _ask_for_kinds(schemas: Document) -> None:
    """Where a word tells which variant is meant it cannot be left out, although each variant knows its own."""
    for found in list(_unions(schemas)):
        word = found["discriminator"]["propertyName"]
        for variant in found["oneOf"]:
            schema = schemas[variant["$ref"].rpartition("/")[2]]
            schema["required"] = sorted({word, *schema.get("required", ())})


def _unions(schema: Any) -> Iterator[Document]:
    if isinstance(schema, list):
        for inner in schema:
            yield from _unions(inner)
    elif isinstance(schema, dict):
        if "propertyName" in (schema.get("discriminator") or {}):
            yield schema
        for inner in schema.values():
            yield from _unions(inner)


def _refuse_nul(schema: Any) -> None:
    """Says of every text without a form of its own what is true of all."""
    if isinstance(schema, list):
        for inner in schema:
            _refuse_nul(inner)
    elif isinstance(schema, dict):
        if schema.get("type") == "string" and not schema.keys() & {"pattern", "format", "enum", "const"}:
            schema["pattern"] = r"^[^\x00]*$"
        for inner in schema.values():
            _refuse_nul(inner)


def _routes(app: FastAPI) -> Iterator[APIRoute]:
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            yield context.original_route


def _operations(document: Document) -> Iterator[tuple[str, Document]]:
    for methods in document["paths"].values():
        yield from methods.items()


def _statuses(method: str, operation: Document, is_open: bool) -> Iterator[str]:
    """The refusals that follow from what an operation takes; others are named by the endpoint itself."""
    yield "503"
    if not is_open:
        yield from ("401", "403")
    if "requestBody" in operation:
        yield from ("400", "413")
    if "requestBody" in operation or operation.get("parameters"):
        yield "422"
    if any(one["in"] == "path" for one in operation.get("parameters", ())):
        yield "404"
    if method in _WRITES:
        yield "409"


def _refusal(status: str) -> Document:
    meaning, slug, sentence, field = REFUSALS[status]
    return {
        "description": meaning,
        "headers": _HEADERS.get(status, {}),
        "content": {
            "application/json": {
                "schema": _SHAPE,
                "example": {"error": slug, "detail": sentence, "field": field},
            }
        },
    }
