"""What a server's answer means for us: its own words for a refusal become the errors that a delivery knows; pure.

The words are those of the header `x-auth-result` (nx_open, auth_result.h) and of the JSON body's `errorId`.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import httpx

from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.integration import Receipt
from shared.peer import ANSWER_LIMIT, judge

REFUSED_FOR = 300.0
"""Seconds after which we ask a server again that refused our sign-in, so that we never lock a user out ourselves."""
_SESSION_OVER = {"Auth_WrongSessionToken", "Auth_TruncatedSessionToken", "sessionExpired", "sessionTruncated"}
_SESSION_WANTED = {"Auth_DisabledBasicAndDigest", "sessionRequired"}
_LOCKED = "Auth_LockedOut"
_WRONG = "The server does not know this user with this password"
_ABOUT_USER = {
    "Auth_WrongLogin": _WRONG,
    "Auth_WrongDigest": _WRONG,
    "Auth_WrongPassword": _WRONG,
    "Auth_PasswordExpired": "The user's password has expired: set a new one at the server and enter it here",
    "Auth_DisabledUser": "The user is disabled at the server: enable it there",
    "Auth_DisabledBasicAndDigest": "The server takes no Digest from this user: choose a session as sign-in",
}
_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


class LockedOut(Retry):
    """The server refuses every sign-in of this user for a while."""

    def __init__(self, status: int | None) -> None:
        sentence = (
            "The server has locked this user out after too many wrong passwords:"
            " wait five minutes, then enter the right password and test once"
        )
        super().__init__(sentence, REFUSED_FOR, status, Trouble.CREDENTIALS)


def document(answer: httpx.Response) -> Any:
    """The JSON in an answer; None when it holds none."""
    try:
        return answer.json()
    except ValueError:
        return None


def session_is_over(answer: httpx.Response) -> bool:
    """Whether the answer asks us to sign in once more."""
    if answer.status_code not in _REFUSED:
        return False
    words = _words(answer)
    return bool(words & _SESSION_OVER) or (answer.status_code == HTTPStatus.UNAUTHORIZED and not words & {_LOCKED})


def wants_session(answer: httpx.Response) -> bool:
    """Whether the server takes no Digest from this user."""
    return answer.status_code in _REFUSED and bool(_words(answer) & _SESSION_WANTED)


def judged(answer: httpx.Response) -> Receipt:
    """As shared.peer.judge, in the words of these servers. Raises as it does, and LockedOut."""
    refuse_credentials(answer)
    if answer.status_code == HTTPStatus.FORBIDDEN:
        raise Unauthorised(_said(answer, "the user may not do this"), answer.status_code, Trouble.RIGHTS)
    if answer.is_client_error:
        # The status alone decides between trying again and giving up.
        return judge(httpx.Response(answer.status_code, headers=_retry_after(answer), text=_said(answer)), "The server")
    return judge(answer, "The server")


def judged_sign_in(answer: httpx.Response) -> None:
    """As judged, for an answer to user and password: a refusal is always about these."""
    refuse_credentials(answer)
    if answer.status_code in {*_REFUSED, HTTPStatus.UNPROCESSABLE_ENTITY}:
        raise Unauthorised(_said(answer, _WRONG), answer.status_code)
    if answer.status_code == HTTPStatus.NOT_FOUND:
        raise Reject("This server knows no sessions: choose the automatic sign-in", answer.status_code)
    judge(answer, "The server")


def judged_event(answer: httpx.Response) -> None:
    """As judged, for a generic event: the older call says also its errors with status 200."""
    judged(answer)
    said = document(answer)
    error = str(said.get("error", "0")) if isinstance(said, dict) else "0"
    if error == "4":
        raise Unauthorised(_said(answer, "the user may not send events"), answer.status_code, Trouble.RIGHTS)
    if error not in ("0", ""):
        raise Reject(_said(answer, f"error {error}"), answer.status_code)


def refuse_credentials(answer: httpx.Response) -> None:
    """Raises Unauthorised or LockedOut when the answer is about who we are, not about what we asked."""
    if answer.is_success:
        return
    words = _words(answer)
    if _LOCKED in words or "too many attempts" in answer.text[:ANSWER_LIMIT].lower():
        raise LockedOut(answer.status_code)
    if known := [sentence for word, sentence in _ABOUT_USER.items() if word in words]:
        raise Unauthorised(known[0], answer.status_code)
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise Unauthorised(_said(answer, _WRONG), answer.status_code)


def _words(answer: httpx.Response) -> set[str]:
    said = document(answer)
    identity = str(said.get("errorId", "")) if isinstance(said, dict) else ""
    return {answer.headers.get("x-auth-result", "").strip(), identity} - {""}


def _said(answer: httpx.Response, otherwise: str = "") -> str:
    said = document(answer)
    sentence = str(said.get("errorString") or "") if isinstance(said, dict) else answer.text
    return sentence[:ANSWER_LIMIT].strip() or otherwise


def _retry_after(answer: httpx.Response) -> dict[str, str]:
    wish = answer.headers.get("retry-after")
    return {"retry-after": wish} if wish else {}
