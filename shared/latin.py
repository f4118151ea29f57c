"""Letters of other scripts as A-Z, for receivers that know only ASCII.

Letters that number plates share between scripts become the letter they look like, because that is what people read
on the plate (А → A, Р → P); other Cyrillic letters follow the Ukrainian table of 2010 (Cabinet resolution 55).
"""

from __future__ import annotations

import unicodedata

_LOOKS_LIKE = dict(zip("АВЕКМНОРСТУХІЈЅ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXIJS" + "ABEZHIKMNOPTYX", strict=True))
_SOUNDS_LIKE = {
    "Б": "B", "Г": "G", "Ґ": "G", "Д": "D", "Є": "YE", "Ж": "ZH", "З": "Z", "И": "I", "Л": "L", "П": "P", "Ф": "F",
    "Ц": "TS", "Ч": "CH", "Ш": "SH", "Щ": "SHCH", "Ъ": "", "Ы": "Y", "Ь": "", "Э": "E", "Ю": "YU", "Я": "YA",
    "Ђ": "DJ", "Ћ": "C", "Љ": "LJ", "Њ": "NJ", "Џ": "DZ",
    "Đ": "D", "Ð": "D", "Ł": "L", "Ø": "O", "Æ": "AE", "Œ": "OE", "ẞ": "SS", "Þ": "TH",
}  # fmt: skip
_LETTERS = _LOOKS_LIKE | _SOUNDS_LIKE


def transliterate(text: str) -> str:
    """The text with every letter that has a Latin form written so; what has none stays as it is."""
    return "".join(_letter(character) for character in unicodedata.normalize("NFKD", text))


def _letter(character: str) -> str:
    if character.isascii():
        return character
    if unicodedata.combining(character):
        return ""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    latin = _LETTERS.get("ẞ" if character == "ß" else character.upper())
    if latin is None:
        return character
    return latin if character.isupper() else latin.lower()
