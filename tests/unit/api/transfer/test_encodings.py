"""How the letters of a text file are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.api.transfer.encodings import Encoding, codec_of
from shared.errors import Invalid

UKRAINIAN = "Номер;Примітка\r\nАА1234ВВ;сусід із третього поверху\r\nКА0001АА;її автомобіль, ґанок\r\n"
RUSSIAN = "Номер,Примечание\nА123ВС77,жилец второго подъезда\n"
GERMAN = "Kennzeichen;Bemerkung\r\nM-ÄB 123;Grüße an Frau Müller\r\nHH-X 1;Straße 5, süß\r\n"
FRENCH = "Plaque,Commentaire\nAB-123-CD,Hélène – équipe de nuit, côté « cour »\n"
POLISH = "Tablica;Uwagi\nWA 12345;właściciel: Łukasz, gość żony\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


@pytest.mark.parametrize("text", [UKRAINIAN, RUSSIAN, GERMAN, POLISH, "AA1\n"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_recognised_with_and_without_a_mark(file: Path, text: str, codec: str) -> None:
    file.write_bytes(text.encode(codec))
    assert file.read_bytes().decode(codec_of(file)) == text


@pytest.mark.parametrize("text", [UKRAINIAN, RUSSIAN])
def test_cyrillic_words_mean_windows_1251(file: Path, text: str) -> None:
    file.write_bytes(text.encode("cp1251"))
    assert codec_of(file) == "windows-1251"


@pytest.mark.parametrize("text", [GERMAN, FRENCH])
def test_latin_words_with_accents_mean_windows_1252(file: Path, text: str) -> None:
    file.write_bytes(text.encode("cp1252"))
    assert codec_of(file) == "windows-1252"


@pytest.mark.parametrize(
    "content",
    [
        POLISH.encode("cp1250"),
        "AA1;§ 5\n".encode("cp1252"),
        (UKRAINIAN.encode("cp1251") + GERMAN.encode("cp1252")),
        UKRAINIAN.encode() + b"\xff\n",
        UKRAINIAN.encode()[:-3] + b"\xd0",
        UKRAINIAN.encode("utf-16-le"),
        UKRAINIAN.encode("utf-32"),
        b"AA1\0BB2\n",
    ],
    ids=["polish", "one sign", "two encodings", "broken utf-8", "cut utf-8", "utf-16 unmarked", "utf-32", "binary"],
)
def test_what_cannot_be_told_is_refused_with_what_to_do(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(Invalid, match="save the file as UTF-8, or name its encoding"):
        codec_of(file)


def test_a_named_encoding_is_believed(file: Path) -> None:
    file.write_bytes(POLISH.encode("cp1250"))
    assert file.read_bytes().decode(codec_of(file, Encoding.WINDOWS_1250)) == POLISH


def test_an_empty_file_is_refused(file: Path) -> None:
    file.touch()
    with pytest.raises(Invalid, match="empty"):
        codec_of(file)
