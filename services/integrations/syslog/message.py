"""A delivery as one syslog message; pure.

Sources: RFC 5424 (header, UTF-8 with byte order mark), RFC 5425 4.3 (octet counting), RFC 3339 (time); Micro Focus
"Implementing ArcSight Common Event Format", revision 25 (header and extension escaping).
"""

from __future__ import annotations

import json
from datetime import UTC

from services.integrations.syslog.settings import Settings
from shared.messages import Delivery
from shared.wording import fill, one_line, values_of

FACILITY = {"user": 1, "daemon": 3, "auth": 4} | {f"local{number}": 16 + number for number in range(8)}
SEVERITY = {
    "emergency": 0, "alert": 1, "critical": 2, "error": 3, "warning": 4, "notice": 5, "informational": 6, "debug": 7,
}  # fmt: skip
BOM = b"\xef\xbb\xbf"
CEF_SEVERITY, CEF_SEVERITY_BLACK = 3, 8
"""Of 10: low, and high for who is on a black list."""


def build(delivery: Delivery, hostname: str, settings: Settings) -> bytes:
    """The message without framing; the same delivery gives the same bytes at each try.

    Args:
        hostname: of this machine, in the header.
    """
    severity = "warning" if _is_black(delivery) else settings.severity
    priority = FACILITY[settings.facility] * 8 + SEVERITY[severity]
    at = delivery.event.read_at.astimezone(UTC)
    moment = f"{at:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
    name = "".join(character for character in hostname if "!" <= character <= "~")[:255] or "-"
    head = f"<{priority}>1 {moment} {name} {settings.app_name} - {delivery.moment.value} - "
    return head.encode("ascii") + BOM + _content(delivery, settings).encode()


def framed(message: bytes, settings: Settings) -> bytes:
    """As it goes onto a connection."""
    return f"{len(message)} ".encode() + message if settings.framing == "counted" else message + b"\n"


def _is_black(delivery: Delivery) -> bool:
    return any(hit.kind == "black" for hit in delivery.event.hits)


def _content(delivery: Delivery, settings: Settings) -> str:
    if settings.form == "json":
        return json.dumps({"moment": delivery.moment.value, **delivery.event.model_dump(mode="json")})
    if settings.form == "text":
        return fill(settings.text, values_of(delivery), one_line)
    return _cef(delivery)


def _cef(delivery: Delivery) -> str:
    values, black = values_of(delivery), _is_black(delivery)
    event = delivery.event
    header = ("CEF:0", "Platewire", "Platewire", "1", f"vehicle.{delivery.moment.value}", "Vehicle passed")
    extension = {
        "rt": str(round(event.read_at.timestamp() * 1000)),
        "externalId": str(event.event_id),
        "cs1Label": "plate", "cs1": event.plate,
        "cs2Label": "camera", "cs2": values["camera"],
        "cs3Label": "lists", "cs3": values["list"],
        "cs4Label": "country", "cs4": event.country,
        "cs5Label": "direction", "cs5": values["direction"],
        "cfp1Label": "confidence", "cfp1": values["confidence"],
    }  # fmt: skip
    cleaned = {key: _in_extension(value) for key, value in extension.items()}
    told = " ".join(f"{key}={value}" for key, value in cleaned.items() if value)
    severity = CEF_SEVERITY_BLACK if black else CEF_SEVERITY
    return "|".join((*map(_in_header, header), str(severity), told))


def _in_header(value: str) -> str:
    return one_line(value).replace("\\", "\\\\").replace("|", "\\|")


def _in_extension(value: str) -> str:
    return one_line(value).replace("\\", "\\\\").replace("=", "\\=")
