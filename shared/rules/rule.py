"""A rule together with what matters of its destination."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.messages import Moment
from shared.reactions import BARRIER, RuleSettings


@dataclass(frozen=True)
class Rule:
    """One rule, ready to be tried.

    Attributes:
        kind: of the destination.
        moments: when in a passage the destination hears of it.
        enabled: the rule and its destination are both switched on.
    """

    rule_id: UUID
    name: str
    settings: RuleSettings
    destination_id: UUID
    destination: str
    kind: str
    moments: frozenset[Moment]
    enabled: bool = True

    @property
    def opens_barrier(self) -> bool:
        return self.kind == BARRIER

    @property
    def exact_only(self) -> bool:
        """Whether a look-alike of an entry is not good enough."""
        asked = self.settings.exact_only
        return self.opens_barrier if asked is None else asked
