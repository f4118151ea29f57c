"""What a server says, and what that means for a delivery."""

from __future__ import annotations

import json

import httpx
import pytest

from services.integrations.wave.about import introduced
from services.integrations.wave.answers import (
    LockedOut,
    judged,
    judged_event,
    judged_sign_in,
    session_is_over,
    wants_session,
)
from services.integrations.wave.dialects import Legacy, Rest
from services.integrations.wave.settings import Settings
from services.integrations.wave.sign_in import digest_of
from shared.errors import Reject, Retry, Trouble, Unauthorised


def said(status: int, document: object = None, result: str = "", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()} | (
        {"x-auth-result": result} if result else {}
    )
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return httpx.Response(status, headers=named, content=content)


ERROR = {"error": "4", "errorId": "forbidden", "errorString": "Not yours"}


@pytest.mark.parametrize(
    ("answer", "kind", "trouble", "words"),
    [
        (said(401, ERROR), Unauthorised, Trouble.CREDENTIALS, "Not yours"),
        (said(401, b"", "Auth_WrongDigest"), Unauthorised, Trouble.CREDENTIALS, "does not know this user"),
        (said(401, b"", "Auth_DisabledUser"), Unauthorised, Trouble.CREDENTIALS, "user is disabled"),
        (said(403, b"", "Auth_PasswordExpired"), Unauthorised, Trouble.CREDENTIALS, "password has expired"),
        (said(403, ERROR), Unauthorised, Trouble.RIGHTS, "Not yours"),
        (said(403, b""), Unauthorised, Trouble.RIGHTS, "may not do this"),
        (said(403, b"", "Auth_LockedOut"), LockedOut, Trouble.CREDENTIALS, "wait five minutes"),
        (said(403, {"errorString": "Too many attempts, try again later"}), LockedOut, Trouble.CREDENTIALS, "locked"),
        (said(400, {"error": "5", "errorString": "Bad JSON"}), Reject, Trouble.OTHER, "Bad JSON"),
        (said(404, ERROR), Reject, Trouble.OTHER, "Not yours"),
        (said(422, {"error": "1", "errorString": "Missing name"}), Reject, Trouble.OTHER, "Missing name"),
        (said(409, b"plain"), Reject, Trouble.OTHER, "plain"),
        (said(429, b"", retry_after="7"), Retry, Trouble.OTHER, "status 429"),
        (said(500, ERROR), Retry, Trouble.OTHER, "status 500"),
        (said(503, b""), Retry, Trouble.OTHER, "status 503"),
        (said(301, b"", location="https://x:7001/"), Retry, Trouble.OTHER, "redirects to https://x:7001/"),
    ],
)
def test_each_documented_refusal_becomes_the_right_error(
    answer: httpx.Response, kind: type[Retry | Reject], trouble: Trouble, words: str
) -> None:
    with pytest.raises(kind) as caught:
        judged(answer)

    assert type(caught.value) is kind
    assert (caught.value.trouble, caught.value.status) == (trouble, answer.status_code)
    assert words in caught.value.reason


@pytest.mark.parametrize(
    ("answer", "over"),
    [
        (said(403, b"", "Auth_WrongSessionToken"), True),
        (said(401, b"", "Auth_WrongSessionToken"), True),
        (said(403, {"errorId": "sessionExpired"}), True),
        (said(403, {"errorId": "sessionTruncated"}), True),
        (said(401, b""), True),
        (said(403, ERROR), False),
        (said(401, b"", "Auth_LockedOut"), False),
        (said(404, b"", "Auth_WrongSessionToken"), False),
    ],
)
def test_only_a_session_that_is_over_is_a_reason_to_sign_in_again(answer: httpx.Response, over: bool) -> None:
    assert session_is_over(answer) is over


def test_a_server_may_want_a_session_instead_of_digest() -> None:
    assert wants_session(said(401, b"", "Auth_DisabledBasicAndDigest"))
    assert wants_session(said(403, {"errorId": "sessionRequired"}))
    assert not wants_session(said(401, b"", "Auth_WrongDigest"))


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Unauthorised), (403, Unauthorised), (422, Unauthorised), (404, Reject)]
)
def test_a_refused_sign_in_is_about_user_and_password(status: int, kind: type[Reject]) -> None:
    with pytest.raises(kind) as caught:
        judged_sign_in(said(status, {"errorString": "Wrong password."}))

    assert type(caught.value) is kind


def test_the_old_call_for_events_says_its_errors_with_status_200() -> None:
    judged_event(said(200, {"error": "0", "errorString": ""}))
    judged_event(said(200, b""))
    with pytest.raises(Reject, match="Invalid parameter") as refused:
        judged_event(said(200, {"error": "2", "errorString": "Invalid parameter"}))
    with pytest.raises(Unauthorised) as forbidden:
        judged_event(said(200, {"error": "4", "errorString": ""}))

    assert type(refused.value) is Reject
    assert forbidden.value.trouble is Trouble.RIGHTS


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ({"version": "6.1.0.4", "customization": "hanwha", "restApiVersions": {"max": "v4"}}, "WAVE 6.1.0, REST v4"),
        ({"version": "7.0", "customization": "default", "restApiVersions": {"max": "v9"}}, "Nx Witness 7.0, REST v4"),
        ({"version": "6.0.1", "customization": "metavms"}, "Nx Meta 6.0.1, REST v3"),
        ({"version": "5.1.5.39242", "customization": "hanwha"}, "WAVE 5.1.5, REST v2"),
        ({"version": "5.0.0.1", "customization": "x"}, "Nx server (x) 5.0.0, REST v1"),
        ({"version": "4.2.0.1", "customization": "hanwha"}, "WAVE 4.2.0, legacy API"),
    ],
)  # fmt: skip
def test_a_server_says_what_it_is(told: dict[str, object], title: str) -> None:
    for document in (told, {"error": "0", "reply": told}):
        about = introduced(said(200, document))
        assert about is not None
        assert about.title == title
        assert isinstance(about.dialect, Legacy if "legacy" in title else Rest)


@pytest.mark.parametrize(
    "answer",
    [
        said(404),
        said(401),
        said(200, b"<html>"),
        said(200, []),
        said(200, {"version": "R1.2b"}),
        said(200, {"reply": 1}),
    ],
)
def test_what_is_no_introduction_is_none(answer: httpx.Response) -> None:
    assert introduced(answer) is None


def test_digest_answers_as_the_servers_reckon() -> None:
    settings = Settings.model_validate({"host": "10.0.4.17", "user": "Admin", "password": "s3cret!"})
    flow = digest_of(settings).sync_auth_flow(httpx.Request("GET", "http://10.0.4.17:7001/api/createEvent"))
    first = next(flow)
    challenge = 'Digest algorithm="MD5", nonce="15185146660140348415", realm="VMS"'

    second = flow.send(httpx.Response(401, headers={"www-authenticate": challenge}, request=first))

    header = second.headers["authorization"]
    assert 'response="c752642a50ae93e9abf5eb0f21f450dd"' in header
    assert 'username="admin"' in header
    assert "qop" not in header
