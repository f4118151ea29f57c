"""Keeps what consumers ask and what they are answered, so that a field capture needs no second machine.

Two files of bounded size in the destination's folder; credentials are taken out before anything is written.
"""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from typing import Any

from services.integrations.ssm.message import stamp
from services.integrations.ssm.wire import Request
from shared.clock import now

NAME, OLDER = "recording.jsonl", "recording.1.jsonl"
LARGEST = 1024 * 1024
BODY_KEPT = 4000
_SECRET_PARAMETER = re.compile(r"((?:^|[?&;])[^=&#\s]*(?:pass|pw|secret)[^=&#\s]*=)[^&#\s\"]*", re.IGNORECASE)
_SECRET_ELEMENT = re.compile(r"(<(?:\w+:)?(Password|Nonce)\b[^>]*>)[^<]*", re.IGNORECASE)
_SECRET_VALUE = re.compile(
    r'("[^"]*(?:password|secret|passphrase)[^"]*"\s*:\s*")[^"]*|([^\s=]*(?:password|secret)[^\s=]*=)\S*', re.IGNORECASE
)
_DIGEST = re.compile(r'\b(response|cnonce|opaque)="[^"]*"')
_SECRET_HEADERS = frozenset({"cookie", "set-cookie", "proxy-authorization", "x-auth-token"})


class Recorder:
    """Writes a line for each request; without a folder it writes nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def note(self, request: Request, status: int, told: str) -> None:
        """`told` is the answer's beginning, or words that say what it was."""
        if self._folder is None:
            return
        line = json.dumps(_as_line(request, status, told), ensure_ascii=False) + "\n"
        with self._lock:
            file = self._folder / NAME
            if file.exists() and file.stat().st_size + len(line) > LARGEST:
                file.replace(self._folder / OLDER)
            with file.open("a", encoding="utf-8") as opened:
                opened.write(line)

    def read(self) -> bytes:
        """Everything that is kept, oldest first."""
        if self._folder is None:
            return b""
        with self._lock:
            files = [self._folder / name for name in (OLDER, NAME)]
            return b"".join(file.read_bytes() for file in files if file.exists())


def _as_line(request: Request, status: int, told: str) -> dict[str, Any]:
    line = {
        "at": stamp(now()),
        "client": request.client,
        "request": f"{request.method} {without_secrets(request.target)}",
        "headers": [[name, _header(name, value)] for name, value in request.headers],
        "status": status,
        "answer": _SECRET_VALUE.sub(r"\1\2***", without_secrets(told))[:BODY_KEPT],
    }
    if request.body and len(request.body) <= LARGEST:
        text = request.body[:BODY_KEPT].decode("utf-8", "replace")
        line["body"] = _SECRET_VALUE.sub(r"\1\2***", _SECRET_ELEMENT.sub(r"\1***", without_secrets(text)))
    return line


def _header(name: str, value: str) -> str:
    if name in _SECRET_HEADERS:
        return "***"
    if name != "authorization":
        return without_secrets(value)
    scheme, _, rest = value.partition(" ")
    return f"{scheme} " + (_DIGEST.sub(r'\1="***"', without_secrets(rest)) if scheme.lower() == "digest" else "***")


def without_secrets(target: str) -> str:
    return _SECRET_PARAMETER.sub(r"\1***", target)
