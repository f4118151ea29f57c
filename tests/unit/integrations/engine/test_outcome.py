"""What an integration's answer or error means for the ledger."""

from __future__ import annotations

from services.integrations.engine.outcome import Peer, delivered, failed
from shared.errors import Reject, Retry, Unauthorised
from shared.integration import Receipt
from shared.messages import DeliveryState


def test_a_receipt_is_a_delivery() -> None:
    result = delivered(Receipt(202, "x" * 900))

    assert (result.state, result.peer, result.status) == (DeliveryState.DELIVERED, Peer.WELL, 202)
    assert len(result.answer) == 500


def test_a_retry_stays_due_and_counts_against_the_peer() -> None:
    result = failed(Retry("busy", after=9.0, status=503), 40)

    assert (result.state, result.peer, result.wish) == (DeliveryState.DUE, Peer.FAILING, 9.0)


def test_a_refusal_is_dead_and_says_that_the_peer_is_there() -> None:
    result = failed(Reject("n" * 900, status=404), 1)

    assert (result.state, result.peer, result.status) == (DeliveryState.DEAD, Peer.WELL, 404)
    assert result.answer == "n" * 500


def test_wrong_credentials_count_against_the_destination() -> None:
    result = failed(Unauthorised("who?", status=401), 1)

    assert (result.state, result.peer) == (DeliveryState.DEAD, Peer.FAILING)
    assert "correct the destination's settings" in result.sentence


def test_a_fault_is_tried_three_times_and_named_by_its_type() -> None:
    states = [failed(ZeroDivisionError("secret"), attempts).state for attempts in (1, 2, 3)]

    assert states == [DeliveryState.DUE, DeliveryState.DUE, DeliveryState.DEAD]
    assert failed(ZeroDivisionError("secret"), 3).sentence == "Fault in the integration: ZeroDivisionError"
