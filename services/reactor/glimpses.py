"""Plates that were seen and not read: how often and why, and when that is enough to tell of a vehicle."""

from __future__ import annotations

from services.reactor.ballot import Evidence, Kept, evidence_of, picture_worth
from services.reactor.vote import Verdict
from shared.messages import FrameReads, Unread, UnreadReason

LEAST_GLIMPSES = 3
LEAST_HEIGHT = 8
"""Pixels of the largest sighting; what stays smaller drives by far away and is nobody's business here."""
ORDER = {reason: place for place, reason in enumerate(UnreadReason)}


class Glimpses(Kept):
    """The unread sightings of a vehicle of which nothing was read; `height` is that of the largest."""

    reasons: dict[UnreadReason, int]
    height: int
    evidence: Evidence

    @classmethod
    def first(cls, unread: Unread, frame: FrameReads) -> Glimpses:
        evidence = evidence_of(unread, frame, picture_worth(unread, frame))
        return cls(reasons={unread.reason: 1}, height=unread.box.height, evidence=evidence)

    def with_unread(self, unread: Unread, frame: FrameReads) -> Glimpses:
        """After one more sighting; the picture that shows most stays, if any was stored at all."""
        fresh = Glimpses.first(unread, frame)
        return Glimpses(
            reasons=self.reasons | {unread.reason: self.reasons.get(unread.reason, 0) + 1},
            height=max(self.height, fresh.height),
            evidence=max(self.evidence, fresh.evidence, key=lambda one: (bool(one.crop_key), one.worth)),
        )

    @property
    def reason(self) -> UnreadReason:
        """The most frequent one.

        Of equally frequent ones the later in the order of UnreadReason: every passing plate is small and then clipped
        for a while, so those that come later tell more of what is wrong with this one.
        """
        return max(self.reasons, key=lambda reason: (self.reasons[reason], ORDER[reason]))

    def tell_of_a_vehicle(self, on_a_picture: bool) -> bool:
        """Whether it is more than noise; a single picture has but one sighting to give."""
        return self.height >= LEAST_HEIGHT and (on_a_picture or sum(self.reasons.values()) >= LEAST_GLIMPSES)

    def verdict(self) -> Verdict:
        return Verdict(
            text="",
            country="",
            confidence=0.0,
            characters=(),
            evidence=self.evidence,
            agreeing=0,
            surest=0.0,
            decided=False,
            unread=self.reason,
        )
