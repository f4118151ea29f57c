"""Reads and writes lists and entries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.api.deps import no_double
from services.api.errors import NotListed
from services.api.lists.schemas import EntryDetails, EntryIn, ListIn, ListOut, ListPatch
from shared.db.tables import ListEntry, ListMirror, PlateList, ReactionRule
from shared.errors import Conflict, Invalid, Missing
from shared.plates import is_pattern, normalise, parse_entry
from shared.reactions import ANY, NONE

RESERVED = frozenset({ANY, NONE})
"""Words that rules and searches use in place of a list's name."""


def all_lists(session: Session) -> list[ListOut]:
    counted = (
        select(PlateList, func.count(ListEntry.id), ListMirror.managed_by)
        .outerjoin(ListEntry, ListEntry.list_id == PlateList.id)
        .outerjoin(ListMirror, ListMirror.list_id == PlateList.id)
        .group_by(PlateList.id, ListMirror.managed_by)
        .order_by(PlateList.kind, PlateList.name)
    )
    return [listed(row, entries, managed_by or "") for row, entries, managed_by in session.execute(counted)]


def listed(row: PlateList, entries: int, managed_by: str = "") -> ListOut:
    values = {"name": row.name, "kind": row.kind, "match": row.match, "colour": row.colour, "managed_by": managed_by}
    return ListOut.model_validate({**values, "entries": entries})


def named(session: Session, name: str, *, lock: bool = False) -> PlateList:
    """Raises Missing."""
    query = select(PlateList).where(PlateList.name == name)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise Missing("list", name)
    return found


def add_list(session: Session, asked: ListIn) -> PlateList:
    """Raises Conflict, and Invalid for a reserved word."""
    row = PlateList(name=_free(asked.name), kind="named", match=asked.match, colour=asked.colour)
    session.add(row)
    with no_double(f"There is already a list {asked.name}"):
        session.flush()
    return row


def change_list(session: Session, name: str, asked: ListPatch) -> ListOut:
    """Raises Missing, Invalid, and Conflict for a name that is taken or must stay."""
    row = named(session, name, lock=True)
    if asked.name not in (None, name):
        if row.kind != "named":
            raise Conflict(f"The {name} list keeps its name")
        _refuse_while_used(session, name)
        row.name = _free(asked.name)
    row.match = asked.match or row.match
    row.colour = row.colour if asked.colour is None else asked.colour
    with no_double(f"There is already a list {row.name}"):
        session.flush()
    counted = session.scalar(select(func.count()).where(ListEntry.list_id == row.id))
    mirror = session.get(ListMirror, row.id)
    return listed(row, counted or 0, mirror.managed_by if mirror else "")


def remove_list(session: Session, name: str) -> None:
    """Raises Missing, and Conflict for black, white and a list that a reaction names."""
    found = named(session, name, lock=True)
    if found.kind != "named":
        raise Conflict(f"The {name} list cannot be deleted, only emptied")
    _refuse_while_used(session, name)
    session.delete(found)


def _free(name: str) -> str:
    if name.lower() in RESERVED:
        raise Invalid(f"A list cannot be called {name}, the word has a meaning in rules", "name")
    return name


def _refuse_while_used(session: Session, name: str) -> None:
    user = session.scalar(select(ReactionRule.name).where(ReactionRule.settings["lists"].contains([name])).limit(1))
    if user:
        raise Conflict(f"Reaction {user} needs the list {name}; change or delete the reaction first")


def entries(session: Session, name: str, after: str, limit: int, find: str = "") -> tuple[list[ListEntry], str | None]:
    """Entries by plate, from behind `after` on, and the cursor of the next page. Raises Missing.

    `find` is part of a plate in any spelling, or of the note, owner, contact or tag.
    """
    found = named(session, name)
    query = select(ListEntry).where(ListEntry.list_id == found.id, ListEntry.plate > after)
    if find.strip():
        query = query.where(_holds(find.strip()))
    rows = list(session.scalars(query.order_by(ListEntry.plate).limit(limit + 1)))
    return rows[:limit], rows[limit - 1].plate if len(rows) > limit else None


def _holds(find: str) -> ColumnElement[bool]:
    plate = normalise(find)
    columns = (ListEntry.note, ListEntry.owner, ListEntry.contact, ListEntry.tag)
    in_words = [column.icontains(find, autoescape=True) for column in columns]
    return or_(*in_words, *([ListEntry.plate.contains(plate, autoescape=True)] if plate else []))


def add_entry(session: Session, name: str, asked: EntryIn) -> tuple[str, bool]:
    """The plate's normal form and whether it is new on the list. Raises Missing, Invalid."""
    found, plate = named(session, name), normal_form(asked.plate)
    _check_times(asked.valid_from, asked.valid_to)
    values = _columns(asked, exclude={"plate"})
    row = insert(ListEntry).values(
        list_id=found.id, plate=plate, typed=asked.plate.strip()[:64], pattern=is_pattern(plate), **values
    )
    added = session.scalar(row.on_conflict_do_nothing().returning(ListEntry.id))
    return plate, added is not None


def change_entry(session: Session, name: str, typed: str, asked: EntryDetails) -> tuple[ListEntry, list[str]]:
    """The entry as it is now and the fields that were given. Raises Missing, NotListed, Invalid."""
    found, plate = named(session, name), normalise(typed)
    query = select(ListEntry).where(ListEntry.list_id == found.id, ListEntry.plate == plate)
    row = session.scalar(query.with_for_update())
    if row is None:
        raise NotListed(f"entry on list {name} for", plate)
    given = _columns(asked, exclude_unset=True)
    for column, value in given.items():
        setattr(row, column, value)
    _check_times(row.valid_from, row.valid_to)
    session.flush()
    return row, sorted(given)


def normal_form(typed: str) -> str:
    """Raises Invalid."""
    if any(not letter.isprintable() for letter in typed):
        raise Invalid("A plate cannot hold control characters", "plate")
    return parse_entry(typed)


def _columns(asked: EntryDetails, exclude: set[str] | None = None, *, exclude_unset: bool = False) -> dict[str, object]:
    """What was asked as the table holds it: times as they are, the schedule as JSON."""
    values: dict[str, object] = asked.model_dump(exclude=exclude, exclude_unset=exclude_unset)
    if asked.schedule and "schedule" in values:
        values["schedule"] = asked.schedule.model_dump(mode="json")
    return values


def _check_times(begin: datetime | None, end: datetime | None) -> None:
    if begin and end and begin >= end:
        raise Invalid("The entry ends before it begins", "valid_to")


def remove_entry(session: Session, name: str, typed: str) -> str:
    """Returns the normal form of what is gone. Raises Missing, NotListed."""
    found, plate = named(session, name), normalise(typed)
    gone = session.scalar(
        delete(ListEntry).where(ListEntry.list_id == found.id, ListEntry.plate == plate).returning(ListEntry.id)
    )
    if gone is None:
        raise NotListed(f"entry on list {name} for", plate)
    return plate
