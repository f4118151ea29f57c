"""A delivery as title, text and picture of a chat message; pure.

What people write is plain text: whatever a service would take for markup or for a call to everybody is shown as it is
written. Sources: Slack "Formatting message text", Discord "Markdown Text 101" and "Allowed Mentions Object", Telegram
Bot API "HTML style", Microsoft "Text features for Adaptive Cards".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from services.integrations.notify.settings import Settings
from shared.integration import Pictures
from shared.messages import Delivery
from shared.push_document import ascii_plate
from shared.wording import fill, one_line, values_of

LONGEST_TITLE, LONGEST_TEXT = 90, 900
"""So that even with every character escaped both fit into Discord's 2000 characters."""
_UNSEEN = "\u200b"
"""A space without width: parts what a service would take for one word."""
_DISCORD = re.compile(r"[\\*~`|<>\[\]#]|\b_|_\b")


@dataclass(frozen=True)
class Message:
    """What is sent; title and text are ready for the service."""

    title: str
    text: str
    picture: bytes | None = None
    picture_name: str = ""


def compose(delivery: Delivery, pictures: Pictures, settings: Settings) -> Message:
    """The same delivery gives the same message at each try."""
    values = values_of(delivery, pictures)
    message = written(fill(settings.title, values, one_line), fill(settings.text, values, one_line), settings)
    wanted = settings.picture and settings.service.takes_picture
    picture = pictures.crop() if wanted else None
    if not picture:
        return message
    form = "png" if picture.startswith(b"\x89PNG") else "jpg"
    name = f"{ascii_plate(delivery.event.plate) or 'unread'}.{form}"
    return Message(message.title, message.text, picture, name)


def written(title: str, text: str, settings: Settings) -> Message:
    """Plain title and text as the service wants them."""
    for_title, for_text = _FORMS[settings.service.preset]
    return Message(for_title(_cut(one_line(title), LONGEST_TITLE)), for_text(_cut(text.strip(), LONGEST_TEXT) or "?"))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _html(text: str) -> str:
    """Slack and Telegram want &, < and > as entities and nothing else."""
    return escape(text, quote=False)


def _discord(text: str) -> str:
    return _DISCORD.sub(r"\\\g<0>", text).replace("@", "@" + _UNSEEN)


def _card(text: str) -> str:
    """Neither mentions (`<at>`) nor links; the other markup of cards changes no more than the look."""
    return text.replace("<", "<" + _UNSEEN).replace("](", "]" + _UNSEEN + "(")


_FORMS: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    # Apprise escapes a title for Slack itself.
    "slack": (str, _html),
    "slack_bot": (str, _html),
    "teams": (_card, _card),
    "telegram": (_html, _html),
    "ntfy": (str, str),
    "discord": (_discord, _discord),
}
