"""Settings against the JSON Schema that pydantic writes: the same verdicts, and secrets masked wherever they lie."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from services.api.settings_schema import check, masked, unmasked
from shared.errors import Invalid
from shared.secrets import MASK


class Mode(StrEnum):
    FULL = "full"
    CROP = "crop"


class Login(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user: str
    password: SecretStr = SecretStr("")


class Peer(BaseModel):
    """Uses everything that settings of integrations use."""

    model_config = ConfigDict(extra="forbid")

    host: Annotated[str, Field(min_length=3, max_length=20, pattern=r"^[a-z.]+$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 7001
    patience: Annotated[float, Field(gt=0, lt=60)] = 5.0
    mode: Mode = Mode.FULL
    frame: Literal["LPR"] = "LPR"
    login: Login | None = None
    token: SecretStr | None = None
    channels: Annotated[list[int], Field(min_length=1, max_length=3)] = [1]
    labels: dict[str, str] = {}


SCHEMA = Peer.model_json_schema()
GOOD: dict[str, Any] = {
    "host": "nvr.local",
    "port": 7002,
    "patience": 2,
    "mode": "crop",
    "login": {"user": "admin", "password": "hunter2"},
    "token": "abc",
    "channels": [1, 2],
    "labels": {"a": "b"},
}


def test_good_settings_pass_and_so_do_the_defaults() -> None:
    check(SCHEMA, GOOD)
    check(SCHEMA, {"host": "nvr"})
    check(SCHEMA, {"host": "nvr", "login": None, "token": None})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"host": 7}, "settings.host must be a string"),
        ({"host": "NVR 1"}, "settings.host does not have the form that is asked for"),
        ({"host": "nvr\n"}, "settings.host does not have the form that is asked for"),
        ({"host": "ab"}, "settings.host needs at least 3 characters"),
        ({"host": "a" * 21}, "settings.host may have at most 20 characters"),
        ({"port": 0}, "settings.port must be at least 1"),
        ({"port": 70_000}, "settings.port must be at most 65535"),
        ({"port": True}, "settings.port must be an integer"),
        ({"patience": 0}, "settings.patience must be more than 0"),
        ({"patience": 60}, "settings.patience must be less than 60"),
        ({"mode": "half"}, "settings.mode must be one of full, crop"),
        ({"frame": "lpr"}, "settings.frame must be one of LPR"),
        ({"login": {"password": "x"}}, "settings.login.user is missing"),
        ({"login": {"user": "x", "age": 3}}, "settings.login.age is not known here"),
        ({"channels": []}, "settings.channels needs at least 1 entries"),
        ({"channels": [1, "2"]}, "settings.channels.1 must be an integer"),
        ({"labels": {"a": 1}}, "settings.labels.a must be a string"),
        ({"colour": "red"}, "settings.colour is not known here"),
    ],
)
def test_each_mistake_gets_its_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Invalid, match=f"^{re.escape(sentence)}$"):
        check(SCHEMA, GOOD | change)
    with pytest.raises(ValidationError):
        Peer.model_validate(GOOD | change, strict=True)


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=25)
documents = st.fixed_dictionaries(
    {"host": st.from_regex(r"[a-z.]{3,20}", fullmatch=True) | scalars},
    optional={
        "port": st.integers(-5, 70_000) | scalars,
        "patience": st.floats(-1, 70) | scalars,
        "login": st.none() | st.fixed_dictionaries({"user": st.text(max_size=5)}) | scalars,
        "channels": st.lists(st.integers() | st.text(max_size=2), max_size=4) | scalars,
        "labels": st.dictionaries(st.text(max_size=3), st.text(max_size=3) | st.integers(), max_size=3) | scalars,
    },
)


@given(documents)
def test_what_passes_here_passes_the_integration_s_own_model(document: dict[str, Any]) -> None:
    try:
        check(SCHEMA, document)
    except Invalid:
        return
    Peer.model_validate(document)


def test_secrets_are_masked_at_any_depth_and_unset_ones_show_as_unset() -> None:
    shown = masked(SCHEMA, GOOD)
    assert (shown["login"], shown["token"]) == ({"user": "admin", "password": MASK}, MASK)
    assert masked(SCHEMA, {"host": "nvr", "token": ""}) == {"host": "nvr", "token": ""}
    assert GOOD["token"] == "abc"


def test_a_mask_that_comes_back_keeps_the_secret() -> None:
    assert unmasked(SCHEMA, masked(SCHEMA, GOOD), GOOD) == GOOD
    changed = masked(SCHEMA, GOOD) | {"token": "new", "port": 1}
    assert unmasked(SCHEMA, changed, GOOD) == GOOD | {"token": "new", "port": 1}


def test_a_secret_does_not_follow_to_another_host() -> None:
    with pytest.raises(Invalid, match="Type the secret again"):
        unmasked(SCHEMA, masked(SCHEMA, GOOD) | {"host": "evil.example"}, GOOD)
    with pytest.raises(Invalid, match="Type the secret again"):
        unmasked(SCHEMA, {"host": "nvr", "token": MASK}, {})


class ByToken(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["token"]
    url: str = "https://service.example"
    token: SecretStr


class ByHook(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["hook"]
    hook: SecretStr


class Chat(BaseModel):
    place: Annotated[ByToken | ByHook, Field(discriminator="kind")]


CHAT = Chat.model_json_schema()


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ({"kind": "token"}, "settings.place.token is missing"),
        ({"kind": "hook", "hook": "x", "url": "y"}, "settings.place.url is not known here"),
        ({"kind": "pigeon"}, "settings.place.kind must be one of"),
        ({"kind": ["hook"]}, "settings.place.kind must be one of"),
        ({"token": "x"}, "settings.place.kind is missing"),
        ("token", "settings.place"),
    ],
)
def test_what_names_its_kind_is_told_what_is_wrong_with_that_kind(place: Any, sentence: str) -> None:
    check(CHAT, {"place": {"kind": "hook", "hook": "x"}})
    with pytest.raises(Invalid, match=re.escape(sentence)):
        check(CHAT, {"place": place})


def test_a_secret_within_a_part_does_not_follow_to_another_host() -> None:
    stored = {"place": {"kind": "token", "token": "abc"}}
    shown = masked(CHAT, stored)
    assert shown == {"place": {"kind": "token", "token": MASK}}
    assert unmasked(CHAT, shown, stored) == stored
    with pytest.raises(Invalid, match="Type the secret again"):
        unmasked(CHAT, {"place": shown["place"] | {"url": "https://evil.example"}}, stored)
    with pytest.raises(Invalid, match="Type the secret again"):
        unmasked(CHAT, {"place": {"kind": "hook", "hook": MASK}}, stored)
