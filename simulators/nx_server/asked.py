"""A request taken apart as these servers do it, and the shape of their answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True)
class Asked:
    """A request, taken apart as QUrlQuery does: `+` stays a plus."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return unquote(self.target.partition("?")[0])

    @property
    def parts(self) -> list[str]:
        """The path's segments, each decoded by itself."""
        return [unquote(part) for part in self.target.partition("?")[0].strip("/").split("/")]

    @property
    def fields(self) -> list[tuple[str, str]]:
        pairs = [pair.partition("=") for pair in self.target.partition("?")[2].split("&") if pair]
        return [(unquote(name), unquote(value)) for name, _, value in pairs]

    def field(self, name: str, otherwise: str = "") -> str:
        return next((value for known, value in self.fields if known == name), otherwise)

    @property
    def document(self) -> dict[str, Any]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True)
class Said:
    """An answer."""

    status: int = 200
    document: Any = None
    headers: dict[str, str] = field(default_factory=dict)


ERRORS = {
    "missingParameter": ("1", 422), "invalidParameter": ("2", 422), "cantProcessRequest": ("3", 422),
    "forbidden": ("4", 403), "unauthorized": ("12", 401), "notFound": ("9", 404),
}  # fmt: skip


def failed(identity: str, sentence: str, status: int = 0) -> Said:
    number, usual = ERRORS[identity]
    return Said(status or usual, {"error": number, "errorId": identity, "errorString": sentence})


NOT_FOUND = failed("notFound", "No such call")
