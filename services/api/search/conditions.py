"""Criteria as SQL: parts of plates and look-alikes are looked up in the small dictionary of distinct plates."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, Select, select, tuple_

from services.api.search.criteria import Criteria, Mode
from shared.db.tables import EventRow, EventTag, Plate
from shared.errors import Invalid
from shared.matching import letters_of, near
from shared.plates import grams, normalise, skeleton
from shared.reactions import NONE

_PATTERN = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_", "?": "_", "*": "%"})
_AROUND = {Mode.CONTAINS: "*{}*", Mode.PREFIX: "{}*", Mode.SUFFIX: "*{}", Mode.WILDCARD: "{}"}
LONGEST = 32


def conditions(asked: Criteria) -> list[ColumnElement[bool]]:
    """Raises Invalid for a text that cannot be part of a plate."""
    found = [*_times(asked), *_values(asked)]
    if asked.unread != "with":
        found.append(EventRow.unread != "" if asked.unread == "only" else EventRow.unread == "")
    if asked.corrected != "with":
        found.append(EventRow.as_read.is_not(None) if asked.corrected == "only" else EventRow.as_read.is_(None))
    if asked.tag is not None:
        found.append(_tagged(asked.tag.casefold()))
    if asked.list == NONE:
        found.append(EventRow.lists == [])
    elif asked.list is not None:
        found.append(EventRow.lists.contains([asked.list]))
    if asked.text and (part := normalise(asked.text)):
        found.append(_plate(part, asked.mode))
    return found


def _times(asked: Criteria) -> list[ColumnElement[bool]]:
    bounds = (
        (asked.since, EventRow.captured_at.__ge__),
        (asked.until, EventRow.captured_at.__lt__),
        (asked.stored_by, EventRow.stored_at.__le__),
    )
    return [compare(moment) for moment, compare in bounds if moment is not None]


def _values(asked: Criteria) -> list[ColumnElement[bool]]:
    wanted = (
        (EventRow.camera_id, asked.camera),
        (EventRow.camera_name, asked.camera_name),
        (EventRow.country, asked.country),
        (EventRow.direction, asked.direction.value if asked.direction else None),
        (EventRow.zone, asked.zone),
    )
    found: list[ColumnElement[bool]] = [column == value for column, value in wanted if value is not None]
    if asked.min_confidence is not None:
        found.append(EventRow.confidence >= asked.min_confidence)
    if asked.max_confidence is not None:
        found.append(EventRow.confidence <= asked.max_confidence)
    if asked.cameras:
        found.append(EventRow.camera_id.in_(asked.cameras))
    return found


def _tagged(tag: str) -> ColumnElement[bool]:
    # With the time, so that each event is looked up in its month only.
    tagged = select(EventTag.event_id, EventTag.captured_at).where(EventTag.tag == tag)
    return tuple_(EventRow.event_id, EventRow.captured_at).in_(tagged)


def _plate(part: str, mode: Mode) -> ColumnElement[bool]:
    if not any(letter.isalnum() for letter in part):
        raise Invalid("A search needs at least one letter or digit", "text")
    if len(part) > LONGEST:
        raise Invalid(f"A search has at most {LONGEST} letters and digits", "text")
    if mode is Mode.EXACT:
        return EventRow.plate == part
    if mode is Mode.SIMILAR:
        return EventRow.plate.in_(_similar(part))
    return EventRow.plate.in_(_matching(_AROUND[mode].format(part)))


def _matching(pattern: str) -> Select[str]:
    """Plates that match as a whole: found by their grams in the index, then looked at in full."""
    needed = sorted({gram for run in re.split(r"[?*]", pattern) for gram in grams(run)})
    return select(Plate.plate).where(
        Plate.grams.contains(needed), Plate.plate.like(pattern.translate(_PATTERN), escape="\\")
    )


def _similar(part: str) -> Select[str]:
    """Plates that are the same but for look-alikes, and one character more, less or different.

    A few hundred look-ups in an index replace a walk through all plates.
    """
    folded = skeleton(part)
    return select(Plate.plate).where(Plate.skeleton.in_(sorted(near(folded, letters_of(folded)) - {""})))
