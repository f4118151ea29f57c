"""Errors that only the WebAPI has: challenges for its ways to sign in, and slugs that its commands promise."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from services.api.errors import SignInNeeded, problem
from services.api.webapi.digest import challenges
from shared.device_accounts import REALM
from shared.errors import Invalid, PlatewireError


class CredentialsNeeded(SignInNeeded):
    """No credentials, or wrong ones; `nonce` is for the client's next try by Digest."""

    def __init__(self, sentence: str, nonce: str, *, stale: bool = False) -> None:
        super().__init__(sentence)
        self.nonce, self.stale = nonce, stale


class Refused(PlatewireError):
    """A status and slug that belong to one command."""

    def __init__(self, status: HTTPStatus, slug: str, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.status, self.slug, self.field = status, slug, field


class Wrong(NamedTuple):
    """One wrong field: its name with dots, and a sentence."""

    field: str
    detail: str


class InvalidFields(Invalid):
    """Several fields may be wrong; the answer names each in `fields`, the first also as every other error does."""

    def __init__(self, wrong: Sequence[Wrong]) -> None:
        super().__init__(wrong[0].detail, wrong[0].field)
        self.wrong = tuple(wrong)


def install(app: FastAPI) -> None:
    """Makes these errors leave in the shape of all errors."""
    app.add_exception_handler(CredentialsNeeded, _challenge)
    app.add_exception_handler(Refused, _refuse)
    app.add_exception_handler(InvalidFields, _name_all)


def _challenge(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CredentialsNeeded)
    answer = problem(HTTPStatus.UNAUTHORIZED, "sign_in_needed", str(error))
    del answer.headers["WWW-Authenticate"]
    for challenge in (*challenges(error.nonce, stale=error.stale), f'Basic realm="{REALM}", charset="UTF-8"'):
        answer.headers.append("WWW-Authenticate", challenge)
    return answer


def _refuse(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)
    return problem(error.status, error.slug, str(error), error.field)


def _name_all(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, InvalidFields)
    body = {"error": "invalid", "detail": str(error), "field": error.field}
    return JSONResponse(body | {"fields": [one._asdict() for one in error.wrong]}, HTTPStatus.UNPROCESSABLE_ENTITY)
