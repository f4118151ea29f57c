"""What came of one try, translated from an integration's answer or error; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from shared.errors import Reject, Retry, Unauthorised
from shared.integration import Receipt
from shared.messages import DeliveryState

ANSWER_LIMIT = 500
BUG_TRIES = 3
"""An unexpected exception may be bad luck twice; the third time it is this delivery's fault."""


class Peer(Enum):
    """What a try tells about the destination itself."""

    WELL = "well"
    FAILING = "failing"
    NOT_ASKED = "not asked"


@dataclass(frozen=True)
class Outcome:
    """`state` DUE means: try again."""

    state: DeliveryState
    peer: Peer
    status: int | None = None
    sentence: str = ""
    answer: str = ""
    wish: float | None = None
    fault: bool = False
    """The integration itself is wrong, not the peer."""


def delivered(receipt: Receipt) -> Outcome:
    return Outcome(DeliveryState.DELIVERED, Peer.WELL, receipt.status, answer=receipt.answer[:ANSWER_LIMIT])


def failed(error: Exception, attempts: int) -> Outcome:
    """The outcome of an error after this many tries, the one that failed included."""
    if isinstance(error, Retry):
        sentence = error.reason[:ANSWER_LIMIT]
        return Outcome(DeliveryState.DUE, Peer.FAILING, error.status, sentence, sentence, error.after)
    if isinstance(error, Reject):
        return _rejected(error)
    sentence = f"Fault in the integration: {type(error).__name__}"
    state = DeliveryState.DEAD if attempts >= BUG_TRIES else DeliveryState.DUE
    return Outcome(state, Peer.NOT_ASKED, sentence=sentence, fault=True)


def _rejected(error: Reject) -> Outcome:
    """Wrong credentials fail every delivery, so they count against the destination, other refusals do not."""
    refused = f" with status {error.status}" if error.status else ""
    answer = error.reason[:ANSWER_LIMIT]
    if isinstance(error, Unauthorised):
        sentence = f"Refused the credentials{refused}: correct the destination's settings"
        return Outcome(DeliveryState.DEAD, Peer.FAILING, error.status, sentence, answer)
    peer = Peer.WELL if error.status else Peer.NOT_ASKED
    return Outcome(DeliveryState.DEAD, peer, error.status, f"Refused{refused}: {answer}", answer)
