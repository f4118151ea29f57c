"""The route that remembers: asks who it is, then whether this was done before, and only then lets it be done."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from services.api.access import current, guard
from services.api.deps import State, state_of
from services.api.errors import refusal_of
from services.api.repeats import queries
from services.api.repeats.queries import HEADER, Answer
from shared.clock import now
from shared.db.session import transaction
from shared.errors import Invalid

REPLAYED = "Idempotency-Replayed"
KEY = r"[!-~]{1,128}"
_TRANSIENT = frozenset({401, 403, 429})
"""Refusals of who asks and how often, not of what is asked."""
_MARK = "platewire_once"

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., object])


def once(endpoint: Endpoint) -> Endpoint:
    """Marks an endpoint of an OnceRoute: with an `Idempotency-Key` it is done once."""
    setattr(endpoint, _MARK, True)
    return endpoint


def is_once(endpoint: object) -> bool:
    return getattr(endpoint, _MARK, False)


class OnceRoute(APIRoute):
    """Keeps the answers of marked endpoints for a day."""

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            key = request.headers.get(HEADER)
            return await inner(request) if key is None else await _once(request, key, inner)

        return handler if is_once(self.endpoint) else inner


async def _once(request: Request, key: str, inner: Handler) -> Response:
    state = state_of(request)
    # A repeat must be let in as the first was, and nobody learns what others asked.
    await run_in_threadpool(guard, request, state)
    if not re.fullmatch(KEY, key):
        raise Invalid(f"{HEADER} has 1 to 128 printable ASCII characters without spaces", HEADER)
    asked = await _asked(request, key, state)
    given = await run_in_threadpool(_begin, state, asked)
    if given:
        return Response(given.body, given.status, {REPLAYED: "true"}, given.media_type or None)
    try:
        answer = await _done(request, inner)
    # Not when the client is gone: the work may go on in its thread.
    except Exception:
        await run_in_threadpool(_release, state, asked)
        raise
    if answer.status_code < 500 and answer.status_code not in _TRANSIENT:
        await run_in_threadpool(_finish, state, asked, answer)
    else:
        await run_in_threadpool(_release, state, asked)
    return answer


async def _asked(request: Request, key: str, state: State) -> queries.Request:
    who = current(request)
    asked = "\n".join((request.url.query, request.headers.get("Content-Type", ""))).encode()
    secret = state.settings.secret_key.get_secret_value().encode()
    digest = hmac.digest(secret, asked + b"\n" + await request.body(), hashlib.sha256)
    return queries.Request(who.credential_id, request.method, request.url.path, key, digest)


async def _done(request: Request, inner: Handler) -> Response:
    """The answer also of what is refused, which otherwise is made further out. Raises what is no refusal."""
    try:
        return await inner(request)
    except Exception as error:
        refusal = refusal_of(request, error)
        if refusal is None:
            raise
        return refusal


def _begin(state: State, asked: queries.Request) -> Answer | None:
    with transaction(state.engine) as session:
        return queries.begin(session, state.vault, asked, now())


def _finish(state: State, asked: queries.Request, answer: Response) -> None:
    kept = Answer(answer.status_code, answer.headers.get("Content-Type", ""), bytes(answer.body))
    with transaction(state.engine) as session:
        queries.finish(session, state.vault, asked, kept)


def _release(state: State, asked: queries.Request) -> None:
    with transaction(state.engine) as session:
        queries.release(session, asked)
