"""JSON lines on standard output, without credentials."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

_NAMES = "password|passwd|pwd|secret|token|key|authorization|cookie"
_REDACTIONS = (
    # scheme://user:password@host; the password may hold an @
    (re.compile(r"://[^/\s@:]*:[^/\s]*@"), "://*:*@"),
    (re.compile(r"(?i)\b(bearer|basic|digest)\s+[a-z0-9+/=._~-]{8,}"), r"\1 *"),
    (re.compile(rf"(?i)(?<![a-z])({_NAMES})(\"?\s*[=:]\s*\"?)(?!(?:bearer|basic|digest) )[^\s&\",}}]+"), r"\1\2*"),
)
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def redact(text: str) -> str:
    """The text with everything that looks like a credential replaced by `*`."""
    for pattern, replacement in _REDACTIONS:
        text = pattern.sub(replacement, text)
    return text


class JsonLines(logging.Formatter):
    """One JSON object a record: time, level, service, logger, message and the record's extra values."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self.service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return redact(json.dumps(entry, default=str, ensure_ascii=False))


def configure(service: str, level: int = logging.INFO) -> None:
    """Sends every logger of this process to standard output as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(service))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "watchfiles", "rq.worker", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
