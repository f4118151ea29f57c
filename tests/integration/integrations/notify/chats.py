"""Settings for each chat service, and what a service got to read."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.integrations.notify.deliver import deliver
from services.integrations.notify.settings import Settings
from shared.integration import Receipt
from simulators.json_receiver import Request
from tests.simulators import chat_services as sim
from tests.simulators.sample_delivery import a_delivery, a_picture, some_pictures

PRESETS = ["slack", "slack_bot", "teams", "telegram", "ntfy", "discord"]
PICTURE = a_picture(216, 48)
each = pytest.mark.parametrize("preset", PRESETS)


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
