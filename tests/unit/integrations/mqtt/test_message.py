"""What goes to a broker: topics that no plate can widen, and what Home Assistant is told."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.integrations.mqtt.message import EVENT_TYPES, Found, discovery, level, messages
from services.integrations.mqtt.settings import Settings
from shared.messages import ListHit, Moment
from tests.simulators.sample_delivery import a_camera, a_delivery, a_picture, some_pictures

CAMERA = Found(UUID("11111111-2222-4333-8444-555555555555"), "Gate in")
CROP = a_picture(216, 48)


def settings(**given: Any) -> Settings:
    return Settings.model_validate({"host": "broker"} | given)


def test_an_event_is_the_last_of_its_messages_and_none_is_kept() -> None:
    told = messages(a_delivery(), some_pictures(crop=CROP), settings(picture=True))
    assert [message.topic.rpartition("/")[2] for message in told] == ["attributes", "picture", "plate", "event"]
    assert {message.retain for message in told} == {False}
    assert (told[1].payload, told[2].payload) == (CROP, "19ZFZL")
    event = json.loads(told[3].payload)
    assert (event["event_type"], event["plate"]) == ("none", "19ZFZL")
    assert event["id"] == "9a0f3c1e-0000-4000-8000-00000000000a"


def test_the_last_plate_is_kept_when_somebody_wants_it_and_the_event_never() -> None:
    told = messages(a_delivery(), some_pictures(crop=CROP), settings(picture=True, retain=True))
    assert [message.retain for message in told] == [True, True, True, False]


def test_the_list_is_the_type_of_the_event() -> None:
    hits = (ListHit(list="staff", kind="named", entry="19ZFZL", how="exact"),)
    told = messages(a_delivery(hits=hits), some_pictures(), settings())
    assert json.loads(told[-1].payload)["event_type"] == "named"


def test_a_vehicle_that_left_is_told_elsewhere() -> None:
    told = messages(a_delivery(moment=Moment.LOST), some_pictures(crop=CROP), settings(picture=True))
    assert [message.topic for message in told] == ["platewire/Gate/attributes", "platewire/Gate/lost"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("Gate/1", "Gate_1"), ("#", "_"), ("+/+", "___"), ("Тор\r\n", "Тор"), ("$SYS", "_SYS"), ("\n", "_")],
)
def test_a_name_stays_one_level(name: str, wanted: str) -> None:
    told = messages(a_delivery(camera=a_camera(name=name)), some_pictures(), settings())
    assert told[-1].topic == f"platewire/{wanted}/event"


@given(st.text())
def test_no_value_parts_or_widens_a_topic(value: str) -> None:
    written = level(value)
    assert written
    assert not set("#+/$\0\r\n") & set(written)


@pytest.mark.parametrize("topic", ["#", "a/+/b", "/a", "a/", "$SYS/a", "", "a\0b", "{unknown}"])
def test_a_topic_that_cannot_be_one_is_refused(topic: str) -> None:
    with pytest.raises(ValidationError):
        settings(topic=topic)


def test_a_camera_is_one_device_of_home_assistant() -> None:
    (told,) = discovery(CAMERA, settings(picture=True))
    assert (told.topic, told.retain) == ("homeassistant/device/platewire_111111112222/config", True)
    document = json.loads(told.payload)
    assert document["dev"]["ids"] == ["platewire_111111112222"]
    assert document["availability_topic"] == "platewire/status"
    parts = document["cmps"]
    assert {name: part["p"] for name, part in parts.items()} == {
        "last_plate": "sensor",
        "read": "event",
        "picture": "image",
    }
    assert parts["read"]["event_types"] == list(EVENT_TYPES)
    base = messages(a_delivery(camera=a_camera(name=CAMERA.name)), some_pictures(), settings())[-1].topic
    assert parts["read"]["state_topic"] == base
    assert len({part["unique_id"] for part in parts.values()}) == 3


def test_older_ones_get_a_topic_for_each_entity() -> None:
    told = discovery(CAMERA, settings(discovery="entities"))
    assert [message.topic for message in told] == [
        "homeassistant/sensor/platewire_111111112222/last_plate/config",
        "homeassistant/event/platewire_111111112222/read/config",
    ]
    assert all("p" not in json.loads(message.payload) for message in told)


def test_a_client_certificate_goes_nowhere_without_tls() -> None:
    with pytest.raises(ValidationError, match="a client certificate needs TLS"):
        settings(client_certificate="x")
    with pytest.raises(ValidationError, match="belong together"):
        settings(client_certificate="x", tls=True)
