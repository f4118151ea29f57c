"""Sends the message and says by the service's answers what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from apprise.attachment.memory import AttachMemory
from apprise.common import NotifyType
from apprise.exception import AppriseException

from services.integrations.notify.answers import understood
from services.integrations.notify.chats import chat, home
from services.integrations.notify.message import Message, compose, written
from services.integrations.notify.presets import AnyPreset, Discord, SlackBot, Telegram, spellings
from services.integrations.notify.settings import Settings
from services.integrations.notify.wire import Wire, through
from shared.addresses import Reach
from shared.certificates import Trust
from shared.errors import Reject, Retry
from shared.integration import Pictures, Receipt
from shared.messages import Delivery
from shared.peer import Peer
from shared.peer_http import PeerTransport

TEST = ("Test of Platewire", "This is a test: no vehicle passed.")


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:
    """As shared.integration.Deliver says."""
    with _wire(settings) as wire:
        return _send(wire, compose(delivery, pictures, settings), settings)


def check(settings: Settings) -> Receipt:
    """Asks who we are where the service tells that; else it writes a message that says that it is a test."""
    with _wire(settings) as wire:
        ask = _CHECKS.get(type(settings.service))
        if ask:
            return Receipt(200, ask(wire, settings.service))
        receipt = _send(wire, written(*TEST, settings), settings)
    return Receipt(receipt.status, f"{settings.service.titles} took a test message")


def _send(wire: Wire, message: Message, settings: Settings) -> Receipt:
    """Once the message is there nothing is tried again, or it would be there twice: the picture is told of instead."""
    who, lacks = settings.service.titles, ""
    try:
        if not _plugin_sends(message, settings):
            lacks = "the service's answer is not what it was before"
    except (Retry, Reject) as error:
        if not wire.taken:
            raise
        lacks = error.reason
    if not wire.taken:
        raise Reject(f"Nothing could be sent to {who}: check the destination's settings")
    status = wire.taken[-1].status_code
    return Receipt(status, f"{who} took the message, but not the picture: {lacks}" if lacks else f"{who} took it")


def _plugin_sends(message: Message, settings: Settings) -> bool:
    try:
        plugin, form = chat(settings.service)
    except AppriseException:
        raise Reject(f"The address or token for {settings.service.titles} is not complete: copy it again") from None
    attached = None
    if message.picture:
        kind = "image/png" if message.picture_name.endswith(".png") else "image/jpeg"
        attached = [AttachMemory(content=message.picture, name=message.picture_name, mimetype=kind)]
    title, text = message.title, message.text
    if isinstance(settings.service, Telegram):
        # Telegram's messages have no title.
        title, text = "", f"<b>{title}</b>\n{text}" if title else text
    return bool(
        plugin.send(
            body=text,
            title=title,
            notify_type=NotifyType.INFO,
            attach=attached,
            body_format=form,
            body_passthrough=False,
        )
    )


@contextmanager
def _wire(settings: Settings) -> Iterator[Wire]:
    reach = Reach.from_environment(allow_private=settings.allow_private)
    transport = PeerTransport(reach, settings.timeout, Trust(settings.ca, settings.fingerprint))
    judge = partial(understood, preset=settings.service)
    with (
        _without_secrets(settings.service),
        Peer(transport, settings.timeout) as peer,
        through(Wire(peer, judge, home(settings.service))) as wire,
    ):
        yield wire


@contextmanager
def _without_secrets(preset: AnyPreset) -> Iterator[None]:
    """A service's answer may quote the address that it was asked at."""
    try:
        yield
    except (Retry, Reject) as error:
        error.reason = _plain(error.reason, preset)
        error.args = (error.reason,)
        raise


def _plain(text: str, preset: AnyPreset) -> str:
    every = {spelling for secret in preset.secrets() for spelling in spellings(secret)}
    for secret in sorted(every, key=len, reverse=True):
        text = text.replace(secret, "…")
    return text


def _telegram(wire: Wire, preset: Telegram) -> str:
    """Whether the bot is known and sees the chat (Bot API: getMe, getChat)."""
    bot = f"{preset.url}/bot{preset.telegram_token.get_secret_value()}"
    wire.ask("POST", f"{bot}/getMe")
    wire.ask("POST", f"{bot}/getChat", data={"chat_id": preset.chat_id})
    return "Telegram knows the bot, and the bot sees the chat"


def _slack_bot(wire: Wire, preset: SlackBot) -> str:
    """Whom the token belongs to (auth.test)."""
    wire.ask(
        "POST", f"{preset.url}/auth.test", headers={"Authorization": f"Bearer {preset.bot_token.get_secret_value()}"}
    )
    return "Slack knows the token; whether the bot may write into the channel shows with the first message"


def _discord(wire: Wire, preset: Discord) -> str:
    """Asked with GET, a webhook's address tells what it is (Get Webhook with Token)."""
    wire.ask("GET", preset.webhook.get_secret_value())
    return "Discord knows the webhook"


_CHECKS: dict[type, Callable[[Wire, Any], str]] = {Telegram: _telegram, SlackBot: _slack_bot, Discord: _discord}
