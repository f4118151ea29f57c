"""What each service gets to read."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from services.integrations.notify.message import LONGEST_TEXT, compose
from services.integrations.notify.settings import Settings
from tests.simulators.sample_delivery import a_camera, a_delivery, a_picture, some_pictures

PLACES: dict[str, dict[str, Any]] = {
    "slack": {"webhook": "https://hooks.slack.com/services/T1/B1/abc"},
    "slack_bot": {"bot_token": "xoxb-1-a", "channel": "C0GATEGATE"},
    "teams": {"webhook": "https://x.logic.azure.com:443/workflows/1a/triggers/manual/paths/invoke?sig=s"},
    "telegram": {"telegram_token": "1:a", "chat_id": "@gate"},
    "ntfy": {"topic": "gate"},
    "discord": {"webhook": "https://discord.com/api/webhooks/1/a?thread_id=7"},
}


def entered(preset: str, **given: Any) -> Settings:
    return Settings.model_validate({"service": {"preset": preset} | PLACES[preset]} | given)


def shown(preset: str, text: str) -> str:
    return compose(a_delivery(plate=text), some_pictures(), entered(preset, text="{plate}")).text


@pytest.mark.parametrize("preset", PLACES)
def test_a_usual_event_is_read_by_people(preset: str) -> None:
    message = compose(a_delivery(), some_pictures(crop=a_picture(20, 10, ".png")), entered(preset))

    assert message.title == "19ZFZL at Gate"
    assert message.text == "19ZFZL NLD\nGate, 2018-12-12 16:34:19, in\nLists: black, staff"
    assert message.picture_name == ("" if preset in ("slack", "teams") else "19ZFZL.png")


@pytest.mark.parametrize(
    ("preset", "text"),
    [
        ("slack", "&lt;!channel&gt; &amp; @everyone [a](b) a_b"),
        ("telegram", "&lt;!channel&gt; &amp; @everyone [a](b) a_b"),
        ("teams", "<\u200b!channel> & @everyone [a]\u200b(b) a_b"),
        ("ntfy", "<!channel> & @everyone [a](b) a_b"),
        ("discord", "\\<!channel\\> & @\u200beveryone \\[a\\](b) a_b"),
    ],
)
def test_markup_and_calls_are_shown_as_they_are_written(preset: str, text: str) -> None:
    assert shown(preset, "<!channel> & @everyone [a](b) a_b") == text


def test_emphasis_at_discord_is_shown_as_it_is_written() -> None:
    assert shown("discord", "*a* _b_ `c` ~~d~~ ||e||") == "\\*a\\* \\_b\\_ \\`c\\` \\~\\~d\\~\\~ \\|\\|e\\|\\|"


@pytest.mark.parametrize("preset", PLACES)
def test_a_text_that_grew_too_long_is_cut_and_still_fits(preset: str) -> None:
    delivery = a_delivery(camera=a_camera(name="@*" * 32))
    message = compose(delivery, some_pictures(), entered(preset, title="{camera}" * 5, text="{camera}" * 100))

    assert "…" in message.title
    assert "…" in message.text
    assert len(message.title) + len(message.text) < 2000
    assert len(shown("ntfy", "x" * LONGEST_TEXT)) == LONGEST_TEXT


def test_a_line_break_on_a_plate_makes_no_line() -> None:
    message = compose(a_delivery(plate="A\r\nB"), some_pictures(), entered("ntfy", title="{plate}", text="1\n{plate}"))

    assert (message.title, message.text) == ("AB", "1\nAB")


def test_a_text_of_nothing_but_empty_fields_is_still_sent() -> None:
    assert compose(a_delivery(region=""), some_pictures(), entered("ntfy", text="{region}")).text == "?"


def test_the_picture_is_left_out_where_retention_took_it_or_nobody_wants_it() -> None:
    assert compose(a_delivery(), some_pictures(), entered("discord")).picture is None
    assert compose(a_delivery(), some_pictures(crop=b"x"), entered("discord", picture=False)).picture is None


@pytest.mark.parametrize(
    ("preset", "field", "value"),
    [
        ("slack", "webhook", "https://hooks.slack.com/workflows/T1"),
        ("slack", "webhook", "ftp://hooks.slack.com/services/T1/B1/abc"),
        ("slack", "webhook", "https://user@hooks.slack.com/services/T1/B1/abc"),
        ("slack_bot", "bot_token", "abc"),
        ("slack_bot", "channel", "#gate"),
        ("slack_bot", "url", "https://user:word@slack.com/api"),
        ("teams", "webhook", "https://x.logic.azure.com/workflows/1a"),
        ("teams", "webhook", "https://x.logic.azure.com/workflows/1a/triggers/manual/paths/invoke?sv=1.0"),
        ("telegram", "telegram_token", "1:a/../../x"),
        ("telegram", "chat_id", "gate"),
        ("telegram", "topic_id", 0),
        ("ntfy", "topic", "a/b"),
        ("ntfy", "access_token", "a\r\nX-Evil: 1"),
        ("ntfy", "url", "https://ntfy.example/sub"),
        ("discord", "webhook", "https://discord.com/api/webhooks/x/a"),
        ("pigeon", "webhook", ""),
    ],
)
def test_a_wrong_setting_is_refused_and_a_secret_is_not_quoted(preset: str, field: str, value: object) -> None:
    place = {"preset": preset} | PLACES.get(preset, {}) | {field: value}
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"service": place})
    if field in ("webhook", "bot_token", "telegram_token", "access_token") and value:
        assert str(value) not in caught.value.errors()[0]["msg"]
