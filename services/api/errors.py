"""One shape for every error: `{"error": slug, "detail": sentence, "field": name or null}`, never a stack trace."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, IntegrityError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.db.session import DATABASE_DOWN
from shared.errors import BadPicture, Conflict, Invalid, Missing, PlatewireError
from shared.streams import REDIS_DOWN

logger = logging.getLogger(__name__)


class Problem(BaseModel):
    """What went wrong, in one sentence."""

    error: str = Field(description="stable short name for programs")
    detail: str = Field(description="one sentence for a person")
    field: str | None = Field(default=None, description="the part of the request that is wrong, if it is one")


class SignInNeeded(PlatewireError):
    """Nobody is signed in, or the credentials do not fit."""


class SecondFactorNeeded(SignInNeeded):
    """The password fits, and a code of the second factor is still missing."""


class NotAllowed(PlatewireError):
    """Somebody is known, but may not do this."""


class TooMany(PlatewireError):
    """Asked too often; `after` is how many seconds to wait."""

    def __init__(self, sentence: str, after: int) -> None:
        super().__init__(sentence)
        self.after = after


class StillDone(Conflict):
    """The same request is being done for somebody who sent it before."""

    def __init__(self, sentence: str, after: int) -> None:
        super().__init__(sentence)
        self.after = after


class NotRegistered(Conflict):
    """A source of a site that was never registered, or not since this site's data came from a backup."""


class NotListed(Missing):
    """The plate is not on the list."""


class NobodyAnswers(PlatewireError):
    """A service that must answer this request does not."""


class AnswerTooLate(PlatewireError):
    """A service took the request and did not finish in time."""


_ANSWERS: Sequence[tuple[type[Exception] | tuple[type[Exception], ...], int, str]] = (
    (SecondFactorNeeded, 401, "second_factor_needed"),
    (SignInNeeded, 401, "sign_in_needed"),
    (NotAllowed, 403, "not_allowed"),
    (TooMany, 429, "too_many_requests"),
    (NotListed, 404, "not_listed"),
    (Missing, 404, "not_found"),
    (StillDone, 409, "in_progress"),
    (NotRegistered, 409, "not_registered"),
    (Conflict, 409, "conflict"),
    (Invalid, 422, "invalid"),
    (BadPicture, 422, "bad_picture"),
    (NobodyAnswers, 503, "nobody_answers"),
    (AnswerTooLate, 504, "no_answer_in_time"),
)
_HTTP_SLUGS = {400: "malformed", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_HTTP_SENTENCES = {
    404: "There is nothing at this address",
    405: "This address does not know this method",
    413: "The request is larger than is accepted here",
}


def refuses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For an endpoint's `responses`: refusals that do not follow from what it takes."""
    return {status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in statuses}


def a_file(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """For an endpoint's `responses`: its answer is a file of one of these media types."""
    return {200: {"content": {kind.partition(";")[0]: {"schema": {}} for kind in kinds}}}


def install(app: FastAPI) -> None:
    """Makes every error of the application leave in the one shape."""
    for kind, answer in _HANDLERS.items():
        app.add_exception_handler(kind, answer)
    for kind in (*DATABASE_DOWN, *REDIS_DOWN):
        app.add_exception_handler(kind, _answer_down)
    app.add_exception_handler(Exception, _answer_fault)
    app.add_middleware(OneShape)


def refusal_of(request: Request, error: Exception) -> JSONResponse | None:
    """The answer to an error that refuses a request; None for a fault, of which the server must hear."""
    for kind, answer in _HANDLERS.items():
        if isinstance(error, kind):
            return answer(request, error)
    return None


def problem(status: int, slug: str, sentence: str, field: str | None = None, after: int | None = None) -> JSONResponse:
    headers = {"Retry-After": str(after)} if after else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    body = Problem(error=slug, detail=sentence, field=field)
    return JSONResponse(body.model_dump(), status, headers)


class OneShape:
    """Gives the framework's own refusal of a large body, which is plain text, the shape of all errors."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        replaced = False

        async def send_shaped(message: Message) -> None:
            nonlocal replaced
            if _is_plain_413(message):
                replaced = True
                await problem(413, _HTTP_SLUGS[413], _HTTP_SENTENCES[413])(scope, receive, send)
            elif not replaced:
                await send(message)

        await self.app(scope, receive, send_shaped)


def _is_plain_413(message: Message) -> bool:
    """A start with that status which is not one of our own answers."""
    if message["type"] != "http.response.start" or message["status"] != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return False
    return (b"content-type", b"application/json") not in message["headers"]


def _answer_own(_request: Request, error: Exception) -> JSONResponse:
    status, slug = next(((s, g) for kind, s, g in _ANSWERS if isinstance(error, kind)), (500, "fault"))
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("request fails", extra={"reason": str(error)})
    return problem(status, slug, str(error), getattr(error, "field", None), getattr(error, "after", None))


def _answer_validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return problem(400, "malformed", f"The body is not JSON: {_reason(first)} at character {first['loc'][-1]}")
    field = field_of(first["loc"])
    if first["type"] == "missing" and not field:
        return problem(422, "invalid", "The request needs a body of JSON")
    return problem(422, "invalid", sentence_of(first, field), field)


def _reason(found: dict[str, Any]) -> str:
    return str(found.get("ctx", {}).get("error", "it cannot be read")).lower()


def field_of(location: Sequence[int | str]) -> str | None:
    """`source.url` out of pydantic's `("body", "source", "rtsp", "url")`: without where it was and which variant."""
    parts = [str(part) for part in location[1:]]
    if len(parts) > 2 and parts[0] == "source":
        del parts[1]
    return ".".join(parts) or None


def sentence_of(found: dict[str, Any], field: str | None) -> str:
    """One sentence out of pydantic's finding; never quotes the input, which may be a password."""
    said = str(found["msg"]).removeprefix("Value error, ")
    if found["type"] == "missing":
        return f"{field} is missing"
    if found["type"] == "extra_forbidden":
        return f"{field} is not known here"
    return f"{field}: {said[:1].lower()}{said[1:]}" if field else said


def _answer_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    slug = _HTTP_SLUGS.get(error.status_code, "refused")
    answer = problem(error.status_code, slug, _HTTP_SENTENCES.get(error.status_code, str(error.detail)))
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(sorted(_methods(request)))
    return answer


def _methods(request: Request) -> set[str]:
    """What an address knows: each method of it is a route of its own, and the framework names those of one route."""
    path, found = request.url.path, set[str]()
    for route in iter_route_contexts(request.app.routes):
        pattern = compile_path(route.path or "")[0]
        if pattern.match(path):
            found |= route.methods or set()
    return found


def _answer_integrity(_request: Request, _error: Exception) -> JSONResponse:
    return problem(409, "conflict", "This contradicts something that was stored in the meantime")


def _answer_data(_request: Request, _error: Exception) -> JSONResponse:
    return problem(422, "invalid", "A value holds characters or a size that cannot be stored")


def _answer_down(_request: Request, error: Exception) -> JSONResponse:
    logger.warning("a server does not answer", extra={"reason": type(error).__name__})
    return problem(503, "server_away", "The database or Redis does not answer now, try again in a moment", after=5)


def _answer_fault(_request: Request, _error: Exception) -> JSONResponse:
    return problem(500, "fault", "Something went wrong here, the log of the service says more")


_HANDLERS: Mapping[type[Exception], Callable[[Request, Exception], JSONResponse]] = {
    PlatewireError: _answer_own,
    RequestValidationError: _answer_validation,
    HTTPException: _answer_http,
    IntegrityError: _answer_integrity,
    DataError: _answer_data,
}
