"""Cuts a list into pages whose versions tell what changed, so that a site pulls only that.

A page begins at every plate whose MD5 begins with 00: about 256 entries each, however long the list is, and a new entry
changes the page that it stands in and no other (content-defined chunking, as in rsync and its successors).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from services.api.meta.wire import Entry, GrantedList, Page, PageOut, Pages
from shared.db.tables import ListChange, MetaSite, PlateList
from shared.errors import Invalid, Missing

MOST_ENTRIES = 10_000
"""Of one page; chance makes one of this size less often than never."""
FIELDS = ("plate", "typed", "note", "owner", "contact", "tag", "colour", "valid_from", "valid_to", "schedule")
_VERSION = f"md5(json_build_array({', '.join(FIELDS)})::text)"
_PAGES = text(f"""
    WITH entry AS (
        SELECT plate, {_VERSION} AS version, md5(plate) LIKE '00%' AS begins FROM list_entries WHERE list_id = :list
    ), cut AS (
        SELECT plate, version, count(*) FILTER (WHERE begins) OVER (ORDER BY plate) AS page FROM entry
    )
    SELECT CASE page WHEN 0 THEN '' ELSE min(plate) END AS first, count(*) AS entries,
           md5(string_agg(version, '' ORDER BY plate)) AS version
    FROM cut GROUP BY page ORDER BY page
""")
_ENTRIES = text(f"""
    SELECT {", ".join(FIELDS)}, {_VERSION} AS version FROM list_entries
    WHERE list_id = :list AND plate >= :first AND (CAST(:before AS text) IS NULL OR plate < :before)
    ORDER BY plate LIMIT {MOST_ENTRIES + 1}
""")


def state(session: Session, site: MetaSite) -> str:
    """A word that is another one after every change of lists, entries or grants; cheap, and may change for nothing."""
    changes = session.scalar(select(func.coalesce(func.sum(ListChange.changes), 0)))
    grants = hashlib.md5("".join(sorted(map(str, site.lists))).encode(), usedforsecurity=False).hexdigest()
    return f"{changes}-{grants[:8]}"


def granted(session: Session, site: MetaSite) -> list[GrantedList]:
    """The lists that the site may pull, by name."""
    rows = session.scalars(select(PlateList).where(PlateList.id.in_(site.lists)).order_by(PlateList.name))
    return [
        GrantedList.model_validate(
            {"id": row.id, "name": row.name, "match": row.match, "version": _whole(_pages(session, row.id))}
        )
        for row in rows
    ]


def pages_of(session: Session, site: MetaSite, list_id: UUID) -> Pages:
    """A list as its pages. Raises Missing for one that the site may not pull, as for one that there is not."""
    row, pages = _granted(session, site, list_id), _pages(session, list_id)
    told = {"id": row.id, "name": row.name, "match": row.match, "version": _whole(pages), "pages": pages}
    return Pages.model_validate(told)


def page_of(session: Session, site: MetaSite, list_id: UUID, first: str, before: str | None) -> PageOut:
    """The entries between two plates, with the version that they have now. Raises Missing, Invalid."""
    _granted(session, site, list_id)
    rows = session.execute(_ENTRIES, {"list": list_id, "first": first, "before": before}).all()
    if len(rows) > MOST_ENTRIES:
        raise Invalid(f"There are more than {MOST_ENTRIES} entries between these plates: ask for one page", "before")
    entries = [Entry.model_validate(row._mapping) for row in rows]
    return PageOut(first=first, version=_md5("".join(row.version for row in rows)), entries=entries)


def _granted(session: Session, site: MetaSite, list_id: UUID) -> PlateList:
    row = session.get(PlateList, list_id) if list_id in site.lists else None
    if row is None:
        raise Missing("list", list_id)
    return row


def _pages(session: Session, list_id: UUID) -> list[Page]:
    rows: Sequence[Any] = session.execute(_PAGES, {"list": list_id}).all()
    return [Page.model_validate(row._mapping) for row in rows]


def _whole(pages: Sequence[Page]) -> str:
    return _md5("".join(f"{page.first}\n{page.version}\n" for page in pages))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
