"""What each answer of a chat service means, and that no credential gets out."""

from __future__ import annotations

import json
import logging
import socket
from typing import Any

import pytest

from shared.errors import NotSent, Reject, Retry, Trouble, Unauthorised
from simulators.json_receiver import Answer
from tests.integration.integrations.notify.chats import PRESETS, each, entered, send
from tests.simulators import chat_services as sim
from tests.simulators.chat_services import ChatServices

FAULTS: list[tuple[Answer, type[Exception]]] = [
    (Answer(400, b"bad"), Reject),
    (Answer(401, b"who?"), Unauthorised),
    (Answer(403, b"no"), Unauthorised),
    (Answer(404, b"none"), Reject),
    (Answer(429, b"slow down", {"Retry-After": "7"}), Retry),
    (Answer(500, b"oops"), Retry),
    (Answer(302, b"", {"Location": "https://127.0.0.1/"}), Retry),
    (Answer(200, delay=4), Retry),
    (Answer(fault="reset"), Retry),
    (Answer(fault="close"), Retry),
]


@each
@pytest.mark.parametrize(("answer", "kind"), FAULTS)
def test_each_fault_says_what_comes_next(
    chats: ChatServices, trusted: dict[str, Any], preset: str, answer: Answer, kind: type[Exception]
) -> None:
    chats.plan.append(answer)
    with pytest.raises(kind) as caught:
        send(entered(preset, chats.url, **trusted | {"timeout": 1}))
    assert len(chats.requests) == 1
    if answer.status == 429:
        assert isinstance(caught.value, Retry)
        assert caught.value.after == 7


@pytest.mark.parametrize(
    ("preset", "body", "seconds"),
    [
        ("telegram", b'{"ok": false, "description": "Too Many Requests", "parameters": {"retry_after": 3}}', 3),
        ("discord", b'{"message": "You are being rate limited.", "retry_after": 1.25, "global": false}', 2),
    ],
)
def test_a_wish_in_the_body_is_heeded(
    chats: ChatServices, trusted: dict[str, Any], preset: str, body: bytes, seconds: float
) -> None:
    chats.plan.append(Answer(429, body, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9999999999"}))
    with pytest.raises(Retry) as caught:
        send(entered(preset, chats.url, **trusted))
    assert caught.value.after == seconds


@pytest.mark.parametrize(
    ("error", "kind", "trouble"),
    [
        ("invalid_auth", Unauthorised, Trouble.CREDENTIALS),
        ("missing_scope", Unauthorised, Trouble.RIGHTS),
        ("channel_not_found", Reject, Trouble.OTHER),
        ("ratelimited", Retry, Trouble.OTHER),
    ],
)
def test_what_slack_says_with_status_200_is_understood(
    chats: ChatServices, trusted: dict[str, Any], error: str, kind: type[Exception], trouble: Trouble
) -> None:
    chats.plan.append(Answer(200, json.dumps({"ok": False, "error": error}).encode()))
    with pytest.raises(kind, match=error) as caught:
        send(entered("slack_bot", chats.url, **trusted))
    assert isinstance(caught.value, Retry | Reject)
    assert caught.value.trouble is trouble


@pytest.mark.parametrize("preset", ["slack", "slack_bot", "telegram", "ntfy", "discord"])
def test_something_else_that_answers_well_is_not_believed(
    chats: ChatServices, trusted: dict[str, Any], preset: str
) -> None:
    chats.plan.append(Answer(200, b"<html>Sign in to the guest network</html>"))
    with pytest.raises(Retry, match="Something else") as caught:
        send(entered(preset, chats.url, **trusted))
    assert caught.value.trouble is Trouble.WRONG_DEVICE


@pytest.mark.parametrize(
    ("preset", "before", "fault"),
    [
        ("slack_bot", b'{"ok": true, "channel": "C1"}', Answer(500)),
        ("slack_bot", b'{"ok": true, "channel": "C1"}', Answer(200, b'{"ok": true}')),
        ("slack_bot", b'{"ok": true}', None),
        ("discord", b'{"id": "1"}', Answer(413, b'{"message": "Request entity too large"}')),
    ],
)
def test_a_picture_that_is_refused_sends_no_message_twice(
    chats: ChatServices, trusted: dict[str, Any], preset: str, before: bytes, fault: Answer | None
) -> None:
    chats.plan += [Answer(200, before)] + ([fault] if fault else [])
    receipt = send(entered(preset, chats.url, **trusted))

    assert "took the message, but not the picture" in receipt.answer


def test_a_limit_that_is_nearly_reached_makes_nobody_sleep(chats: ChatServices, trusted: dict[str, Any]) -> None:
    chats.plan.append(Answer(204, b"", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9999999999"}))
    assert send(entered("discord", chats.url, **trusted)).answer.endswith("took it")
    assert len(chats.requests) == 2


def test_a_service_that_is_away_or_not_trusted_is_tried_again(chats: ChatServices) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NotSent, match="cannot be reached"):
        send(entered("ntfy", f"https://127.0.0.1:{port}"))
    with pytest.raises(NotSent, match="not trusted") as caught:
        send(entered("discord", chats.url))
    assert caught.value.trouble is Trouble.CERTIFICATE


def test_nothing_is_sent_into_our_own_house(
    chats: ChatServices, trusted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PLATEWIRE_ALLOW_LOOPBACK")
    for preset in PRESETS:
        with pytest.raises(Reject, match="not allowed"):
            send(entered(preset, chats.url, **trusted))
    assert chats.requests == []


@each
def test_no_credential_gets_into_an_error_or_a_log(
    chats: ChatServices, trusted: dict[str, Any], preset: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # as shared.logs does
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    settings = entered(preset, chats.url, **trusted)
    mirrored = f"no such thing: {chats.url}{sim.SLACK_WEBHOOK} {sim.TEAMS_WEBHOOK} {sim.DISCORD_WEBHOOK}"
    mirrored += f" {sim.SLACK_TOKEN} /bot{sim.TELEGRAM_TOKEN}/x {sim.NTFY_TOKEN}"
    own = {"slack": sim.SLACK_WEBHOOK, "slack_bot": sim.SLACK_TOKEN, "teams": sim.TEAMS_WEBHOOK, "ntfy": sim.NTFY_TOKEN}
    own |= {"telegram": sim.TELEGRAM_TOKEN, "discord": sim.DISCORD_WEBHOOK}
    chats.plan += [Answer(400, mirrored.encode()), Answer(302, b"", {"Location": chats.url + "/" + own[preset]})]
    sentences = [f"{settings!r}{settings}{settings.model_dump_json()}"]
    for kind in (Reject, Retry):
        with pytest.raises(kind) as caught:
            send(settings)
        sentences += [str(caught.value), repr(caught.value), getattr(caught.value, "reason", "")]
    send(settings)

    secret = own[preset].rpartition("sig=")[2].rpartition("/")[2]
    assert not [sentence for sentence in sentences if secret in sentence]
    assert secret not in caplog.text
