"""A delivery as one request; pure. Whatever stands on a plate or in a camera's name stays a value."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote
from xml.sax.saxutils import escape as escape_xml

from services.integrations.webhook.settings import Settings
from shared.integration import Pictures
from shared.messages import Delivery
from shared.wording import fill, one_line, values_of


@dataclass(frozen=True)
class Request:
    url: str
    headers: dict[str, str]
    content: bytes


def build(delivery: Delivery, pictures: Pictures, settings: Settings) -> Request:
    """The same delivery gives the same request at each try."""
    values = values_of(delivery, pictures)
    # Header values are bytes of ISO 8859-1 at most (RFC 9110, 5.5); what is beyond it is written as in a URL.
    headers = {name: fill(value, values, _in_header) for name, value in settings.headers.items()}
    if settings.method == "GET":
        return Request(_url(settings, values), headers, b"")
    kind, escape = _FORMS[settings.content_type]
    body = fill(settings.body, values, escape).encode()
    return Request(_url(settings, values), {"content-type": kind} | headers, body)


def _url(settings: Settings, values: dict[str, str]) -> str:
    if not settings.query:
        return settings.url
    return f"{settings.url}{'&' if '?' in settings.url else '?'}{fill(settings.query, values, _quoted)}"


def _quoted(value: str) -> str:
    return quote(value, safe="")


def _in_header(value: str) -> str:
    plain = one_line(value)
    return plain if plain.isascii() else quote(plain, safe=" ,:/")


def _in_json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _in_xml(value: str) -> str:
    return escape_xml(one_line(value), {'"': "&quot;", "'": "&apos;"})


_FORMS: dict[str, tuple[str, Callable[[str], str]]] = {
    "json": ("application/json", _in_json),
    "form": ("application/x-www-form-urlencoded", _quoted),
    "text": ("text/plain; charset=utf-8", one_line),
    "xml": ("application/xml", _in_xml),
}
