"""Finds out how the characters of a text file are written, by rules that a person can follow, or refuses it."""

from __future__ import annotations

import codecs
import mmap
import re
from enum import StrEnum
from pathlib import Path

from shared.errors import Invalid


class Encoding(StrEnum):
    """What may be asked for."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    WINDOWS_1250 = "windows-1250"
    WINDOWS_1251 = "windows-1251"
    WINDOWS_1252 = "windows-1252"

    @property
    def codec(self) -> str:
        """Python's name of it; a mark at the beginning of UTF-8 is never a letter."""
        return "utf-8-sig" if self is Encoding.UTF_8 else self.value


ASK = "save the file as UTF-8, or name its encoding (windows-1250, windows-1251, windows-1252)"

_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_ASCII_LETTER = re.compile(rb"[A-Za-z]")
_UTF8_PAIR = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
# ą ł ż ź Ł Ą Ż of windows-1250; windows-1252 has signs like ¹ ³ ¿ £ ¥ ¯ there, which no word holds.
_CENTRAL_EUROPEAN = re.compile(rb"[A-Za-z][\xb9\xb3\xbf\x9f]|[\xa3\xa5\xaf][A-Za-z]")
_CHUNK = 1 << 16


def codec_of(path: Path, asked: Encoding | None = None) -> str:
    """Python's codec for a text file.

    A byte order mark decides; else UTF-8 if the whole file is that; else the words with letters beyond ASCII vote:
    words of such letters alone are Cyrillic (windows-1251), words that mix them with a-z are western (windows-1252).

    Raises:
        Invalid: it cannot be told; the sentence says what to do.
    """
    if asked:
        return asked.codec
    if path.stat().st_size == 0:
        raise Invalid("The file is empty", "file")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:4] in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE):
            raise Invalid(f"The file is UTF-32: {ASK}", "encoding")
        if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return Encoding.UTF_16.codec
        if data.find(b"\0") >= 0:
            raise Invalid(f"The file holds zero bytes, so it is no text, or UTF-16 without its mark: {ASK}", "encoding")
        return Encoding.UTF_8.codec if _is_utf8(data) else _by_words(data)


def _is_utf8(data: mmap.mmap) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(data[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _by_words(data: mmap.mmap) -> str:
    high = pairs = alone = mixed = 0
    for word in _WORD.finditer(data):
        letters = word.group()
        beyond = len(letters) - len(_ASCII_LETTER.findall(letters))
        high += beyond
        pairs += sum(len(pair) for pair in _UTF8_PAIR.findall(letters))
        alone += beyond == len(letters) >= 2
        mixed += beyond < len(letters)
    if pairs * 2 > high:
        raise Invalid(f"The file is UTF-8 with broken characters in it: {ASK}", "encoding")
    if alone > 3 * mixed:
        return Encoding.WINDOWS_1251.codec
    if mixed > 3 * alone and not _CENTRAL_EUROPEAN.search(data):
        return Encoding.WINDOWS_1252.codec
    raise Invalid(f"How the file's letters are encoded cannot be told for sure: {ASK}", "encoding")
