"""The columns of an entry in files, in the one place that knows them all: names, headers of the world, parsing."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from services.api.lists.schemas import COLOURS, LONGEST_TAG
from services.api.transfer.cells import Cell, free_text, moment, schedule
from shared.errors import Invalid

Value = object
"""What PostgreSQL's COPY takes for the column."""


@dataclass(frozen=True)
class Column:
    """A field of an entry beside its plate.

    Attributes:
        name: of the column in the table and in JSON.
        title: the header in exports.
        headers: further headers that mean it, folded by `fold`.
        sql: its type in PostgreSQL.
        parse: (cell, name, the site's zone) → value; raises Invalid.
    """

    name: str
    title: str
    headers: frozenset[str]
    sql: str
    parse: Callable[[Cell, str, ZoneInfo], Value]


def fold(header: str) -> str:
    """A header as it is compared: letters and digits only, without case and accents."""
    spread = unicodedata.normalize("NFKD", header.casefold())
    return "".join(letter for letter in spread if letter.isalnum())


def _headers(*written: str) -> frozenset[str]:
    return frozenset(fold(header) for header in written)


def _text(cell: Cell, name: str, _zone: ZoneInfo) -> Value:
    return free_text(cell, name)


def _moment(cell: Cell, name: str, zone: ZoneInfo, *, ends: bool) -> Value:
    return moment(cell, name, zone, ends=ends)


def _schedule(cell: Cell, name: str, _zone: ZoneInfo) -> Value:
    return schedule(cell, name)


def _tag(cell: Cell, name: str, _zone: ZoneInfo) -> Value:
    return free_text(cell, name, LONGEST_TAG)


def _colour(cell: Cell, name: str, _zone: ZoneInfo) -> Value:
    found = free_text(cell, name).casefold()
    if found not in COLOURS:
        raise Invalid(f"{name} is one of {', '.join(filter(None, COLOURS))}, or empty", name)
    return found


PLATE = "plate"
PLATE_TITLE = "License Plate"
# English, German, Ukrainian, Russian, Polish, French, Spanish, Italian, Portuguese, Dutch, Czech, Turkish.
PLATE_HEADERS = _headers(
    *("plate", "license plate", "licence plate", "license plate number", "plate number", "plate no", "registration"),
    *("registration number", "number plate", "vehicle registration", "vrm", "lpn", "car number", "vehicle number"),
    *("Kennzeichen", "Kfz-Kennzeichen", "amtliches Kennzeichen", "Nummernschild", "Autokennzeichen"),
    *("номер", "номерний знак", "державний номер", "держномер", "номер авто", "номер автомобіля", "номер ТЗ"),
    *("госномер", "гос. номер", "номерной знак", "номер автомобиля", "регистрационный номер"),
    *("numer rejestracyjny", "nr rejestracyjny", "nr rej", "tablica", "tablica rejestracyjna", "rejestracja"),
    *("plaque", "immatriculation", "plaque d'immatriculation", "matrícula", "placa", "targa", "kenteken"),
    *("SPZ", "RZ", "registrační značka", "plaka"),
)
COLUMNS: tuple[Column, ...] = (
    Column(
        "note",
        "Description",
        _headers(
            *("note", "notes", "description", "comment", "comments", "remark", "remarks"),
            *("Beschreibung", "Bemerkung", "Bemerkungen", "Anmerkung", "Kommentar", "Notiz"),
            *("опис", "примітка", "примітки", "коментар", "описание", "примечание", "комментарий", "заметка"),
            *("opis", "uwagi", "uwaga", "komentarz", "notatka"),
            *("commentaire", "remarque", "descripción", "nota", "notas", "descrizione", "descrição", "poznámka"),
            *("omschrijving", "opmerking", "açıklama"),
        ),
        "text",
        _text,
    ),
    Column(
        "owner",
        "Owner",
        _headers(
            *("owner", "holder", "keeper", "driver", "name", "full name"),
            *("Halter", "Besitzer", "Eigentümer", "Fahrer"),
            *("власник", "водій", "ПІБ", "владелец", "водитель", "ФИО"),
            *("właściciel", "kierowca", "posiadacz"),
            *("propriétaire", "propietario", "proprietario", "proprietário", "eigenaar", "majitel", "sahibi"),
        ),
        "text",
        _text,
    ),
    Column(
        "valid_from",
        "Valid From",
        _headers(
            *("valid from", "from", "start", "start date", "gültig ab", "gültig von", "ab", "von"),
            *("дійсний з", "діє з", "дата початку", "действует с", "дата начала", "ważny od", "ważne od", "od"),
        ),
        "timestamptz",
        partial(_moment, ends=False),
    ),
    Column(
        "valid_to",
        "Valid To",
        _headers(
            *("valid to", "valid until", "valid till", "until", "to", "end", "end date", "expires", "expiry"),
            *("gültig bis", "bis", "ablaufdatum", "дійсний до", "діє до", "дата закінчення"),
            *("действует до", "дата окончания", "ważny do", "ważne do", "do"),
        ),
        "timestamptz",
        partial(_moment, ends=True),
    ),
    Column(
        "schedule",
        "Schedule",
        _headers("schedule", "weekly schedule", "Zeitplan", "розклад", "расписание", "harmonogram"),
        "jsonb",
        _schedule,
    ),
    Column(
        "contact",
        "Contact",
        _headers(
            *("contact", "phone", "phone number", "telephone", "e-mail", "email", "Kontakt", "Telefon", "Rufnummer"),
            *("контакт", "телефон", "пошта", "почта", "kontakt", "téléphone", "teléfono", "telefono", "telefoon"),
        ),
        "text",
        _text,
    ),
    Column("tag", "Tag", _headers("tag", "group", "category", "Gruppe", "група", "группа", "grupa"), "text", _tag),
    Column("colour", "Colour", _headers("colour", "color", "Farbe", "колір", "цвет", "kolor"), "text", _colour),
)
NAMES = (PLATE, *(column.name for column in COLUMNS))
KNOWN: dict[str, str] = {
    **dict.fromkeys(PLATE_HEADERS | {fold(PLATE_TITLE)}, PLATE),
    **{header: column.name for column in COLUMNS for header in column.headers},
    **{fold(header): column.name for column in COLUMNS for header in (column.title, column.name)},
}
"""Folded header → name of the column."""
