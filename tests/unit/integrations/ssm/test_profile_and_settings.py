"""Names are corrected by a document that holds only what differs, and mistakes in it are told in a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from services.integrations.ssm.profile import read_profile
from services.integrations.ssm.settings import Settings


def settings(**changes: Any) -> Settings:
    return Settings.model_validate({"password": "s3cret-pw"} | changes)


def test_the_shipped_profile_has_the_names_that_are_known() -> None:
    shipped = read_profile()

    assert shipped.event_name == "OpenSDK.NumberOkEdgeHanwha.LicensePlateNumber"
    assert shipped.topic == "tns1:OpenApp/NumberOkEdgeHanwha/LicensePlateNumber"
    assert (shipped.realm, shipped.generations) == ("iPolis_00-09-18-00-00-01", ("gen1", "gen2"))


@pytest.mark.parametrize(
    "document",
    ['generation = "gen1"\n[app]\nevent = "Plate"\n[data]\nText = "plate"\nLand = "country"',
     ' {"generation": "gen1", "app": {"event": "Plate"}, "data": {"Text": "plate", "Land": "country"}}'],
)  # fmt: skip
def test_toml_and_json_correct_names_and_keep_the_rest(document: str) -> None:
    profile = settings(profile=document).names

    assert (profile.app.event, profile.app.name) == ("Plate", "NumberOkEdgeHanwha")
    assert profile.data == {"Text": "plate", "Land": "country"}, "data is replaced whole"
    assert profile.generation == "gen1"
    assert settings(profile=document, generation="gen2").names.generation == "gen2"


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("app = [", "neither TOML nor JSON"),
        ("{'a'}", "neither TOML nor JSON"),
        ('[app]\nname = "A B"', "app.name does not fit"),
        ('[app]\ncolour = "red"', "app.colour does not fit"),
        ('[data]\nPlate = "number"', "data.Plate does not fit"),
        ("data = {}", "data does not fit"),
        ('app = "x"', "app does not fit"),
        ('[wire]\nboundary = "a\\r\\nb"', "wire.boundary does not fit"),
        ('[wire]\nstream_headers = { "X" = "a\\nb" }', "wire.stream_headers.X does not fit"),
        ("[wire]\ndigests = []", "wire.digests does not fit"),
    ],
)
def test_a_profile_that_does_not_fit_says_where(document: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        settings(profile=document)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"password": "short"}, "at least 8 characters"),
        ({"listen_address": "camera"}, "IP address of this machine"),
        ({"mode": "proxy"}, "needs the camera's address and user"),
        ({"upstream_url": "ftp://x"}, "looks like http://"),
        ({"upstream_url": "http://u:p@10.0.0.2"}, "no user, path or query"),
        ({"upstream_url": "http://10.0.0.2/stw-cgi"}, "no user, path or query"),
        ({"upstream_fingerprint": "ab"}, "64 hexadecimal digits"),
        ({"guest_user": "viewer"}, "guest's password"),
        ({"guest_user": "admin", "guest_password": "s3cret-pw"}, "the guest another"),
        ({"user": 'a"b'}, "letters, digits"),
        ({"channels": {"A": 1, "B": 1}}, "same channel"),
    ],
)
def test_settings_that_cannot_work_say_what_to_enter(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        settings(**changes)


def test_channels_that_exist_are_those_that_are_named() -> None:
    assert settings(channels={"Gate": 2, "Yard": 1}).known_channels == {0: "", 2: "Gate", 1: "Yard"}
    assert settings(channels={"Gate": 0}).known_channels == {0: "Gate"}
