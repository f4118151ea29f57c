"""The push document by itself; the bytes of whole deliveries are held against the guide in json_http's tests."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from shared.push_document import EscapedText, Telling, as_table, push_document, sensor_id, write_json
from tests.simulators.sample_delivery import a_camera, a_delivery


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.lists(st.text()))))
def test_all_other_values_are_plain_json(members: dict[str, Any]) -> None:
    assert json.loads(write_json(members)) == members


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_an_escaped_text_reads_back_as_it_was_and_is_pure_ascii(text: str) -> None:
    written = write_json({"plateText": EscapedText(text)})

    assert json.loads(written) == {"plateText": text}
    assert written.count("\\u") == len(text.encode("utf-16-be")) // 2


def test_without_a_picture_the_plate_lies_where_it_lay_on_the_frame() -> None:
    event = a_delivery().event

    document = push_document(event, Telling("lost", ZoneInfo("Europe/Kyiv"), "CAM_1"))

    assert (document["imageType"], document["plateImageSize"]) == ("frame", "0")
    assert document["plateCoordinates"] == event.box.as_list()
    assert (document["carState"], document["packetCounter"], document["imagesURI"]) == ("lost", "0", [])
    assert "geotag" not in document
    assert as_table(document)["packetCounter"] == 0


def test_a_camera_without_a_name_for_receivers_is_called_by_its_id() -> None:
    assert sensor_id(a_camera(sensor_id="North")) == "North"
    nameless = a_camera(sensor_id="")
    assert sensor_id(nameless) == f"CAM_{nameless.camera_id.hex[:12].upper()}"
