"""How we prove to a server who we are: by a session and its token, or by Digest."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol
from urllib.parse import quote

import httpx

from services.integrations.wave import answers
from services.integrations.wave.dialects import Call, Dialect, Rest
from services.integrations.wave.settings import Settings
from shared.errors import Unauthorised
from shared.peer import Peer

Send = Callable[[Peer, Call, dict[str, str]], httpx.Response]
"""Sends a call with further headers through a peer, and minds the time."""


class SignIn(Protocol):
    """Sends calls in our user's name."""

    def send(self, call: Call) -> httpx.Response:
        """The server's answer. Raises Unauthorised or LockedOut when it does not let us in at all."""

    def end(self) -> None:
        """Leaves nothing open at the server."""


class Session:
    """Signs in when the first call needs it, and once more when the server has forgotten us."""

    def __init__(self, send: Send, peer: Peer, version: int, settings: Settings) -> None:
        self._send, self._peer, self._settings = send, peer, settings
        self._login = f"/rest/v{version}/login/sessions"
        self._token = ""

    def send(self, call: Call) -> httpx.Response:
        fresh = not self._token
        answer = self._try(call)
        if fresh or not answers.session_is_over(answer):
            return answer
        self._token = ""
        return self._try(call)

    def end(self) -> None:
        if self._token:
            token, self._token = self._token, ""
            self._send(self._peer, Call("DELETE", f"{self._login}/{quote(token, safe='')}"), _bearer(token))

    def _try(self, call: Call) -> httpx.Response:
        self._token = self._token or self._new_token()
        return self._send(self._peer, call, _bearer(self._token))

    def _new_token(self) -> str:
        said = {
            "username": self._settings.user,
            "password": self._settings.password.get_secret_value(),
            "setCookie": False,
        }
        answer = self._send(self._peer, Call("POST", self._login, json.dumps(said).encode()), {})
        answers.judged_sign_in(answer)
        found = answers.document(answer)
        token = str(found.get("token") or "") if isinstance(found, dict) else ""
        if not token.isascii() or not token.isprintable() or not token:
            raise Unauthorised("The server let us in and gave no token", answer.status_code)
        return token


class Digest:
    """Answers the server's challenge with MD5; the nonce is used until the server wants another."""

    def __init__(self, send: Send, peer: Peer, user: str) -> None:
        self._send, self._peer, self._user = send, peer, user

    def send(self, call: Call) -> httpx.Response:
        if not self._user.isascii():
            raise Unauthorised("Digest takes only names of ASCII letters: rename the user or choose a session")
        return self._send(self._peer, call, {})

    def end(self) -> None:
        """There is nothing to end."""


def digest_of(settings: Settings) -> httpx.DigestAuth:
    """These servers hash the user's name in lower case."""
    return httpx.DigestAuth(settings.user.lower(), settings.password.get_secret_value())


def by_session(send: Send, peer: Peer, dialect: Dialect, settings: Settings) -> bool:
    """Whether this user signs in by a session; asks the server where the settings leave it open.

    Raises:
        Unauthorised: the user can sign in by neither way.
    """
    if not isinstance(dialect, Rest):
        return settings.sign_in == "session"
    if settings.sign_in != "auto":
        return settings.sign_in == "session"
    answer = send(peer, Call("GET", f"/rest/v{dialect.version}/login/users/{quote(settings.user, safe='')}"), {})
    found = answers.document(answer) if answer.status_code == HTTPStatus.OK else None
    if not isinstance(found, dict):
        # The server answers this question seldom, and not for users that it does not know; the sign-in tells more.
        return True
    methods = {method.strip() for method in str(found.get("methods", "")).split("|")} - {""}
    if found.get("type") == "cloud" or (methods and not methods & {"sessions", "http"}):
        raise Unauthorised("The user is a cloud account, which cannot sign in here: make a local user at the server")
    return "sessions" in methods or not methods


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
