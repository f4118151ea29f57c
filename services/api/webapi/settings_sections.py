"""The parts of the settings document: each is written by the queries and checked by the models of its resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from services.api.cameras import queries as cameras
from services.api.cameras.schemas import CameraIn, CameraPatch
from services.api.destinations import queries as destinations
from services.api.destinations.schemas import DestinationIn, DestinationPatch
from services.api.errors import field_of, sentence_of
from services.api.reactions import queries as reactions
from services.api.reactions.schemas import ReactionIn, ReactionOut, ReactionPatch
from services.api.settings_schema import InvalidSettings
from services.api.webapi.refusals import Wrong
from services.api.webapi.site_settings import SHOWN
from shared.db.tables import Camera
from shared.errors import Conflict, Invalid, Missing
from shared.secrets import Vault
from shared.site import Setting, load, save

Document = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where settings are read and written."""

    session: Session
    vault: Vault


@dataclass(frozen=True)
class Section:
    """`shown` gives the items with their ids, secrets masked; `add` and `change` raise Invalid and Conflict."""

    shown: Callable[[Place], list[Document]]
    new: type[BaseModel]
    patch: type[BaseModel]
    add: Callable[[Place, Any], object]
    change: Callable[[Place, UUID, Any], object]


@dataclass
class Changes:
    """What was made of a document so far."""

    wrong: list[Wrong] = field(default_factory=list)
    made: list[str] = field(default_factory=list)


def change_section(place: Place, name: str, section: Section, asked: object, changes: Changes) -> None:
    """Changes the items that are there and adds the others; what is not mentioned stays."""
    if not isinstance(asked, list):
        changes.wrong.append(Wrong(name, f"{name} is a list"))
        return
    there = section.shown(place)
    for number, item in enumerate(asked):
        path = f"{name}.{number}"
        if not isinstance(item, dict):
            changes.wrong.append(Wrong(path, f"{path} is an object"))
            continue
        changes.wrong += _change_item(place, section, there, item, path, changes.made)


def _change_item(
    place: Place, section: Section, there: list[Document], item: Document, path: str, made: list[str]
) -> list[Wrong]:  # fmt: skip
    old = _same(there, item)
    if old is None and "id" in item:
        return [Wrong(f"{path}.id", "There is nothing with this id")]
    values = {name: value for name, value in item.items() if name != "id"}
    if old is not None:
        values = {name: merged(old.get(name), value) for name, value in values.items()}
        values = {name: value for name, value in values.items() if name not in old or old[name] != value}
        if not values:
            return []
    try:
        model = (section.new if old is None else section.patch).model_validate(values)
    except ValidationError as error:
        return _named(path, error)
    try:
        with place.session.begin_nested():
            section.add(place, model) if old is None else section.change(place, UUID(old["id"]), model)
    except InvalidSettings as error:
        return [_blamed(path, one) for one in error.every]
    except (Invalid, Conflict, Missing) as error:
        return [_blamed(path, error)]
    made.append(f"{path.partition('.')[0]}: {(old or values)['name']}")
    return []


def _same(there: Iterable[Document], item: Mapping[str, object]) -> Document | None:
    """The item of this id, else of this name."""
    key = "id" if "id" in item else "name"
    return next((old for old in there if old[key] == item.get(key)), None)


def merged(old: object, new: object) -> object:
    """Objects are changed member by member, all else is replaced; another kind of object is another object."""
    if not isinstance(old, dict) or not isinstance(new, dict) or new.get("kind", old.get("kind")) != old.get("kind"):
        return new
    return old | {name: merged(old.get(name), value) for name, value in new.items()}


def _named(path: str, error: ValidationError) -> list[Wrong]:
    found = []
    for one in error.errors():
        name = field_of(("body", *one["loc"]))
        shown = name if name and name.isprintable() and len(name) <= 200 else "a member"
        found.append(Wrong(f"{path}.{shown}" if name else path, sentence_of(dict(one), shown)))
    return found


def _blamed(path: str, error: Exception) -> Wrong:
    blamed = getattr(error, "field", None)
    return Wrong(f"{path}.{blamed}" if blamed else path, str(error))


def site_document(session: Session) -> Document:
    return {kind.name: load(session, kind).model_dump(mode="json") for kind in SHOWN}


def change_site(session: Session, asked: object, changes: Changes) -> None:
    """Each setting by its name; in place of `{"value": …}` the value itself is enough."""
    if not isinstance(asked, dict):
        changes.wrong.append(Wrong("site", "site is an object"))
        return
    kinds = {kind.name: kind for kind in SHOWN}
    for name, value in asked.items():
        if name not in kinds:
            shown = name if name.isprintable() and len(name) <= 64 else "a name"
            changes.wrong.append(Wrong(f"site.{shown}", f"{shown} is not known here"))
            continue
        changes.wrong += _change_setting(session, kinds[name], value, changes.made)


def _change_setting(session: Session, kind: type[Setting], value: object, made: list[str]) -> list[Wrong]:
    path = f"site.{kind.name}"
    given = value if isinstance(value, dict) else {"value": value}
    if unknown := [name for name in given if name not in kind.model_fields]:
        return [Wrong(path, f"{path} has only {', '.join(kind.model_fields)}") for _ in unknown[:1]]
    old = load(session, kind)
    try:
        new = kind.model_validate(old.model_dump() | given)
    except ValidationError as error:
        return _named(path, error)
    if new != old:
        save(session, new)
        made.append(path)
    return []


def _cameras(place: Place) -> list[Document]:
    return [_camera(place.vault, row) for row in cameras.all_cameras(place.session, ())]


def _camera(vault: Vault, row: Camera) -> Document:
    source = cameras.masked(cameras.source_of(vault, row)).model_dump(mode="json")
    # Through the model, so that settings that are newer than the row show their defaults.
    shown = CameraIn.model_validate(
        {"name": row.name, "source": source, "settings": row.settings, "enabled": row.enabled}
    )
    return {"id": str(row.id), **shown.model_dump(mode="json")}


def _destinations(place: Place) -> list[Document]:
    wanted = {"id", *DestinationIn.model_fields}
    found = destinations.all_destinations(place.session, place.vault)
    return [one.model_dump(mode="json", include=wanted) for one in found]


def _reactions(place: Place) -> list[Document]:
    wanted = {"id", *ReactionIn.model_fields}
    found = reactions.all_reactions(place.session)
    return [ReactionOut.model_validate(r, from_attributes=True).model_dump(mode="json", include=wanted) for r in found]


SECTIONS = {
    "cameras": Section(
        _cameras,
        CameraIn,
        CameraPatch,
        lambda place, asked: cameras.add(place.session, place.vault, asked),
        lambda place, item_id, asked: cameras.change(place.session, place.vault, item_id, asked),
    ),
    "destinations": Section(
        _destinations,
        DestinationIn,
        DestinationPatch,
        lambda place, asked: destinations.add(place.session, place.vault, asked),
        lambda place, item_id, asked: destinations.change(place.session, place.vault, item_id, asked),
    ),
    "reactions": Section(
        _reactions,
        ReactionIn,
        ReactionPatch,
        lambda place, asked: reactions.add(place.session, asked),
        lambda place, item_id, asked: reactions.change(place.session, item_id, asked),
    ),
}
