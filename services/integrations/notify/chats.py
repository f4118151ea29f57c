"""Apprise's plug-in for each service, told to send exactly our message and nothing of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from apprise import AppriseAsset
from apprise.common import NotifyFormat, PersistentStoreMode
from apprise.plugins.base import NotifyBase
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.ntfy import NotifyNtfy
from apprise.plugins.slack import NotifySlack
from apprise.plugins.telegram import NotifyTelegram
from apprise.plugins.workflows import NotifyWorkflows

from services.integrations.notify.presets import AnyPreset, Discord, Ntfy, Slack, SlackBot, Teams, Telegram

_OURS = AppriseAsset(
    app_id="Platewire", app_desc="Platewire", storage_mode=PersistentStoreMode.MEMORY, http_redirects=False
)


class _QuietDiscord(NotifyDiscord):
    """Whatever the text holds, nobody is called by it (Discord's documentation, Allowed Mentions Object)."""

    def _send(self, payload: dict[str, Any], *args: Any, **given: Any) -> bool:
        return super()._send(payload | {"allowed_mentions": {"parse": []}}, *args, **given)


def chat(preset: AnyPreset) -> tuple[NotifyBase, NotifyFormat]:
    """The plug-in for a preset, and how its text is to be taken; one for each try."""
    plugin, form = _CHATS[type(preset)](preset)
    # The engine decides when the next one is sent.
    plugin.request_rate_per_sec = 0
    return plugin, form


def home(preset: AnyPreset) -> str:
    """Scheme, name and port of where the credentials belong."""
    if isinstance(preset, SlackBot | Telegram | Ntfy):
        parts = urlsplit(preset.url)
        return f"{parts.scheme}://{parts.netloc}"
    return preset.origin()


def _slack(preset: Slack) -> tuple[NotifyBase, NotifyFormat]:
    before, *tokens = preset.pieces()
    plugin = NotifySlack(
        token_a=tokens[0], token_b=tokens[1], token_c=tokens[2], include_image=False, include_footer=False, asset=_OURS
    )
    plugin.webhook_url = before
    return plugin, NotifyFormat.TEXT


def _slack_bot(preset: SlackBot) -> tuple[NotifyBase, NotifyFormat]:
    plugin = NotifySlack(
        access_token=preset.bot_token.get_secret_value(),
        targets=[f"+{preset.channel}"],
        include_image=False,
        include_footer=False,
        asset=_OURS,
    )
    plugin.api_url = preset.url + "/{}"
    return plugin, NotifyFormat.TEXT


def _teams(preset: Teams) -> tuple[NotifyBase, NotifyFormat]:
    parts = urlsplit(preset.origin())
    return NotifyWorkflows(
        **preset.pieces(), host=parts.hostname, port=parts.port, include_image=False, asset=_OURS
    ), NotifyFormat.MARKDOWN


def _telegram(preset: Telegram) -> tuple[NotifyBase, NotifyFormat]:
    plugin = NotifyTelegram(
        bot_token=preset.telegram_token.get_secret_value(),
        targets=[preset.chat_id],
        topic=preset.topic_id,
        silent=preset.silent,
        detect_owner=False,
        asset=_OURS,
    )
    plugin.notify_url = preset.url + "/bot"
    return plugin, NotifyFormat.HTML


def _ntfy(preset: Ntfy) -> tuple[NotifyBase, NotifyFormat]:
    parts, token = urlsplit(preset.url), preset.access_token.get_secret_value()
    return NotifyNtfy(
        targets=[preset.topic],
        mode="private",
        secure=parts.scheme == "https",
        host=parts.hostname,
        port=parts.port,
        auth="token" if token else "basic",
        token=token or None,
        priority=preset.priority,
        include_image=False,
        asset=_OURS,
    ), NotifyFormat.TEXT


def _discord(preset: Discord) -> tuple[NotifyBase, NotifyFormat]:
    before, number, token = preset.pieces()
    plugin = _QuietDiscord(
        webhook_id=number, webhook_token=token, thread=preset.thread(), avatar=False, footer=False, asset=_OURS
    )
    plugin.notify_url = before
    return plugin, NotifyFormat.TEXT


_CHATS: dict[type, Callable[[Any], tuple[NotifyBase, NotifyFormat]]] = {
    Slack: _slack,
    SlackBot: _slack_bot,
    Teams: _teams,
    Telegram: _telegram,
    Ntfy: _ntfy,
    Discord: _discord,
}
