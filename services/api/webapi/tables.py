"""Rows as CSV and XML that no spreadsheet runs and every parser reads, whatever text is in them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape

from services.api.transfer.cells import neutralised

# What XML 1.0 cannot hold, escaped or not (section 2.2).
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

COLUMNS = (
    "eventID", "datettimezone", "plateUnicode", "plateASCII", "plateCountry", "plateConfidence", "carState",
    "carMoveDirection", "carVerticalDirection", "recognitionZone", "carID", "cameraID", "sensorProviderID",
    "plateList", "reactions", "deliveries", "imagesURI",
)  # fmt: skip
"""Of a push document, what a table shows."""


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """Comma, CRLF, quotes where they are needed (RFC 4180); every cell neutralised."""
    text = io.StringIO()
    csv.writer(text).writerows([neutralised(str(cell)) for cell in row] for row in rows)
    return text.getvalue()


def event_cells(document: Mapping[str, object]) -> list[str]:
    """The columns of one event; what is a list is joined."""
    return [_joined(document.get(name, "")) for name in COLUMNS]


def _joined(value: object) -> str:
    if not isinstance(value, list | tuple):
        return str(value)
    return "; ".join(f"{one['destination']}: {one['state']}" if isinstance(one, dict) else str(one) for one in value)


def xml_element(name: str, value: object) -> str:
    """Members as elements, lists as their `item`s; well-formed for any value."""
    tag = name if _NAME.fullmatch(name) else "item"
    if isinstance(value, Mapping):
        inner = "".join(xml_element(str(key), one) for key, one in value.items())
    elif isinstance(value, list | tuple):
        inner = "".join(xml_element("item", one) for one in value)
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    else:
        inner = escape(_NO_XML.sub("\ufffd", "" if value is None else str(value)), {"\r": "&#13;"})
    return f"<{tag}>{inner}</{tag}>"
