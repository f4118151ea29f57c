"""Reads rules with their destinations out of the database, in the order in which they are tried."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from shared.db.tables import Destination, ReactionRule
from shared.messages import Moment
from shared.reactions import RuleSettings
from shared.rules.rule import Rule

logger = logging.getLogger(__name__)

RuleRow = Row[*tuple[Any, ...]]

_ROWS = (
    select(
        ReactionRule.id,
        ReactionRule.name,
        ReactionRule.settings,
        ReactionRule.enabled,
        ReactionRule.destination_id,
        Destination.name.label("destination"),
        Destination.kind,
        Destination.send_on,
        Destination.enabled.label("destination_enabled"),
    )
    .join(Destination, Destination.id == ReactionRule.destination_id)
    .order_by(ReactionRule.created_at, ReactionRule.id)
)


def rows(session: Session) -> Sequence[RuleRow]:
    """All rules as they are stored; equal rows mean equal rules."""
    return session.execute(_ROWS).all()


def rules(found: Sequence[RuleRow]) -> tuple[Rule, ...]:
    """The rules in these rows, by priority, then by age; one that cannot be understood is left out and logged."""
    return tuple(sorted(_parsed(found), key=lambda rule: rule.settings.priority))


def moments_of(send_on: str) -> frozenset[Moment]:
    """When a destination hears of a vehicle."""
    return frozenset(Moment) if send_on == "both" else frozenset({Moment(send_on)})


def _parsed(found: Sequence[RuleRow]) -> Iterator[Rule]:
    for row in found:
        try:
            settings = RuleSettings.model_validate(row.settings)
        except ValidationError as error:
            logger.error("reaction is left out", extra={"reaction": row.name, "reason": str(error)})
            continue
        yield Rule(
            rule_id=row.id,
            name=row.name,
            settings=settings,
            destination_id=row.destination_id,
            destination=row.destination,
            kind=row.kind,
            moments=moments_of(row.send_on),
            enabled=row.enabled and row.destination_enabled,
        )
