"""Every name of the protocol, as data: the shipped profile and what an installer corrects in it."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

SHIPPED = Path(__file__).with_name("profile.toml")
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$")]
Header = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
Path_ = Annotated[str, Field(pattern=r"^/[!-~]{0,199}$")]
Method = Literal["PUT", "POST"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Key(_Table):
    header: Header
    value: Annotated[str, Field(pattern=r"^[ -~]*\{key\}[ -~]*$", max_length=200)]


class Paths(_Table):
    registration: Path_
    heartbeat: Path_
    events: Path_
    lists: Path_
    list: Path_
    page: Path_


class Methods(_Table):
    registration: Method
    heartbeat: Method
    events: Method


class EventForm(_Table):
    document: Name
    frame: Name
    crop: Name
    identity: Header


class RegistrationNames(_Table):
    protocol: Name
    software: Name
    sources: Name


class SourceNames(_Table):
    id: Name
    name: Name
    direction: Name
    zones: Name


class HeartbeatNames(_Table):
    sent_at: Name
    waiting: Name
    oldest_seconds: Name
    sources: Name


class StateNames(_Table):
    id: Name
    state: Name
    message: Name
    last_frame_at: Name


class BeatNames(_Table):
    heartbeat: Name
    registered: Name
    lists: Name


class ListNames(_Table):
    lists: Name
    id: Name
    name: Name
    match: Name
    version: Name
    pages: Name
    first: Name
    before: Name
    entries: Name


class RefusalNames(_Table):
    sentence: Name


class Profile(_Table):
    """See profile.toml, where each name is explained."""

    protocol: int
    key: Key
    paths: Paths
    methods: Methods
    event: EventForm
    registration: RegistrationNames
    source: SourceNames
    heartbeat: HeartbeatNames
    state: StateNames
    beat: BeatNames
    lists: ListNames
    refusal: RefusalNames


@lru_cache(maxsize=64)
def read_profile(overriding: str = "") -> Profile:
    """The shipped profile with an overriding document laid over it, table by table.

    Args:
        overriding: TOML; empty for the shipped profile as it is.

    Raises:
        ValueError: one sentence that says what to mend.
    """
    shipped = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    try:
        return Profile.model_validate(_laid_over(shipped, tomllib.loads(overriding)))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the profile is not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"the profile's {'.'.join(map(str, first['loc']))} does not fit: {first['msg']}") from None


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    tables = {name: value | above[name] for name, value in below.items() if _both_tables(value, above.get(name))}
    return below | above | tables


def _both_tables(below: object, above: object) -> bool:
    return isinstance(below, dict) and isinstance(above, dict)
