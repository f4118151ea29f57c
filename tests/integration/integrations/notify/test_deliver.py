"""A message at each chat service: what arrives, and what the test of a destination does."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.integrations.notify.deliver import check
from services.integrations.notify.settings import Settings
from shared.errors import Reject, Unauthorised
from simulators.json_receiver import Answer
from tests.integration.integrations.conftest import Certificate
from tests.integration.integrations.notify.chats import PICTURE, PRESETS, each, entered, said, send, service
from tests.simulators import chat_services as sim
from tests.simulators.chat_services import ChatServices


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


@pytest.mark.usefixtures("quick")
def test_many_chats_at_once_get_their_own_messages_and_what_failed_is_sent_again(
    ledger: Any, start_worker: Any, until: Any, trusted: dict[str, Any], certificate: Certificate
) -> None:
    with ChatServices(certificate=certificate.files) as one, ChatServices(certificate=certificate.files) as two:
        one.plan += [Answer(503), Answer(429)]
        two.plan.append(Answer(200, b"ok", delay=1))
        start_worker("notify")
        places = {
            ledger.destination("notify", service=service("telegram", one.url), picture=False, **trusted): one,
            ledger.destination("notify", service=service("slack", two.url), **trusted): two,
        }
        for destination in places:
            ledger.add(destination, "AA1", "BB2", "CC3")
        for destination in places:
            until(lambda place=destination: ledger.states(place) == {"delivered": 3}, "all were delivered")

        texts = [request.document["text"] for request in one.requests]
        assert ["AA1" in text for text in texts] == [True, True, True, False, False]
        assert len(two.requests) == 3
        assert {urlsplit(request.path).path for request in two.requests} == {sim.SLACK_WEBHOOK}
