"""Writes the pages that make a card readable in any browser: one for each hour with events, one for the whole card.

They are made beside the deliveries, seconds after an hour has changed, so that a busy hour does not wear the card out.
"""

from __future__ import annotations

import json
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any

from services.integrations.sd_card.card import Card
from services.integrations.sd_card.settings import Settings
from shared.clock import now
from shared.errors import Retry
from shared.files import write_durably
from shared.integration import Standing

PAUSE = 15.0
PAGE = "index.html"
_STYLE = """body{font:14px system-ui,sans-serif;margin:16px;background:#fafafa;color:#222}a{color:#0645ad}
table{border-collapse:collapse}td,th{padding:4px 12px 4px 0;border-bottom:1px solid #ddd;text-align:left}
.plate{font:600 16px ui-monospace,monospace;letter-spacing:1px}img{height:56px;display:block}"""


def keep(standing: Standing, settings: Settings) -> None:
    """As shared.integration.Keep says: pages of what changed, and an end for what is too old."""
    told = ""
    while not standing.stopping.is_set():
        try:
            told = _turn(Card(settings), settings, told)
        except Retry:
            # Deliveries tell of a card that is away; pages wait for it.
            told = ""
        standing.stopping.wait(PAUSE)


def write_pages(card: Card) -> list[Path]:
    """Brings the pages of all hours that changed up to date; returns those."""
    changed = [hour for hour in card.hours() if _is_behind(hour)]
    for hour in changed:
        # An hour may be taken away at any moment to make room.
        if hour.is_dir():
            write_durably(hour / PAGE, _hour_page(hour).encode())
    return changed


def _turn(card: Card, settings: Settings, told: str) -> str:
    card.check_present()
    if settings.days:
        card.forget_before((now() - timedelta(days=settings.days)).date())
    try:
        write_pages(card)
        listing = _card_page(card)
        if listing != told:
            write_durably(card.home / PAGE, listing.encode())
    except OSError:
        return ""
    return listing


def _is_behind(hour: Path) -> bool:
    page = hour / PAGE
    made = page.stat().st_mtime_ns if page.exists() else 0
    return any(path.stat().st_mtime_ns > made for path in hour.glob("*.json"))


def _hour_page(hour: Path) -> str:
    rows = "".join(_row(document) for path in sorted(hour.glob("*.json")) if (document := _read(path)))
    names = ("Time", "Plate", "", "Country", "Camera", "Direction", "Lists")
    head = f"<tr>{''.join(f'<th>{name}</th>' for name in names)}</tr>"
    title = f"{hour.parent.name}, {hour.name}:00"
    return _page(title, f'<p><a href="../../{PAGE}">All days</a></p><table>{head}{rows}</table>')


def _row(document: dict[str, Any]) -> str:
    event, pictures = document["event"], document["pictures"]
    plate = escape(event["plate"] or f"unread ({event['unread']})")
    crop, frame = (escape(str(pictures.get(kind, {}).get("file", ""))) for kind in ("plate", "frame"))
    shown = f'<img src="{crop}" alt="" loading="lazy">' if crop else ""
    link = f'<a href="{frame or crop}">{shown or "picture"}</a>' if frame or crop else ""
    cells = (
        f"<td>{escape(document['local_time'][11:19])}</td><td class=plate>{plate}</td><td>{link}</td>",
        *(f"<td>{escape(str(value))}</td>" for value in (event["country"], event["camera_name"], event["direction"])),
        f"<td>{escape(', '.join(event['lists']))}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>"


def _card_page(card: Card) -> str:
    days = []
    for day in reversed(card.days()):
        hours = sorted(path.name for path in day.iterdir() if (path / PAGE).is_file())
        links = " ".join(f'<a href="{day.name}/{hour}/{PAGE}">{hour}:00</a>' for hour in hours)
        days.append(f"<tr><th>{day.name}</th><td>{links}</td></tr>")
    return _page("Vehicles on this card", f"<table>{''.join(days)}</table>")


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f"<!doctype html><html lang=en><head>{head}</head><body><h1>{title}</h1>{body}</body></html>\n"


def _read(path: Path) -> dict[str, Any] | None:
    """A document of ours; None for what somebody else put there."""
    try:
        found = json.loads(path.read_bytes())
        return found if found["event"].keys() >= {"plate", "lists", "camera_name"} else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
