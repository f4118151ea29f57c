"""What each service's answer means; pure. A service says more in its body than in its status."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httpx

from services.integrations.notify.presets import AnyPreset
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.peer import judge, retry_after

_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
# Slack's documentation of chat.postMessage, files.getUploadURLExternal and "Errors": for now, and about the token.
_SLACK_BUSY = frozenset({"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable",
    "request_timeout", "team_added_to_org", "accesslimited"})  # fmt: skip
_SLACK_TOKEN = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired",
    "org_login_required", "two_factor_setup_required"})  # fmt: skip
_SLACK_RIGHTS = frozenset({"missing_scope", "no_permission", "not_allowed_token_type", "ekm_access_denied",
    "access_denied", "team_access_not_granted", "restricted_action", "not_in_channel"})  # fmt: skip


def understood(answer: httpx.Response, preset: AnyPreset) -> None:
    """Nothing when the service took it. Raises Retry, Unauthorised, Reject."""
    document = _document(answer)
    reason = _reason(document) or answer.text
    if answer.status_code in _GONE and preset.credential_in_path:
        raise Unauthorised(reason[:300] or f"{preset.titles} does not know it", answer.status_code)
    headers = {"retry-after": str(wish)} if (wish := _wish(answer, document)) is not None else {}
    headers |= {"location": answer.headers["location"]} if "location" in answer.headers else {}
    plain = httpx.Response(answer.status_code, headers=headers, text=reason)
    judge(plain, preset.titles)
    _BODIES[preset.preset](answer, document, preset)


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = json.loads(answer.content)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _reason(document: dict[str, Any]) -> str:
    """Telegram says `description`, Discord `message`, ntfy and Slack `error`, Microsoft an `error` with `message`."""
    error = document.get("error")
    inner = error.get("message") if isinstance(error, dict) else error
    return next((str(said) for said in (document.get("description"), document.get("message"), inner) if said), "")


def _wish(answer: httpx.Response, document: dict[str, Any]) -> int | None:
    """Whole seconds; Telegram and Discord say them in the body, Discord with a fraction."""
    told = retry_after(answer)
    if told is None:
        parameters = document.get("parameters")
        inner = parameters if isinstance(parameters, dict) else document
        told = inner.get("retry_after")
    return int(told + 0.999) if isinstance(told, int | float) and 0 <= told < 1e6 else None


def _else_answers(preset: AnyPreset) -> Retry:
    return Retry(f"Something else than {preset.titles} answers", trouble=Trouble.WRONG_DEVICE)


def _slack_webhook(answer: httpx.Response, _document: dict[str, Any], preset: AnyPreset) -> None:
    if answer.content != b"ok":
        raise _else_answers(preset)


def _slack_api(answer: httpx.Response, document: dict[str, Any], preset: AnyPreset) -> None:
    """Its API says with status 200 what is wrong; where files are uploaded, `OK` and a length are all of the body."""
    if document.get("ok") is True or answer.content.startswith(b"OK"):
        return
    error = str(document.get("error", ""))[:100]
    if not error:
        raise _else_answers(preset)
    if error in _SLACK_BUSY:
        raise Retry(f"Slack says {error}", retry_after(answer), answer.status_code)
    if error in _SLACK_TOKEN:
        raise Unauthorised(error, answer.status_code)
    if error in _SLACK_RIGHTS:
        raise Unauthorised(error, answer.status_code, Trouble.RIGHTS)
    raise Reject(error, answer.status_code)


def _telegram(_answer: httpx.Response, document: dict[str, Any], preset: AnyPreset) -> None:
    if document.get("ok") is not True:
        raise _else_answers(preset)


def _ntfy(_answer: httpx.Response, document: dict[str, Any], preset: AnyPreset) -> None:
    if "id" not in document:
        raise _else_answers(preset)


def _discord(answer: httpx.Response, document: dict[str, Any], preset: AnyPreset) -> None:
    if answer.status_code != HTTPStatus.NO_CONTENT and "id" not in document:
        raise _else_answers(preset)


def _anything(_answer: httpx.Response, _document: dict[str, Any], _preset: AnyPreset) -> None:
    """A workflow answers what its author wants."""


_BODIES: dict[str, Callable[[httpx.Response, dict[str, Any], AnyPreset], None]] = {
    "slack": _slack_webhook,
    "slack_bot": _slack_api,
    "teams": _anything,
    "telegram": _telegram,
    "ntfy": _ntfy,
    "discord": _discord,
}
