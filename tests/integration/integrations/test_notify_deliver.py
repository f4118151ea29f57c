"""A message at each chat service: what arrives, what each answer means, and that no credential gets out."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.integrations.notify.deliver import check, deliver
from services.integrations.notify.settings import Settings
from shared.errors import NotSent, Reject, Retry, Trouble, Unauthorised
from shared.integration import Receipt
from simulators.json_receiver import Answer, Request
from tests.integration.integrations.conftest import Certificate
from tests.simulators import chat_services as sim
from tests.simulators.chat_services import ChatServices
from tests.simulators.sample_delivery import a_delivery, a_picture, some_pictures

PRESETS = ["slack", "slack_bot", "teams", "telegram", "ntfy", "discord"]
PICTURE = a_picture(216, 48)
SECRETS = ("ecret", "T0GATE", "0123456789abcdef")
each = pytest.mark.parametrize("preset", PRESETS)


@pytest.fixture
def chats(certificate: Certificate) -> Iterator[ChatServices]:
    with ChatServices(certificate=certificate.files) as running:
        yield running


@pytest.fixture
def trusted(certificate: Certificate) -> dict[str, Any]:
    return {"ca": certificate.pem, "timeout": 2}


def service(preset: str, url: str) -> dict[str, Any]:
    ways: dict[str, dict[str, Any]] = {
        "slack": {"webhook": url + sim.SLACK_WEBHOOK},
        "slack_bot": {"bot_token": sim.SLACK_TOKEN, "channel": sim.CHANNEL, "url": url + "/api"},
        "teams": {"webhook": url + sim.TEAMS_WEBHOOK},
        "telegram": {"telegram_token": sim.TELEGRAM_TOKEN, "chat_id": sim.CHAT, "url": url},
        "ntfy": {"topic": "gate_north", "access_token": sim.NTFY_TOKEN, "url": url},
        "discord": {"webhook": url + sim.DISCORD_WEBHOOK},
    }
    return {"preset": preset} | ways[preset]


def entered(preset: str, url: str, **given: Any) -> Settings:
    return Settings.model_validate({"service": service(preset, url)} | given)


def send(settings: Settings, plate: str = "19ZFZL", crop: bytes | None = PICTURE) -> Receipt:
    return deliver(a_delivery(plate=plate), some_pictures(crop=crop), settings)


def said(preset: str, request: Request) -> str:
    """Everything that people read of a request."""
    if preset == "ntfy":
        query = parse_qs(urlsplit(request.path).query)
        return f"{query['title'][0]}\n{query['message'][0]}"
    if preset == "telegram":
        return request.part("caption").data.decode()
    document = request.document
    if preset == "discord":
        return str(document["content"])
    if preset == "teams":
        return "\n".join(block["text"] for block in document["attachments"][0]["content"]["body"])
    return "\n".join((document["attachments"][0]["title"], document["attachments"][0]["text"]))


@each
def test_title_text_and_picture_arrive(chats: ChatServices, trusted: dict[str, Any], preset: str) -> None:
    receipt = send(entered(preset, chats.url, **trusted))

    assert receipt.answer.endswith("took it")
    text = said(preset, chats.requests[0])
    assert "19ZFZL at Gate" in text
    assert "2018-12-12 16:34:19" in text
    with_picture = [request for request in chats.requests if PICTURE in request.body]
    assert len(with_picture) == (0 if preset in ("slack", "teams") else 1)
    assert {request.headers["user-agent"] for request in chats.requests} <= {"Platewire"}


def test_slacks_api_is_asked_in_the_order_that_it_wants(chats: ChatServices, trusted: dict[str, Any]) -> None:
    send(entered("slack_bot", chats.url, **trusted))

    assert [urlsplit(request.path).path for request in chats.requests] == [
        "/api/chat.postMessage",
        "/api/files.getUploadURLExternal",
        "/upload/v1/abc",
        "/api/files.completeUploadExternal",
    ]
    assert chats.requests[3].document == {"files": [{"id": "F1", "title": "19ZFZL.jpg"}], "channel_id": "C0GATEGATE"}


def test_a_token_goes_to_nobody_but_its_own_service(
    chats: ChatServices, trusted: dict[str, Any], certificate: Certificate
) -> None:
    with ChatServices(certificate=certificate.files) as elsewhere:
        upload = {"ok": True, "file_id": "F1", "upload_url": elsewhere.url + "/upload/v1/abc"}
        chats.plan += [Answer(200, b'{"ok": true, "channel": "C1"}'), Answer(200, json.dumps(upload).encode())]
        send(entered("slack_bot", chats.url, **trusted))

        assert "authorization" in chats.requests[0].headers
        assert PICTURE in elsewhere.requests[0].body
        assert "authorization" not in elsewhere.requests[0].headers


def test_a_telegram_message_is_one_request_with_its_picture(chats: ChatServices, trusted: dict[str, Any]) -> None:
    send(entered("telegram", chats.url, title="<b>{plate}</b> & co", **trusted))
    send(entered("telegram", chats.url, picture=False, **trusted))

    first, second = chats.requests
    assert first.path == f"/bot{sim.TELEGRAM_TOKEN}/sendPhoto"
    assert first.part("caption").data.startswith(b"<b>&lt;b&gt;19ZFZL&lt;/b&gt; &amp; co</b>\n")
    assert (first.part("parse_mode").data, first.part("photo").filename) == (b"HTML", "19ZFZL.jpg")
    assert second.path.endswith("/sendMessage")
    assert second.document["disable_web_page_preview"] is True


def test_a_cyrillic_plate_and_an_emptied_title_arrive(chats: ChatServices, trusted: dict[str, Any]) -> None:
    for preset in PRESETS:
        send(entered(preset, chats.url, title="", text="Прибув {plate}", picture=False, **trusted), "АА1234ВВ")

    bodies = [json.dumps(request.document, ensure_ascii=False) for request in chats.requests]
    assert len(bodies) == len(PRESETS)
    assert all("Прибув АА1234ВВ" in body for body in bodies)


NASTY = "<!channel> <@U1> @everyone @here <at>all</at> [x](https://evil.example) **b** `c`"


@each
def test_nothing_that_a_device_says_calls_anybody(chats: ChatServices, trusted: dict[str, Any], preset: str) -> None:
    settings = entered(preset, chats.url, title="{plate}", text="{plate}", **trusted)
    send(settings, NASTY)

    text = said(preset, chats.requests[0])
    calls = {
        "slack": ("<!", "<@"),
        "slack_bot": ("<!", "<@"),
        "teams": ("<at>", "]("),
        "telegram": ("<!", "<@", "<at>"),
        "ntfy": (),
        "discord": ("@everyone", "@here", "<@U1", "[x](", "**"),
    }
    assert not [call for call in calls[preset] if call in text.replace("<b>", "").replace("</b>", "")]
    if preset == "discord":
        assert chats.requests[0].document["allowed_mentions"] == {"parse": []}
    if preset == "teams":
        assert "entities" not in chats.requests[0].document["attachments"][0]["content"]["msteams"]


@each
def test_no_address_of_a_picture_elsewhere_is_sent(chats: ChatServices, trusted: dict[str, Any], preset: str) -> None:
    send(entered(preset, chats.url, **trusted))

    for request in chats.requests:
        body = request.body.replace(b"http://adaptivecards.io/schemas/adaptive-card.json", b"").lower()
        assert not [word for word in (b"http", b"avatar", b"icon") if word in body.replace(PICTURE.lower(), b"")]


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


def test_a_wrong_credential_is_told_as_one(chats: ChatServices, trusted: dict[str, Any]) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "slack": {"webhook": chats.url + "/services/T0/B0/guessedguessed"},
        "slack_bot": {"bot_token": "xoxb-guessed"},
        "teams": {"webhook": chats.url + sim.TEAMS_WEBHOOK.replace("sig=teams", "sig=guessed")},
        "telegram": {"telegram_token": "1:guessed"},
        "ntfy": {"access_token": "tk_guessed"},
        "discord": {"webhook": chats.url + "/api/webhooks/1/guessed"},
    }
    for preset, changes in wrong.items():
        settings = Settings.model_validate({"service": service(preset, chats.url) | changes} | trusted)
        with pytest.raises(Unauthorised):
            send(settings)
        with pytest.raises(Unauthorised):
            check(settings)


@each
def test_a_test_shows_nothing_or_says_that_it_is_one(chats: ChatServices, trusted: dict[str, Any], preset: str) -> None:
    answer = check(entered(preset, chats.url, **trusted)).answer

    paths = [urlsplit(request.path).path for request in chats.requests]
    quiet = {
        "telegram": [f"/bot{sim.TELEGRAM_TOKEN}/getMe", f"/bot{sim.TELEGRAM_TOKEN}/getChat"],
        "slack_bot": ["/api/auth.test"],
        "discord": [sim.DISCORD_WEBHOOK],
    }
    if preset in quiet:
        assert paths == quiet[preset]
        assert "knows" in answer
    else:
        assert "test message" in answer
        (request,) = chats.requests
        assert "This is a test: no vehicle passed." in json.dumps(request.document)


def test_telegram_says_that_the_bot_does_not_see_the_chat(chats: ChatServices, trusted: dict[str, Any]) -> None:
    given = service("telegram", chats.url) | {"chat_id": "-42"}
    with pytest.raises(Reject, match="chat not found"):
        check(Settings.model_validate({"service": given} | trusted))


def test_a_thread_of_discord_and_a_topic_of_telegram_are_kept(chats: ChatServices, trusted: dict[str, Any]) -> None:
    thread = {"preset": "discord", "webhook": f"{chats.url}{sim.DISCORD_WEBHOOK}?thread_id=77"}
    send(Settings.model_validate({"service": thread} | trusted), crop=None)
    topic = service("telegram", chats.url) | {"topic_id": 5}
    send(Settings.model_validate({"service": topic} | trusted), crop=None)

    assert chats.requests[0].path == f"{sim.DISCORD_WEBHOOK}?thread_id=77"
    assert chats.requests[1].document["message_thread_id"] == 5
