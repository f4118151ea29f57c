"""Which characters of plates are read as which others, as far as a country's format is needed to tell them apart."""

from __future__ import annotations

# Read → what may have been printed, and how probable that is. Judged by eye, not counted.
LOOK_ALIKES: dict[str, tuple[tuple[str, float], ...]] = {
    "O": (("0", 0.35), ("Q", 0.03)),
    "0": (("O", 0.35), ("Q", 0.03)),
    "Q": (("0", 0.2), ("O", 0.2)),
    "D": (("0", 0.1), ("O", 0.05)),
    "I": (("1", 0.35),),
    "1": (("I", 0.35),),
    "B": (("8", 0.15),),
    "8": (("B", 0.15),),
    "S": (("5", 0.12),),
    "5": (("S", 0.12),),
    "Z": (("2", 0.12),),
    "2": (("Z", 0.12),),
    "G": (("6", 0.08),),
    "6": (("G", 0.08),),
}
