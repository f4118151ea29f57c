"""Lists as the commands name them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.db.tables import PlateList
from shared.errors import Invalid, Missing

_FIXED = frozenset({"black", "white"})


def list_name(asked: str) -> str:
    """Black and white may be written in any case. Raises Invalid without a name."""
    if not asked:
        raise Invalid("list is missing", "list")
    return asked.lower() if asked.lower() in _FIXED else asked


def list_named(session: Session, asked: str, *, lock: bool = False) -> PlateList:
    """The list of that name. Raises Invalid without a name, Missing.

    With `lock` others that ask for the lock wait until this transaction ends.
    """
    name = list_name(asked)
    query = select(PlateList).where(PlateList.name == name)
    found = session.scalar(query.with_for_update(key_share=True) if lock else query)
    if found is None:
        raise Missing("list", name)
    return found
