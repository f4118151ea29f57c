"""Reads the XML parts of a workbook piece by piece, and refuses what a workbook never needs: entities of its own."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Generic, TypeVar
from xml.parsers import expat

from shared.errors import Invalid

BROKEN = "The file is not a workbook that can be read; save it anew as .xlsx"
_CHUNK = 1 << 16

Found = TypeVar("Found")


class Part(Generic[Found]):
    """Goes through one part; a subclass says with `found` what of it is worth telling."""

    def __init__(self) -> None:
        self._found: list[Found] = []
        self._local: dict[str, str] = {}
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self.text
        self._parser.StartDoctypeDeclHandler = _refuse

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; `name` has no prefix."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Characters inside an element, maybe not all of them at once."""

    def tell(self, found: Found) -> None:
        self._found.append(found)

    def read(self, archive: zipfile.ZipFile, name: str) -> Iterator[Found]:
        """What was told, as soon as it is. Raises KeyError for a part that is not there, and ExpatError."""
        with archive.open(name) as stream:
            while chunk := stream.read(_CHUNK):
                self._parser.Parse(chunk)
                yield from self._taken()
            self._parser.Parse(b"", True)
        yield from self._taken()

    def _taken(self) -> list[Found]:
        found, self._found = self._found, []
        return found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.begin(self._without_prefix(name), attributes)

    def _end(self, name: str) -> None:
        self.end(self._without_prefix(name))

    def _without_prefix(self, name: str) -> str:
        if name not in self._local:
            self._local[name] = name.rpartition(":")[2]
        return self._local[name]


def _refuse(*_declared: object) -> None:
    raise Invalid(BROKEN, "file")
