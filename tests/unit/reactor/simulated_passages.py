"""Vehicles as a reader sees them frame by frame, with its mistakes; run it to see how well each way of choosing does.

    python -m tests.unit.reactor.simulated_passages

A frame's quality wanders; with it go the share of mistakes, the probabilities and the sharpness. A mistake tends to
stay while the picture stays nearly the same, and often the reader is surer of it than it should be. Characters at
either end get lost, and now and then something beside the plate is read along with it.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.reactor.ballot import Ballot
from services.reactor.vote import decide
from shared.geometry import Box
from shared.messages import Character, Read
from shared.testing import frame_reads

CAMERA = UUID(int=7)
MOVING_KEEPS, STANDING_KEEPS = 0.25, 0.93
"""How likely a mistake is made again in the next frame."""
SHAPES = ("AA9999AA", "AA999AA", "AA99AAA", "9AAA999", "AA99999", "A999AA99")
LETTERS, DIGITS = "ABCDEFGHIKLMNOPRSTUVXYZ", "0123456789"
LOOK_ALIKES = {
    **{"O": "0DQC", "0": "O8DQ", "B": "8RPE", "8": "B0396", "1": "I7T", "I": "1TL", "D": "0O", "S": "5", "5": "S6"},
    **{"Z": "2", "2": "Z7", "G": "6C", "6": "G58", "M": "NHW", "N": "MH", "H": "MN", "V": "YU", "Y": "VT", "E": "FB"},
    **{"F": "EP", "P": "FR", "R": "PB", "C": "GO", "U": "V", "T": "1Y", "L": "I", "7": "12", "4": "A", "A": "4"},
    **{"K": "X", "X": "K", "3": "89", "9": "3"},
}


@dataclass(frozen=True)
class Passing:
    """One vehicle: what stands on its plate, and what was read of it."""

    plate: str
    reads: tuple[Read, ...]


@dataclass(frozen=True)
class Conditions:
    """How hard the readings are.

    Attributes:
        quality: of the middling passage, 0 to 1.
        frames: fewest and most while it moves.
        standing: fewest and most after that, while it stands and its mistakes last.
    """

    quality: float = 0.6
    frames: tuple[int, int] = (4, 12)
    standing: tuple[int, int] = (0, 0)


class Reader:
    """Reads one plate again and again; remembers its mistakes as long as the picture hardly changes."""

    def __init__(self, dice: random.Random, plate: str) -> None:
        self.dice, self.plate = dice, plate
        self.keeps = MOVING_KEEPS
        self.mistakes: dict[int, str] = {}

    def read(self, quality: float, box: Box, *, standing: bool) -> Read:
        self.keeps = STANDING_KEEPS if standing else MOVING_KEEPS
        wrong = 0.30 * (1 - quality) ** 1.5 + 0.004
        characters = [self._character(i, quality, wrong) for i in range(len(self.plate))]
        lost = self.dice.random()
        if lost < 0.12 * (1 - quality) + 0.02:
            characters = characters[:-1] if lost < 0.09 * (1 - quality) + 0.015 else characters[1:]
        if self.dice.random() < 0.04:
            extra = Character(options=((self.dice.choice("1IJL"), self.dice.uniform(0.5, 0.95)),))
            characters = [extra, *characters] if self.dice.random() < 0.5 else [*characters, extra]
        text = "".join(c.best for c in characters)
        mean = math.exp(sum(math.log(c.probability) for c in characters) / len(characters))
        sharpness = 20 + 400 * quality * self.dice.uniform(0.7, 1.3)
        return Read(
            text=text,
            raw=text,
            confidence=mean,
            characters=tuple(characters),
            box=box,
            sharpness=sharpness,
            crop_key="",
        )

    def _character(self, place: int, quality: float, wrong: float) -> Character:
        truth = self.plate[place]
        if place in self.mistakes and self.dice.random() > self.keeps:
            del self.mistakes[place]
        if place not in self.mistakes and self.dice.random() < wrong * (1 - self.keeps):
            self.mistakes[place] = self._look_alike(truth)
        told = self.mistakes.get(place, truth)
        if told == truth:
            sure = 1 - (1 - quality) * self.dice.random() ** 2 * 0.6
            other = self._look_alike(truth)
        else:
            sure = self.dice.uniform(0.45, 0.97)
            other = truth if self.dice.random() < 0.8 else self.dice.choice(LETTERS + DIGITS)
        sure = round(min(0.995, max(sure, 0.5)), 4)
        rest = round((1 - sure) * self.dice.uniform(0.5, 1.0), 4)
        return Character(options=((told, sure), (other, rest)) if other != told else ((told, sure),))

    def _look_alike(self, truth: str) -> str:
        """Mostly of its own kind: what a grammar does not allow at this place, the reading does not hold."""
        alike = LOOK_ALIKES.get(truth, "")
        same = [letter for letter in alike if letter.isdigit() == truth.isdigit()]
        return self.dice.choice(same if same and self.dice.random() < 0.8 else alike or LETTERS + DIGITS)


def passing(dice: random.Random, conditions: Conditions) -> Passing:
    plate = "".join(dice.choice(LETTERS if sign == "A" else DIGITS) for sign in dice.choice(SHAPES))
    reader, height = Reader(dice, plate), dice.randint(18, 40)
    level = min(0.95, max(0.05, dice.gauss(conditions.quality, 0.2)))
    moving, standing = dice.randint(*conditions.frames), dice.randint(*conditions.standing)
    reads = []
    for i in range(moving + standing):
        quality = min(1.0, max(0.0, level + dice.gauss(0, 0.12)))
        way = round(0.6 * height * min(i, moving))
        box = Box(x=200 + dice.randint(-1, 1), y=60 + way + dice.randint(-1, 1), width=4 * height, height=height)
        reads.append(reader.read(quality, box, standing=i > moving))
    return Passing(plate, tuple(reads))


def by_surest(reads: Sequence[Read]) -> str:
    """What the single most confident frame says."""
    return max(reads, key=lambda read: read.confidence).text


def by_majority(reads: Sequence[Read]) -> str:
    """The text that most frames say; of several the surest."""
    counts = Counter(read.text for read in reads)
    return max(reads, key=lambda read: (counts[read.text], read.confidence)).text


def by_vote(reads: Sequence[Read]) -> str:
    """What the reactor tells."""
    ballot = Ballot()
    for second, read in enumerate(reads):
        frame = frame_reads(CAMERA, read, second=second).model_copy(update={"width": 1920, "height": 1080})
        ballot = ballot.with_read(read, frame)
    return decide(ballot).text


WAYS: dict[str, Callable[[Sequence[Read]], str]] = {
    "single best": by_surest,
    "majority": by_majority,
    "vote": by_vote,
}


def exact_shares(conditions: Conditions, count: int, seed: int = 7) -> dict[str, float]:
    """Share of vehicles whose plate each way gets exactly right."""
    dice = random.Random(seed)
    vehicles = [passing(dice, conditions) for _ in range(count)]
    return {name: sum(way(v.reads) == v.plate for v in vehicles) / count for name, way in WAYS.items()}


SITUATIONS = {
    "passing": Conditions(),
    "passing in the dark": Conditions(quality=0.35),
    "passing quickly": Conditions(quality=0.5, frames=(3, 5)),
    "stopping": Conditions(quality=0.5, frames=(3, 6), standing=(4, 30)),
    "standing": Conditions(quality=0.5, frames=(0, 0), standing=(5, 30)),
}


def main() -> None:
    """Prints one line for each situation."""
    print(f"{'':22}" + "".join(f"{name:>14}" for name in WAYS))  # noqa: T201
    for name, conditions in SITUATIONS.items():
        shares = exact_shares(conditions, 600)
        print(f"{name:22}" + "".join(f"{share:14.3f}" for share in shares.values()))  # noqa: T201


if __name__ == "__main__":
    main()
