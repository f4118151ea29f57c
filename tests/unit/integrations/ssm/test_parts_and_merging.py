"""A camera's stream is read however its firmware writes it, and ours is put into whatever it tells."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from services.integrations.ssm import merging, parts
from services.integrations.ssm.message import State
from services.integrations.ssm.onvif.subscriptions import wants
from services.integrations.ssm.parts import PartReader, TooLarge, boundary_of
from services.integrations.ssm.profile import read_profile
from services.integrations.ssm.status import Wanted

AT = datetime(2024, 1, 2, tzinfo=UTC)
GEN2 = read_profile('generation = "gen2"')
OFF = State(0, False, AT)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    "stream",
    [
        b'--B\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n--B\r\nContent-Type: x\r\n\r\nA=1\r\nB=2\r\n--B\r\n',
        b'--B\nContent-type: application/json\n\n{"a":1}\n--B\nContent-type: x\n\nA=1\r\nB=2\n--B\n',
        b'--B\r\n{"a":1}--B\r\nA=1\r\nB=2\r\n--B--\r\n',
        b'\r\n--B\r\ncontent-length: 7\r\nContent-Type: x\r\n\r\n{"a":1}\r\n--B  \r\n\r\nA=1\r\nB=2--B\r\n',
    ],
)
def test_parts_are_found_however_they_are_written_and_cut(stream: bytes, size: int) -> None:
    reader = PartReader(b"B")
    found = [body for at in range(0, len(stream), size) for body in reader.feed(stream[at : at + size])]

    assert found == ['{"a":1}', "A=1\r\nB=2"]


def test_a_part_without_an_end_is_whole_when_nothing_follows() -> None:
    reader = PartReader(b"B")
    assert reader.feed(b"--B\r\nContent-Type: text/plain\r\n\r\nA=1\r\n") == []
    assert reader.settle() == ["A=1"]
    assert reader.feed(b"--B\r\nContent-Ty") == reader.settle() == []
    assert reader.feed(b"pe: text/plain\r\n\r\nA=2") == reader.settle() == []
    assert reader.feed(b"\r\n") == []
    assert reader.settle() == ["A=2"]
    assert reader.settle() == []


def test_a_part_without_any_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LARGEST", 100)
    with pytest.raises(TooLarge):
        PartReader(b"B").feed(b"--B\r\n\r\n" + b"a" * 200)


@pytest.mark.parametrize(
    ("kind", "boundary"),
    [("multipart/x-mixed-replace; boundary=SamsungTechwin", b"SamsungTechwin"), ('multipart/mixed;boundary="B"', b"B"),
     ("multipart/mixed; boundary=--B", b"B"), ("text/plain; boundary=B", None), ("multipart/mixed", None)],
)  # fmt: skip
def test_the_boundary_is_taken_from_the_header(kind: str, boundary: bytes | None) -> None:
    assert boundary_of(kind) == boundary


@pytest.mark.parametrize(
    "theirs", ['{"EventStatus":[{"EventName":"M",}],}', '{\n "EventStatus": [{"EventName": "M"}]\n}']
)
def test_our_entries_follow_theirs(theirs: str) -> None:
    merged = merging.status(theirs, [OFF], Wanted("check", schema_based=True, json=True), GEN2, AT)

    assert merged is not None
    assert [one["EventName"] for one in json.loads(merged)["EventStatus"]] == ["M", GEN2.event_name]
    assert "\n" not in merged


def test_our_channel_is_added_where_theirs_has_none() -> None:
    theirs = '{"ChannelEvent":[{"Channel":4,"OpenSDK":{"WiseAI":{"Line":true}}}],"AlarmInput":{"1":false}}'
    both = [OFF, State(4, True, AT)]
    merged = json.loads(merging.status(theirs, both, Wanted("check", json=True), GEN2, AT) or "")

    assert merged["AlarmInput"] == {"1": False}
    ours = {"NumberOkEdgeHanwha": {"LicensePlateNumber": True}}
    assert merged["ChannelEvent"][0] == {"Channel": 4, "OpenSDK": {"WiseAI": {"Line": True}} | ours}
    assert merged["ChannelEvent"][1]["Channel"] == 0


@pytest.mark.parametrize("theirs", ["NG\nError Code: 600", '{"Response":"Fail"}', "{", '["a"]', "{}" * 2])
def test_what_is_no_status_is_not_merged(theirs: str) -> None:
    assert merging.status(theirs, [OFF], Wanted("check", json=True), GEN2, AT) is None


@pytest.mark.parametrize("theirs", [b"<html/>", b"no xml", b'<!DOCTYPE a [<!ENTITY x "y">]><attributes/>'])
def test_what_are_no_attributes_is_left_alone(theirs: bytes) -> None:
    assert merging.attributes(theirs, GEN2) is None


def test_an_attribute_that_says_otherwise_is_replaced() -> None:
    theirs = (
        b'<attributes><group name="System"><category name="Support">'
        b'<attribute name="OpenSDK" type="bool" value="False"/></category></group></attributes>'
    )
    merged = (merging.attributes(theirs, GEN2) or b"").decode()

    assert merged.count('name="OpenSDK" type="bool" value="True"') == 2
    assert "False" not in merged


@pytest.mark.parametrize(
    ("topics", "heard"),
    [("", True), (GEN2.topic, True), ("a:OpenApp/NumberOkEdgeHanwha//.", True), ("tns1:VideoSource//.", False),
     ("tns1:VideoSource//.|tns1:OpenApp//.", True), ("tns1:OpenApp", False), ("tns1:OpenApp/Number//.", False)],
)  # fmt: skip
def test_topic_expressions_choose(topics: str, heard: bool) -> None:
    assert wants(topics, GEN2.topic) is heard
