"""Requests of any shape, in which values stay values."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.integrations.webhook.message import build
from services.integrations.webhook.settings import Settings
from shared.integration import Pictures
from tests.simulators.sample_delivery import a_camera, a_delivery, some_pictures

NASTY = "A<&\"+%\r\n'Б}{plate}"
PICTURES: Pictures = some_pictures()


def the_settings(**changes: Any) -> Settings:
    return Settings.model_validate({"url": "https://receiver.example/hook"} | changes)


def test_the_default_body_is_a_document_of_standard_webhooks() -> None:
    request = build(a_delivery(), PICTURES, the_settings())

    assert request.headers == {"content-type": "application/json"}
    document = json.loads(request.content)
    assert (document["type"], document["timestamp"]) == ("vehicle.detect", "2018-12-12T14:34:19.000Z")
    assert document["data"] == {
        "event_id": "7c1c8f0e-0000-4000-8000-000000000001",
        "plate": "19ZFZL",
        "country": "NLD",
        "confidence": 0.72,
        "camera": "Gate",
        "direction": "in",
        "zone": 1,
        "list": "black, staff",
        "frame_url": "http://site/api/v1/events/1/frame.jpg",
        "crop_url": "http://site/api/v1/events/1/crop.jpg",
    }


@given(st.text(max_size=20))
def test_in_json_whatever_is_filled_in_comes_out_again(name: str) -> None:
    delivery = a_delivery(camera=a_camera(name=name))
    assert json.loads(build(delivery, PICTURES, the_settings()).content)["data"]["camera"] == name


@given(st.text(max_size=20))
def test_in_forms_and_queries_whatever_is_filled_in_comes_out_again(name: str) -> None:
    text = "camera={camera}&x=1"
    settings = the_settings(content_type="form", body=text, query=text)
    request = build(a_delivery(camera=a_camera(name=name)), PICTURES, settings)
    for found in (request.content.decode(), urlsplit(request.url).query):
        assert parse_qsl(found, keep_blank_values=True) == [
            ("camera", name.encode("utf-8", "ignore").decode()),
            ("x", "1"),
        ]
        assert "+" not in found


def test_in_xml_and_text_markup_and_line_ends_harm_nothing() -> None:
    delivery = a_delivery(camera=a_camera(name=NASTY))
    xml = build(delivery, PICTURES, the_settings(content_type="xml", body="<e camera='{camera}'>{camera}</e>"))
    element = ElementTree.fromstring(xml.content)
    assert element.text == element.attrib["camera"] == NASTY.replace("\r\n", "")
    text = build(delivery, PICTURES, the_settings(content_type="text", body="{camera}\n{plate}"))
    assert text.content.decode() == NASTY.replace("\r\n", "") + "\n19ZFZL"


def test_a_header_never_breaks_in_two() -> None:
    settings = the_settings(headers={"X-Camera": "at {camera}"})
    ascii_only = build(a_delivery(camera=a_camera(name="Gate\r\nEvil: 1")), PICTURES, settings)
    assert ascii_only.headers["X-Camera"] == "at GateEvil: 1"
    assert build(a_delivery(camera=a_camera(name="Вʼїзд")), PICTURES, settings).headers["X-Camera"].isascii()


def test_a_get_has_no_body_and_its_query_joins_the_urls() -> None:
    settings = the_settings(url="http://r.example/?k=1", method="GET", query="plate={plate}&where={camera}")
    request = build(a_delivery(plate="AB 1+2", camera=a_camera(name="A&B")), PICTURES, settings)
    assert request.url == "http://r.example/?k=1&plate=AB%201%2B2&where=A%26B"
    assert (request.content, request.headers) == (b"", {})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"body": "{nonsense}"}, "unknown field {nonsense}; there are plate"),
        ({"body": '{"plate": {plate}}'}, "no JSON once it is filled in"),
        ({"headers": {"Host": "x"}}, "cannot be the name of a header"),
        ({"headers": {"X-A": "a\nb"}}, "more than one line"),
        ({"url": "ftp://x/"}, "the URL looks like"),
    ],
)
def test_what_cannot_work_is_said_when_it_is_entered(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        the_settings(**changes)
    assert said in str(caught.value)
