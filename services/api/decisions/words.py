"""Tells a decision as a person would: what was read, on which lists it is, what each rule said, who was told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from services.api.events.schemas import CommandCard, DeliveryCard, EventDetail
from shared.messages import CommandState, DeliveryState, ListHit, Moment
from shared.rules.trace import FIRED, RoundTrace

_HOW = {"exact": "by", "pattern": "by the pattern", "look_alike": "because it looks like", "one_off": "being close to"}
_WHEN = {Moment.DETECT: "reliable", Moment.LOST: "lost"}


def story(event: EventDetail, rounds: Sequence[RoundTrace], zone: ZoneInfo) -> list[str]:
    """Sentences in the order in which things happened."""
    return [
        *_reading(event),
        *_rounds(event, rounds, zone),
        *map(_delivery, event.deliveries),
        *map(_command, event.commands),
        *_correction(event),
    ]


def _reading(event: EventDetail) -> Iterator[str]:
    read = event.correction or event
    if not read.plate:
        reason = str(read.unread or "").replace("_", " ")
        yield f"A plate was seen at {event.camera_name} and could not be read: {reason}"
        return
    frames = "1 frame" if event.reads == 1 else f"{event.reads} frames"
    yield f"{event.camera_name} read {read.plate} from {frames}, {event.confidence:.3f} sure"
    for reading in event.readings[:5]:
        yield f"{reading.text} was said by {reading.reads} of them, with {reading.share:.0%} of the weight"
    if read.country:
        region = event.region if event.country == read.country else ""
        yield f"The plate fits {read.country}" + (f", region {region}" if region else "")
    else:
        yield "The plate fits no country for sure"
    for other in event.alternatives[:3]:
        yield f"{other.text}{f' ({other.country})' if other.country else ''} was considered and is less likely"


def _correction(event: EventDetail) -> Iterator[str]:
    if event.correction:
        who = event.correction.by.removeprefix("user:")
        yield f"Later {who} corrected the plate to {event.plate}; no rule was tried again and nobody was told"


def _rounds(event: EventDetail, rounds: Sequence[RoundTrace], zone: ZoneInfo) -> Iterator[str]:
    read = event.correction or event
    if not rounds:
        yield "No rule is tried without a plate" if not read.plate else "No rule was tried, or that was not kept yet"
    for kept in rounds:
        at = kept.at.astimezone(zone)
        yield f"At {at:%H:%M:%S} the passage was {_WHEN[kept.moment]} as {kept.plate}"
        yield from map(_hit, kept.hits)
        if kept.more_hits:
            yield f"It was on lists by {kept.more_hits} more entries"
        if not kept.hits:
            yield "It was on no list"
        yield from _rules(kept)


def _hit(hit: ListHit) -> str:
    return f"It was on the list {hit.list} {_HOW[hit.how]} {hit.entry}"


def _rules(kept: RoundTrace) -> Iterator[str]:
    if not kept.rules and not kept.more:
        yield "There was no rule to try"
    for rule in kept.rules:
        yield f"Rule {rule.name}: {rule.sentence}"
    for outcome, count in kept.more.items():
        rules = "1 more rule" if count == 1 else f"{count} more rules"
        yield f"{rules} fired" if outcome == FIRED else f"{rules} did not fire: {outcome.replace('_', ' ')}"


def _delivery(card: DeliveryCard) -> str:
    if card.state is DeliveryState.DELIVERED:
        return f"{card.destination} got it"
    if card.state is DeliveryState.DUE:
        trouble = f" after {card.attempts} attempts: {card.last_error}" if card.last_error else ""
        return f"{card.destination} has not got it yet{trouble}"
    if card.state is DeliveryState.EXPIRED:
        return f"{card.destination} was not told in time"
    return f"{card.destination} refused it: {card.last_error}"


_COMMANDS = {
    CommandState.NEW: "has the order to open and did not take it yet",
    CommandState.SENT: "is being opened",
    CommandState.DONE: "was opened",
    CommandState.CONFIRMED: "was opened, and that is confirmed",
    CommandState.UNKNOWN: "may have been opened",
    CommandState.FAILED: "was not opened",
    CommandState.EXPIRED: "was not opened in time",
    CommandState.REFUSED: "refused to open",
}


def _command(card: CommandCard) -> str:
    return f"{card.destination} {_COMMANDS[card.state]}" + (f": {card.result}" if card.result else "")
