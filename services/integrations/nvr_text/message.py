"""A delivery as the bytes that a recorder's text device takes for one receipt; pure."""

from __future__ import annotations

from services.integrations.nvr_text.settings import CODECS, Settings
from shared.latin import transliterate
from shared.messages import Delivery
from shared.wording import fill, one_line, values_of

_TERMINATORS = {"crlf": "\r\n", "lf": "\n", "none": ""}


def build(delivery: Delivery, settings: Settings) -> bytes:
    """Start string, the filled-in lines and end string, each with its line end, in the recorder's encoding."""
    terminator = _TERMINATORS[settings.terminator]
    lines = (settings.start, *shown(delivery, settings), settings.end)
    return "".join(line + terminator for line in lines).encode(CODECS[settings.encoding])


def shown(delivery: Delivery, settings: Settings) -> list[str]:
    """The lines between start and end string."""
    values = values_of(delivery)
    filled = [fill(line, values) for line in settings.template.splitlines()]
    return [_clean(_encodable(line, CODECS[settings.encoding]), settings) for line in filled]


def _encodable(text: str, codec: str) -> str:
    """Each printable character as it is, else transliterated, else `?`."""
    return "".join(_first_that_fits(character, codec) for character in one_line(text))


def _first_that_fits(character: str, codec: str) -> str:
    for choice in (character, transliterate(character)):
        try:
            choice.encode(codec)
        except UnicodeEncodeError:
            continue
        return choice
    return "?"


def _clean(line: str, settings: Settings) -> str:
    """A line without anything that the recorder would take for a start or an end of its own."""
    while any(marker in line for marker in (settings.start, settings.end)):
        line = line.replace(settings.start, "").replace(settings.end, "")
    return line
