"""JSON lines on standard output, without credentials."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

_NAMES = (
    r"pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|key|authorization|cookie|credentials?|nonce|code_verifier"
)
_QUOTE = r"\\?[\"']"
_REDACTIONS = (
    # Whole headers: what is in them is many words. The name may be quoted, as in a dictionary that was printed.
    (
        re.compile(rf"(?im)\b((?:proxy-)?authorization|(?:set-)?cookie)({_QUOTE})?(\s*[=:]\s*)(?:{_QUOTE})?[^\r\n}}]+"),
        r"\1\2\3*",
    ),
    # scheme://user:password@host, also without a user or a colon; the password may hold an @
    (re.compile(r"://[^/\s@]*:[^/\s]*@"), "://*:*@"),
    (re.compile(r"://[^/\s@:]+@"), "://*@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9+/=._~-]{8,}"), r"\1 *"),
    (re.compile(r"(?i)\bdigest\s+\w+=[^\r\n]+"), "Digest *"),
    # Tokens that tell what they are by their form: our keys, signing secrets, JSON web tokens, Fernet tokens.
    (re.compile(r"\b(?:pw_|whsec_|eyJ|gAAAA)[\w+/=.-]{16,}"), "*"),
    # name=value and "name": "value", where the quoted value may have spaces
    (
        re.compile(rf"(?i)(?<![a-z])((?:\w{{0,40}}[_-])?(?:{_NAMES}))({_QUOTE})?(\s*[=:]\s*)({_QUOTE})(?:(?!\4).)*\4"),
        r"\1\2\3\4*\4",
    ),
    (
        re.compile(
            rf"(?i)(?<![a-z])((?:\w{{0,40}}[_-])?(?:{_NAMES}))({_QUOTE})?(\s*[=:]\s*)(?![\s\"'*\\])[^\s&\"',}}]+"
        ),
        r"\1\2\3*",
    ),
)
_SECRET_NAME = re.compile(rf"(?i)(?:^|[_-])(?:{_NAMES})$")
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def redact(text: str) -> str:
    """The text with everything that looks like a credential replaced by `*`."""
    for pattern, replacement in _REDACTIONS:
        text = pattern.sub(replacement, text)
    return text


def _clean(value: object, name: str = "") -> object:
    """A value of a record's extras without credentials, told by their names and by their form."""
    if _SECRET_NAME.search(name) and isinstance(value, str | bytes):
        return "*"
    if isinstance(value, Mapping):
        return {str(key): _clean(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float) else redact(str(value))


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
            "message": redact(record.getMessage()),
        }
        entry |= {name: _clean(value, name) for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            entry["error"] = redact(self.formatException(record.exc_info))
        # Cleaned value by value, before quotes and line breaks are written as escapes.
        return json.dumps(entry, ensure_ascii=False)


def configure(service: str, level: int = logging.INFO) -> None:
    """Sends every logger of this process to standard output as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(service))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "watchfiles", "rq.worker", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
