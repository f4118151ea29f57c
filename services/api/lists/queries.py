"""Reads and writes lists and entries."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.api.deps import no_double
from services.api.errors import NotListed
from services.api.lists.schemas import EntryIn, ListOut
from shared.db.tables import ListEntry, PlateList, ReactionRule
from shared.errors import Conflict, Invalid, Missing
from shared.plates import is_pattern, normalise, parse_entry
from shared.reactions import ANY, NONE

RESERVED = frozenset({ANY, NONE})
"""Words that rules and searches use in place of a list's name."""


def all_lists(session: Session) -> list[ListOut]:
    counted = (
        select(PlateList.name, PlateList.kind, func.count(ListEntry.id))
        .outerjoin(ListEntry, ListEntry.list_id == PlateList.id)
        .group_by(PlateList.id)
        .order_by(PlateList.kind, PlateList.name)
    )
    return [ListOut(name=name, kind=kind, entries=entries) for name, kind, entries in session.execute(counted)]


def named(session: Session, name: str) -> PlateList:
    """Raises Missing."""
    found = session.scalar(select(PlateList).where(PlateList.name == name))
    if found is None:
        raise Missing("list", name)
    return found


def add_list(session: Session, name: str) -> None:
    """Raises Conflict, and Invalid for a reserved word."""
    if name.lower() in RESERVED:
        raise Invalid(f"A list cannot be called {name}, the word has a meaning in rules", "name")
    session.add(PlateList(name=name, kind="named"))
    with no_double(f"There is already a list {name}"):
        session.flush()


def remove_list(session: Session, name: str) -> None:
    """Raises Missing, and Conflict for black, white and a list that a reaction names."""
    found = named(session, name)
    if found.kind != "named":
        raise Conflict(f"The {name} list cannot be deleted, only emptied")
    user = session.scalar(select(ReactionRule.name).where(ReactionRule.settings["lists"].contains([name])).limit(1))
    if user:
        raise Conflict(f"Reaction {user} needs the list {name}; change or delete the reaction first")
    session.delete(found)


def entries(session: Session, name: str, after: str, limit: int) -> tuple[list[ListEntry], str | None]:
    """Entries by plate, from behind `after` on, and the cursor of the next page. Raises Missing."""
    found = named(session, name)
    query = select(ListEntry).where(ListEntry.list_id == found.id, ListEntry.plate > after)
    rows = list(session.scalars(query.order_by(ListEntry.plate).limit(limit + 1)))
    return rows[:limit], rows[limit - 1].plate if len(rows) > limit else None


def add_entry(session: Session, name: str, asked: EntryIn) -> tuple[str, bool]:
    """The plate's normal form and whether it is new on the list. Raises Missing, Invalid."""
    found = named(session, name)
    if any(not letter.isprintable() for letter in asked.plate):
        raise Invalid("A plate cannot hold control characters", "plate")
    plate = parse_entry(asked.plate)
    if asked.valid_from and asked.valid_to and asked.valid_from >= asked.valid_to:
        raise Invalid("The entry ends before it begins", "valid_to")
    values = asked.model_dump(exclude={"plate"})
    row = insert(ListEntry).values(
        list_id=found.id, plate=plate, typed=asked.plate.strip()[:64], pattern=is_pattern(plate), **values
    )
    added = session.scalar(row.on_conflict_do_nothing().returning(ListEntry.id))
    return plate, added is not None


def remove_entry(session: Session, name: str, typed: str) -> str:
    """Returns the normal form of what is gone. Raises Missing, NotListed."""
    found, plate = named(session, name), normalise(typed)
    gone = session.scalar(
        delete(ListEntry).where(ListEntry.list_id == found.id, ListEntry.plate == plate).returning(ListEntry.id)
    )
    if gone is None:
        raise NotListed(f"entry on list {name} for", plate)
    return plate
