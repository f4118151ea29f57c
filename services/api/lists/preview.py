"""What an entry would have matched: plates through the small dictionary first, then their events by index."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product

from sqlalchemy import ColumnElement, Text, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from services.api.access import Identity, visible
from services.api.events.schemas import EventOut
from services.api.lists import queries
from services.api.lists.schemas import MatchedEvent, PreviewIn, PreviewOut, SeenPlate
from shared.clock import now
from shared.db.tables import EventRow, Plate
from shared.matching import LETTERS, How, Match, how, near
from shared.plates import LOOK_ALIKES, grams, is_pattern, skeleton

Conditions = Sequence[ColumnElement[bool]]
BACK = timedelta(days=90)
MOST_PLATES, SHOWN = 2000, 50

_SQL_WILDCARDS = str.maketrans("?*", "_%")
_ALIKE = {
    digit: digit + "".join(a for a, b in zip(*LOOK_ALIKES, strict=True) if b == digit) for digit in LOOK_ALIKES[1]
}


def preview(session: Session, name: str, asked: PreviewIn, who: Identity) -> PreviewOut:
    """By the events that `who` may see. Raises Missing, Invalid."""
    found, entry = queries.named(session, name), queries.normal_form(asked.plate)
    since = now() - BACK
    within = [EventRow.captured_at >= since, *visible(who)]
    match = asked.match or queries.listed(found, 0).match
    ways = _ways(session, entry, match, since)
    seen = _seen(session, dict(ways[:MOST_PLATES]), within)
    counts: Counter[How] = Counter()
    for plate in seen:
        counts[plate.how] += plate.events
    return PreviewOut(
        plate=entry,
        match=match,
        since=since,
        counts=dict(counts),
        complete=len(ways) <= MOST_PLATES,
        plates=seen[:SHOWN],
        events=_newest(session, seen[:SHOWN], within),
    )


def _ways(session: Session, entry: str, match: Match, since: datetime) -> list[tuple[str, How]]:
    """The plates that the entry names and how; those seen last first, one more than are counted."""
    newest = select(Plate.plate).where(*_conditions(entry, match), Plate.last_seen >= since)
    plates = session.scalars(newest.order_by(Plate.last_seen.desc()).limit(MOST_PLATES + 1))
    return [(plate, way) for plate in plates if (way := how(entry, plate, match))]


def _conditions(entry: str, match: Match) -> list[ColumnElement[bool]]:
    """What the plates that the entry names have in common, as far as indexes know it."""
    folded, parts = skeleton(entry), re.split(r"[?*]", entry)
    if not is_pattern(entry):
        near_ones = near(folded, LETTERS) if match == "one_off" else {folded}
        return [Plate.plate == entry if match == "strict" else Plate.skeleton.in_(sorted(near_ones))]
    if match == "strict":
        needed = sorted({gram for part in parts for gram in grams(part)})
        return [Plate.grams.contains(needed), Plate.plate.like(entry.translate(_SQL_WILDCARDS))]
    pairs = sorted({gram for part in parts for gram in grams(skeleton(part)) if len(gram) == 2})
    spelled = [Plate.grams.overlap(_spellings(pair)) for pair in pairs]
    return [*spelled, Plate.skeleton.like(folded.translate(_SQL_WILDCARDS))]


def _spellings(folded: str) -> list[str]:
    """Every text that has this skeleton."""
    return ["".join(letters) for letters in product(*(_ALIKE.get(letter, letter) for letter in folded))]


def _seen(session: Session, ways: Mapping[str, How], within: Conditions) -> list[SeenPlate]:
    """Those of the plates that have events, the newest first."""
    newest = func.max(EventRow.captured_at)
    counted = select(EventRow.plate, func.count(), newest).where(_named_by(list(ways)), *within)
    rows = session.execute(counted.group_by(EventRow.plate).order_by(newest.desc(), EventRow.plate))
    return [SeenPlate(plate=plate, how=ways[plate], events=events, newest=at) for plate, events, at in rows]


def _newest(session: Session, seen: Sequence[SeenPlate], within: Conditions) -> list[MatchedEvent]:
    """The newest events are among those of the plates that were seen last."""
    ways = {plate.plate: plate.how for plate in seen}
    order = (EventRow.captured_at.desc(), EventRow.event_id.desc())
    rows = session.scalars(select(EventRow).where(_named_by(list(ways)), *within).order_by(*order).limit(SHOWN))
    return [MatchedEvent(how=ways[row.plate], event=EventOut.of_row(row)) for row in rows]


def _named_by(plates: list[str]) -> ColumnElement[bool]:
    return EventRow.plate == any_(literal(plates, ARRAY(Text)))
