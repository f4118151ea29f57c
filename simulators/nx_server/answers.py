"""Who asks, and what a server says to anybody before it knows that."""

from __future__ import annotations

import time
from uuid import UUID

from simulators.nx_server.asked import NOT_FOUND, Asked, Said, failed
from simulators.nx_server.calls import handler
from simulators.nx_server.state import REALM, SERVER_ID, Refused, State, User


def answer(state: State, asked: Asked) -> Said:
    """What the server says, and what it stores."""
    if said := _to_anybody(state, asked):
        return said
    try:
        user = _who(state, asked)
    except Refused as refused:
        return _refusal(state, refused)
    found = handler(state, asked)
    return found(state, asked, user) if found else NOT_FOUND


def _to_anybody(state: State, asked: Asked) -> Said | None:
    parts = asked.parts
    if parts[0] == "api":
        return _old_introduction(state, asked)
    if parts[0] == "rest" and not _is_rest(state.profile.rest, parts):
        return NOT_FOUND
    if parts[2:] == ["site", "info"] and parts[1] == "v4":
        clock = {"synchronizedTimeMs": round(time.time() * 1000) + state.skew_ms}
        offered = {"min": "v1", "max": f"v{state.profile.rest}"}
        return Said(document={**_about(state), "restApiVersions": offered, **clock})
    if parts[2:] == ["servers", "this", "info"]:
        return Said(document={**_about(state), "id": SERVER_ID})
    if parts[2:4] == ["login", "users"]:
        return _login_user(state, parts[4])
    return _log_in(state, asked) if (asked.method, parts[2:]) == ("POST", ["login", "sessions"]) else None


def _about(state: State) -> dict[str, str]:
    return {"version": state.profile.version, "customization": state.customization, "type": "Media Server"}


def _old_introduction(state: State, asked: Asked) -> Said | None:
    replies = {
        "/api/moduleInformation": lambda: _about(state),
        "/api/getNonce": lambda: {"realm": REALM, "nonce": state.nonce()},
    }
    found = replies.get(asked.path)
    return Said(document={"error": "0", "errorString": "", "reply": found()}) if found else None


def _is_rest(newest: int, parts: list[str]) -> bool:
    return len(parts) > 2 and parts[0] == "rest" and parts[1] in {f"v{n}" for n in range(1, newest + 1)}


def _login_user(state: State, name: str) -> Said:
    user = state.user(name)
    if user is None:
        return failed("notFound", f"User {name} is not found")
    told = {"id": str(UUID(int=1)), "username": user.name, "type": user.kind, "methods": state.methods(user)}
    return Said(document=told)


def _log_in(state: State, asked: Asked) -> Said:
    said = asked.document
    try:
        token = state.log_in(said["username"], said["password"])
    except Refused as refused:
        return _refusal(state, refused)
    lasts = {"ageS": 0, "expiresInS": round(state.session_seconds)}
    return Said(document={"id": str(UUID(int=2)), "username": said["username"], "token": token, **lasts})


def _who(state: State, asked: Asked) -> User:
    scheme, _, rest = asked.headers.get("authorization", "").partition(" ")
    if scheme == "Bearer" and state.profile.rest:
        return state.by_token(rest)
    if scheme == "Digest":
        return state.by_digest(asked.method, asked.target, rest)
    raise Refused("")


def _refusal(state: State, refused: Refused) -> Said:
    profile = state.profile
    headers = {"x-auth-result": refused.result} if refused.result else {}
    if refused.result == "Auth_LockedOut":
        return Said(403, failed("forbidden", "Too many attempts, try again later").document, headers)
    if refused.result == "Auth_WrongSessionToken":
        return Said(profile.wrong_token, failed("unauthorized", "Session is over").document, headers)
    status, sentence = 401, "Unauthorized"
    if refused.result in ("Auth_WrongPassword", "Auth_WrongLogin") and profile.rest:
        status, sentence = profile.wrong_password, "Wrong password."
    headers["WWW-Authenticate"] = f'Digest algorithm="MD5", nonce="{state.nonce()}", realm="{REALM}"'
    return Said(status, failed("unauthorized", sentence).document, headers)
