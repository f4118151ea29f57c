"""Every form in which a plate is told, byte by byte."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.integrations.ssm.message import State, one_line, stamp, state
from services.integrations.ssm.onvif.service import notification
from services.integrations.ssm.profile import Profile, read_profile
from services.integrations.ssm.settings import Settings
from services.integrations.ssm.status import Wanted, change, part, snapshot, wanted
from tests.simulators.sample_delivery import a_camera, a_delivery

AT = datetime(2024, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)
NAMES = '[app]\nname = "LicensePlateDetection"\nid = "LicensePlateDetection"\n[source]\nrule_name = "Lane1"\n'
ON = State(0, True, AT, "Gate", (("LicensePlateNumber", "AB123CD"),))
OFF = State(0, False, AT, "Gate")
JSON = Wanted("monitordiff", schema_based=True, json=True)
TEXT = Wanted("monitordiff", schema_based=True)


def profile(generation: str, more: str = "") -> Profile:
    return read_profile(f'generation = "{generation}"\n{NAMES}{more}')


def test_gen2_is_one_event_with_the_plate_in_its_data() -> None:
    assert change(ON, JSON, profile("gen2"), AT) == [
        '{"EventStatus":[{"EventName":"OpenSDK.LicensePlateDetection.LicensePlateNumber",'
        '"Time":"2024-01-02T03:04:05.678+00:00","Source":{"Channel":0,"AppName":"LicensePlateDetection",'
        '"AppID":"LicensePlateDetection","AppEvent":"LicensePlateNumber","Type":"Event","RuleIndex":1,'
        '"VideoSourceToken":"vs-0","RuleName":"Lane1"},"Data":{"State":true,"LicensePlateNumber":"AB123CD"}}]}'
    ]


def test_gen1_is_an_event_and_a_meta_with_the_plate_in_xml() -> None:
    source = (
        '"Source":{"Channel":0,"AppName":"LicensePlateDetection","AppID":"LicensePlateDetection",'
        '"AppEvent":"LicensePlateNumber","Type":'
    )
    head = '{"EventStatus":[{"EventName":"OpenSDK","Time":"2024-01-02T03:04:05.678+00:00",'
    assert change(ON, JSON, profile("gen1"), AT) == [
        f'{head}{source}"Event"}},"Data":{{"State":true}}}}]}}',
        f'{head}{source}"Meta"}},"Data":{{"Info":"<tt:Message><tt:Source><tt:SimpleItem Name=\\"VideoSourceToken\\" '
        'Value=\\"0\\"/></tt:Source><tt:Data><tt:SimpleItem Name=\\"LicensePlateNumber\\" Value=\\"AB123CD\\"/>'
        '</tt:Data></tt:Message>"}}]}',
    ]
    assert change(OFF, JSON, profile("gen1"), AT) == [f'{head}{source}"Event"}},"Data":{{"State":false}}}}]}}']


def test_text_tells_the_plate_only_when_it_is_schema_based() -> None:
    name = "Channel.0.OpenSDK.LicensePlateDetection.LicensePlateNumber"
    assert change(ON, TEXT, profile("gen2"), AT) == [
        f"{name}.1=True\r\n{name}.1.VideoSourceToken=vs-0\r\n{name}.1.RuleName=Lane1\r\n{name}.1.State=1\r\n"
        f"{name}.1.LicensePlateNumber=AB123CD"
    ]
    assert change(ON, Wanted("monitordiff"), profile("gen2"), AT) == [f"{name}=True"]
    assert change(ON, TEXT, profile("gen1"), AT) == [f"{name}=True"]
    assert change(ON, TEXT, profile("both"), AT)[0].startswith(f"{name}=True\r\n{name}.1=True")


def test_the_plain_status_as_json_has_the_apps_event_under_its_channel() -> None:
    plain = Wanted("check", json=True)

    assert json.loads(snapshot([ON], plain, profile("gen2"), AT)) == {
        "ChannelEvent": [{"Channel": 0, "OpenSDK": {"LicensePlateDetection": {"LicensePlateNumber": True}}}]
    }


def test_a_snapshot_has_each_channel_once_in_each_generation_and_no_meta() -> None:
    told = json.loads(snapshot([ON, State(3, False, AT)], JSON, profile("both"), AT))["EventStatus"]

    assert [(one["EventName"].count("."), one["Source"]["Channel"]) for one in told] == [(0, 0), (0, 3), (2, 0), (2, 3)]
    assert {one["Source"]["Type"] for one in told} == {"Event"}


def test_a_part_is_boundary_one_header_body_and_line_end() -> None:
    assert part('{"a":1}', JSON, profile("gen2")) == (
        b'--SamsungTechwin\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n'
    )
    other = profile("gen2", '[wire]\nboundary = "X"\ntext_type = "text/plain; x"\n')
    assert part("A=1", TEXT, other) == b"--X\r\nContent-Type: text/plain; x\r\n\r\nA=1\r\n"


def test_braces_in_texts_are_escaped_and_everything_is_ascii_on_one_line() -> None:
    text = one_line({"a": "{Ж}\n", "b": [{"c": "}"}]})

    assert text == '{"a":"\\u007b\\u0416\\u007d\\n","b":[{"c":"\\u007d"}]}'
    assert json.loads(text) == {"a": "{Ж}\n", "b": [{"c": "}"}]}


def test_a_delivery_becomes_the_state_of_its_cameras_channel() -> None:
    settings = Settings(
        password="s3cret-pw",
        channels={"Yard": 2},
        profile='[data]\nPlate = "plate"\nLists = "list"\nSure = "confidence"\nWhen = "time"\nWay = "direction"',
    )
    told = state(a_delivery(plate="AA\r\n12\x00", camera=a_camera(name="Yard")), settings)

    assert (told.channel, told.on, told.camera) == (2, True, "Yard")
    assert dict(told.fields) == {
        "Plate": "AA12", "Lists": "black, staff", "Sure": "0.72", "When": "2018-12-12T14:34:19.000+00:00", "Way": "in",
    }  # fmt: skip
    assert state(a_delivery(), settings).channel == 0


def test_times_are_in_utc_with_milliseconds() -> None:
    assert stamp(AT.astimezone(timezone(timedelta(hours=2)))) == "2024-01-02T03:04:05.678+00:00"


def test_onvif_lays_a_message_out_as_current_cameras_do() -> None:
    made = notification(ON, "Changed", profile("both", '[onvif]\nsource = ["VideoSourceToken", "RuleName"]\n'))

    assert made == (
        '<wsnt:NotificationMessage><wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">'
        "tns1:OpenApp/LicensePlateDetection/LicensePlateNumber</wsnt:Topic><wsnt:Message>"
        '<tt:Message UtcTime="2024-01-02T03:04:05.678Z" PropertyOperation="Changed"><tt:Source>'
        '<tt:SimpleItem Name="VideoSourceToken" Value="vs-0"/><tt:SimpleItem Name="RuleName" Value="Lane1"/>'
        '</tt:Source><tt:Key></tt:Key><tt:Data><tt:SimpleItem Name="State" Value="true"/>'
        '<tt:SimpleItem Name="LicensePlateNumber" Value="AB123CD"/></tt:Data></tt:Message></wsnt:Message>'
        "</wsnt:NotificationMessage>"
    )


@pytest.mark.parametrize(
    ("query", "channels"),
    [
        ([], None),
        ([("Channel.0.EventType", "OpenSDK,MotionDetection")], {0}),
        ([("channel.1.eventtype", "opensdk"), ("Channel.2.EventType", "OpenSDK.App.Event")], {1, 2}),
        ([("Channel.*.EventType", "OpenSDK")], None),
        ([("Channel.0.EventType", "MotionDetection")], set()),
        ([("AlarmInput", "1")], set()),
        ([("SchemaBased", "True"), ("IncludeTimestamp", "True")], None),
    ],
)
def test_a_request_chooses_channels_and_events(query: list[tuple[str, str]], channels: set[int] | None) -> None:
    assert wanted("check", query, json=False).channels == channels


@pytest.mark.parametrize("period", ["0", "3601", "often", "nan"])
def test_a_period_is_a_number_of_seconds(period: str) -> None:
    with pytest.raises(ValueError, match=r"Periodicity|convert"):
        wanted("monitor", [("Periodicity", period)], json=False)
    assert wanted("monitor", [("Periodicity", "5")], json=False).period == 5


def test_only_some_streams_carry_plates() -> None:
    assert JSON.carries_plates(profile("gen1"))
    assert TEXT.carries_plates(profile("both"))
    assert not TEXT.carries_plates(profile("gen1"))
    assert not Wanted("monitor", json=True).carries_plates(profile("both"))
