"""Recognition where the locator finds whole plates: locate → straighten → read row by row → ask again → settle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from services.recognizer import unread
from services.recognizer.band import countries_with_band, has_band
from services.recognizer.candidates import within
from services.recognizer.cascade import Reading, first_opinion, in_agreement, second_opinion
from services.recognizer.contracts import ANYTHING, Ask, Locator, Picture, Place, RawText, Reader
from services.recognizer.findings import CROP_MARGIN, Candidate, Findings, UnreadPlate, apart, distinct, found
from services.recognizer.grammar.settle import Settled, settle
from services.recognizer.rectify import sharpness, side_lengths, straighten, widen
from services.recognizer.rows import bands, can_have_two, joined
from services.recognizer.views import is_cut
from shared.geometry import Box

READ_MARGINS = ((0.04, 0.02), (0.14, 0.07))
"""What each look shows around the plate, along and across the text, in shares of the plate's height."""
Calibrate = Callable[[Settled], Settled]
GUESS = 0.3
"""A read that is wrong more often than this is right is not told."""
CLEAR = 0.45
"""Score of a find that is surely a plate."""
SURE = 0.92
"""A reading whose confidence is less is asked for again."""


class Text(NamedTuple):
    """One way to read a plate."""

    raw: RawText
    two_rows: bool


def as_it_is(settled: Settled) -> Settled:
    return settled


class PlatePipeline:
    """Keeps nothing between pictures; a plate that cannot be read is told with the reason.

    Args:
        reader: quick, for every plate.
        thorough: for the plates of which the quick one is unsure; None leaves it at that.
        calibrate: makes the confidences of these readers mean what they say.
        glance: see Pipeline.
    """

    def __init__(
        self,
        locator: Locator,
        reader: Reader,
        thorough: Reader | None = None,
        calibrate: Calibrate = as_it_is,
        glance: int = 0,
    ) -> None:
        self.locator, self.reader, self.thorough, self._calibrate = locator, reader, thorough, calibrate
        self.glance = glance

    def read(self, image: Picture, ask: Ask = ANYTHING) -> Findings:
        """The plates of a BGR picture, shape (height, width, 3)."""
        height, width = image.shape[:2]
        located = self._located(image, ask.views) if ask.places is None else ask.places
        places = [place for place in located if within(place.corners, width, height, ask.regions)]
        clipped = [place for place in places if unread.is_clipped(place.corners, width, height)]
        readings = self._readings(image, [place for place in places if place not in clipped], ask.countries)
        readings = [self._told(reading) for reading in readings]
        plates = distinct(_candidates(readings))
        missed = [*(Reading(place) for place in clipped), *(reading for reading in readings if not reading.settled)]
        return Findings(
            plates=tuple(found(image, candidate) for candidate in plates),
            unread=tuple(_unread(image, reading) for reading in missed if reading.place.score >= CLEAR),
        )

    def _told(self, reading: Reading) -> Reading:
        """With the confidence that it deserves, and without a text where that would be a guess."""
        settled = self._calibrate(reading.settled) if reading.settled else None
        return replace(reading, settled=settled if settled and settled.confidence >= GUESS else None)

    def _located(self, image: Picture, views: Sequence[Box]) -> list[Place]:
        """The plates in all views, each once: as the closest view shows it that sees it clearly and does not cut it."""
        height, width = image.shape[:2]
        ranked: list[tuple[bool, bool, int, Place]] = []
        for view in views or (Box(x=0, y=0, width=width, height=height),):
            part = image[view.y : view.y + view.height, view.x : view.x + view.width]
            for place in self.locator.locate(part):
                moved = place.moved(view.x, view.y)
                cut = is_cut(moved.corners, view, width, height)
                ranked.append((cut, place.score < CLEAR, view.area, moved))
        kept: list[Place] = []
        for *_, place in sorted(ranked, key=lambda entry: entry[:3]):
            if all(apart(place.corners.box, other.corners.box) for other in kept):
                kept.append(place)
        return kept

    def _readings(self, image: Picture, places: list[Place], countries: tuple[str, ...]) -> list[Reading]:
        """Each place is looked at closely and with some room; what both looks do not agree on is asked for again."""
        close = [_first_look(image, place, countries) for place in places]
        seen = [look._replace(margin=margin) for margin in READ_MARGINS for look in close]
        read = _settled(seen, _texts(self.reader, image, seen))
        looks = [read[i :: len(places)] for i in range(len(places))]
        readings = [first_opinion(each) for each in looks]
        if self.thorough:
            doubtful = [i for i, each in enumerate(looks) if _is_doubtful(each, readings[i])]
            again = [
                close[i]._replace(ways=_ways_to_confirm(readings[i], close[i].ways), margin=READ_MARGINS[-1])
                for i in doubtful
            ]
            second = _settled(again, _texts(self.thorough, image, again))
            for i, opinion in zip(doubtful, second, strict=True):
                readings[i] = second_opinion(looks[i], opinion)
        return readings


@dataclass(frozen=True)
class Ways:
    """In which ways a plate is read: as one row, as two, or both."""

    one: bool
    two: bool


class Look(NamedTuple):
    """One place as a reader is shown it.

    Attributes:
        countries: expected at this place.
        margin: along and across the text, in shares of the plate's height.
    """

    place: Place
    ways: Ways
    countries: tuple[str, ...]
    margin: tuple[float, float]


def _first_look(image: Picture, place: Place, countries: tuple[str, ...]) -> Look:
    """Where the camera expects no country, a blue band says that it is one of those that have it."""
    margin = READ_MARGINS[0]
    if not countries and has_band(straighten(image, widen(place.corners, *margin))):
        countries = countries_with_band()
    return Look(place, Ways(one=True, two=can_have_two(place.corners)), countries, margin)


def _is_doubtful(looks: Sequence[Reading], best: Reading) -> bool:
    """Letters of a few pixels cost time and give nothing, so they are not worth a second opinion."""
    if side_lengths(best.place.corners)[1] < unread.LEAST_HEIGHT:
        return False
    return best.confidence < SURE or not in_agreement(looks)


def _ways_to_confirm(reading: Reading, before: Ways) -> Ways:
    """Only the way that gave a text is asked for again; where none did, all are."""
    return before if reading.settled is None else Ways(one=not reading.two_rows, two=reading.two_rows)


def _texts(reader: Reader, image: Picture, looks: Sequence[Look]) -> list[list[Text]]:
    """What may stand on each plate, by each of the ways; all crops go to the reader at once."""
    crops: list[Picture] = []
    for (quad, _), ways, _, (along, across) in looks:
        if ways.one:
            crops.append(straighten(image, widen(quad, along, across)))
        if ways.two:
            crops += [straighten(image, widen(band, along, 0.0)) for band in bands(quad)]
    read = iter(reader.read(crops))
    texts: list[list[Text]] = []
    for look in looks:
        found_texts = [Text(next(read), False)] if look.ways.one else []
        if look.ways.two:
            upper, lower = next(read), next(read)
            if upper.characters and lower.characters:
                found_texts.append(Text(joined(upper, lower), True))
        texts.append(found_texts)
    return texts


def _settled(looks: Sequence[Look], texts: Sequence[Sequence[Text]]) -> list[Reading]:
    """The best text of each look. Where the find is faint, only what has the form of a plate is believed."""
    readings = []
    for (place, _, countries, _), choices in zip(looks, texts, strict=True):
        clear = place.score >= CLEAR
        options = [Reading(place, t.raw, settle(t.raw, countries, on_plate=clear), t.two_rows) for t in choices]
        nothing = Reading(place, choices[0].raw) if choices else Reading(place)
        readings.append(max((option for option in options if option.settled), key=_score, default=nothing))
    return readings


def _score(reading: Reading) -> float:
    return reading.score


def _candidates(readings: Iterable[Reading]) -> list[Candidate]:
    return [Candidate(r.place.corners, r.raw, r.settled) for r in readings if r.settled is not None]


def _unread(image: Picture, reading: Reading) -> UnreadPlate:
    height, width = image.shape[:2]
    corners = reading.place.corners
    crop = straighten(image, widen(corners, *CROP_MARGIN))
    sharp = sharpness(crop)
    return UnreadPlate(
        box=corners.box.clamp(width, height),
        corners=corners,
        raw=reading.raw.text,
        reason=unread.reason(corners, (width, height), crop, sharp),
        sharpness=sharp,
        crop=crop,
    )
