"""Finds out what answers at an address, without signing in: product, version, and the calls that it understands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx

from services.integrations.wave.answers import document
from services.integrations.wave.dialects import NEWEST, Call, Dialect, Legacy, Rest
from services.integrations.wave.message import milliseconds
from shared.clock import now
from shared.errors import Reject, Trouble
from shared.peer import judge

INTRODUCTIONS = (
    Call("GET", "/rest/v4/site/info"),
    Call("GET", "/rest/v1/servers/this/info"),
    Call("GET", "/api/moduleInformation"),
)
"""Each generation answers one of these to anybody; asked newest first."""
_PRODUCTS = {"hanwha": "WAVE", "default": "Nx Witness", "metavms": "Nx Meta", "digitalwatchdog": "DW Spectrum"}
_VERSION = re.compile(r"(\d+)\.(\d+)(\.\d+)*")


@dataclass(frozen=True)
class About:
    """One server. `ahead_ms` is by how much its clock is ahead of ours, None where it does not tell."""

    product: str
    version: str
    dialect: Dialect
    ahead_ms: int | None = None

    @property
    def title(self) -> str:
        return f"{self.product} {self.version}, {self.dialect.title}"


def introduced(answer: httpx.Response) -> About | None:
    """What an answer to one of INTRODUCTIONS says; None when the server does not know the question.

    Raises:
        Retry: the server is in trouble or redirects.
    """
    if answer.is_client_error and answer.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        return None
    judge(answer, "The server")
    said = document(answer)
    told = said.get("reply", said) if isinstance(said, dict) else None
    version = str(told.get("version", "")) if isinstance(told, dict) else ""
    if not isinstance(told, dict) or not _VERSION.fullmatch(version):
        return None
    customization = str(told.get("customization") or "")
    product = _PRODUCTS.get(customization) or f"Nx server ({customization or 'unnamed'})"
    short = ".".join(version.split(".")[:3])
    return About(product, short, _dialect(version, told.get("restApiVersions")), _ahead(answer, told))


def stranger() -> Reject:
    sentence = "What answers there is no WAVE, Nx Witness or Nx Meta server: check address and port"
    return Reject(sentence, trouble=Trouble.WRONG_DEVICE)


def _dialect(version: str, offered: object) -> Dialect:
    """REST v1 came with 5.0, v2 with 5.1, v3 with 6.0, v4 with 6.1; a server also says what it has."""
    newest = str(offered.get("max", "")) if isinstance(offered, dict) else ""
    if digits := re.sub(r"\D", "", newest):
        return Rest(min(int(digits), NEWEST))
    major, minor = (int(part) for part in version.split(".")[:2])
    since = [((6, 1), 4), ((6, 0), 3), ((5, 1), 2), ((5, 0), 1)]
    known = [rest for first, rest in since if (major, minor) >= first]
    return Rest(known[0]) if known else Legacy()


def _ahead(answer: httpx.Response, told: dict[str, Any]) -> int | None:
    synchronized = str(told.get("synchronizedTimeMs", ""))
    if synchronized.isdecimal():
        return int(synchronized) - milliseconds(now())
    try:
        return milliseconds(parsedate_to_datetime(answer.headers.get("date", ""))) - milliseconds(now())
    except (ValueError, TypeError):
        return None
