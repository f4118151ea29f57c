"""Keeps searches of a user or of a key, and checks that each can be run."""

from __future__ import annotations

from collections import defaultdict
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from services.api.access import Identity
from services.api.deps import no_double
from services.api.errors import field_of, sentence_of
from services.api.events.schemas import EventSearch
from services.api.search.conditions import conditions
from services.api.searches.schemas import SearchIn
from shared.db.tables import SavedSearch
from shared.errors import Conflict, Invalid, Missing

MOST = 100
PARAMETERS = {field.alias or name: name for name, field in EventSearch.model_fields.items() if name != "reason"}
SEVERAL = frozenset({"camera"})
PERIODS = ("today", "yesterday", "week", "month")
"""Days that a kept search means anew whenever it is opened: who opens it turns them into `from` and `to`."""


def own(session: Session, who: Identity) -> list[SavedSearch]:
    """By name."""
    return list(session.scalars(select(SavedSearch).where(_owned(who)).order_by(SavedSearch.name)))


def add(session: Session, asked: SearchIn, who: Identity) -> SavedSearch:
    """Raises Invalid for what is no search, Conflict for a name that is taken and for too many."""
    query = asked.query.strip().removeprefix("?")
    check(_without_period(query))
    if (session.scalar(select(func.count()).select_from(SavedSearch).where(_owned(who))) or 0) >= MOST:
        raise Conflict(f"You keep {MOST} searches; delete one first")
    row = SavedSearch(user_id=who.user_id, key_id=who.key_id, name=asked.name, query=query)
    with no_double(f"You already keep a search {asked.name}"):
        session.add(row)
        session.flush()
    return row


def remove(session: Session, search_id: UUID, who: Identity) -> SavedSearch:
    """The search that was. Raises Missing, also for another's."""
    row = session.scalar(select(SavedSearch).where(SavedSearch.id == search_id, _owned(who)))
    if row is None:
        raise Missing("saved search", search_id)
    session.delete(row)
    return row


def check(query: str) -> EventSearch:
    """The search that an address's parameters ask for. Raises Invalid."""
    given: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in parse_qsl(query):
        if name not in PARAMETERS:
            raise Invalid(f"A search has no parameter {name[:40]!r}; it has {', '.join(sorted(PARAMETERS))}", "query")
        given[name].append(value)
    values = {name: found if name in SEVERAL else found[-1] for name, found in given.items()}
    try:
        asked = EventSearch.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        sentence = sentence_of({**first}, field_of(("query", *first["loc"])))
        raise Invalid(f"The search cannot be run: {sentence}", "query") from None
    try:
        conditions(asked.criteria())
    except Invalid as error:
        raise Invalid(f"The search cannot be run: {error}", "query") from None
    return asked


def _without_period(query: str) -> str:
    given = parse_qsl(query)
    periods = [value for name, value in given if name == "period"]
    if not set(periods) <= set(PERIODS):
        raise Invalid(f"A period is one of {', '.join(PERIODS)}", "query")
    if periods and {"from", "to"} & dict(given).keys():
        raise Invalid("A search has a period, or from and to", "query")
    return urlencode([(name, value) for name, value in given if name != "period"])


def _owned(who: Identity) -> ColumnElement[bool]:
    return SavedSearch.user_id == who.user_id if who.user_id else SavedSearch.key_id == who.key_id
