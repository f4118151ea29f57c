"""What goes to relays, byte for byte, and what their answers mean."""

from __future__ import annotations

import json

import pytest

from services.integrations.barrier import message
from shared.errors import Reject, Retry, Trouble, Unauthorised

FORM = "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body>{}</s:Body></s:Envelope>"


def test_a_cameras_output_is_switched_for_whole_seconds_and_a_recorders_without() -> None:
    path = "/stw-cgi/io.cgi?msubmenu=alarmoutput&action=control&AlarmOutput.1.State=On"
    assert message.switched(1, "On", 2.0) == f"{path}&AlarmOutput.1.ManualDuration=2s"
    assert message.switched(1, "On") == path
    assert message.switched(3, "Off").endswith("&AlarmOutput.3.State=Off")


@pytest.mark.parametrize("text", ["OK", "OK\r\n", '{"Response": "Success"}'])
def test_sunapi_says_ok_in_two_ways(text: str) -> None:
    message.sunapi_took(text)


@pytest.mark.parametrize("form", ["NG\nError Code: {}\nError Details:\n{}", None])
@pytest.mark.parametrize(
    ("code", "details", "error", "trouble"),
    [
        (602, "Invalid Input Parameter(s)", Reject, Trouble.OTHER),
        (604, "Invalid Input Value(s)", Reject, Trouble.OTHER),
        (609, "Not Authorized", Unauthorised, Trouble.RIGHTS),
    ],
)
def test_sunapis_errors_come_with_status_200(
    form: str | None, code: int, details: str, error: type[Reject], trouble: Trouble
) -> None:
    text = form.format(code, details) if form else json.dumps({"Error": {"Code": code, "Details": details}})
    with pytest.raises(error, match=f"{code}, {details[:7]}") as caught:
        message.sunapi_took(text)
    assert caught.value.trouble is trouble


@pytest.mark.parametrize("text", ["", "<html>router</html>", "{}", "OKAY?"[1:]])
def test_what_is_no_sunapi_answer_tells_nothing(text: str) -> None:
    with pytest.raises(Retry):
        message.sunapi_took(text)


@pytest.mark.parametrize(
    ("text", "active"),
    [
        ("AlarmInput.1=True\r\n", True),
        ("AlarmInput.2=True\r\nAlarmInput.1=False", False),
        ('{"AlarmInput": {"1": true}}', True),
    ],
)
def test_sunapis_inputs_are_read_in_both_forms(text: str, active: bool) -> None:
    assert message.sunapi_flag(text, "AlarmInput", 1) is active


def test_an_input_that_is_not_told_of_is_no_answer() -> None:
    with pytest.raises(Retry, match="does not tell of AlarmInput 7"):
        message.sunapi_flag("AlarmInput.1=True", "AlarmInput", 7)


def test_relays_are_read_with_their_mode_and_their_own_pulse() -> None:
    text = FORM.format(
        "<GetRelayOutputsResponse xmlns:tt='x'><RelayOutputs token='0'><tt:Properties><tt:Mode>Monostable</tt:Mode>"
        "<tt:DelayTime>PT1M0.5S</tt:DelayTime><tt:IdleState>open</tt:IdleState></tt:Properties></RelayOutputs>"
        "<RelayOutputs token='1'><tt:Properties><tt:Mode>Bistable</tt:Mode></tt:Properties></RelayOutputs>"
        "</GetRelayOutputsResponse>"
    )
    first, second = message.relays(text)
    assert (first.token, first.ends_by_itself, first.seconds) == ("0", True, 60.5)
    assert (second.token, second.ends_by_itself, second.seconds) == ("1", False, None)


def test_a_call_of_a_shelly_is_one_frame() -> None:
    call = message.shelly_call("Switch.Set", {"id": 0, "on": True, "toggle_after": 2.0})
    assert json.loads(call) == {
        "id": 1,
        "src": "platewire",
        "method": "Switch.Set",
        "params": {"id": 0, "on": True, "toggle_after": 2.0},
    }


@pytest.mark.parametrize(("code", "error"), [(-103, Reject), (-105, Reject), (404, Reject), (-1, Retry), (-104, Retry)])
def test_only_a_call_that_a_shelly_did_not_understand_certainly_did_nothing(code: int, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"error {code}, what") as caught:
        message.shelly_result(json.dumps({"id": 1, "error": {"code": code, "message": "what"}}))
    assert type(caught.value) is error


@pytest.mark.parametrize("text", ["", "[]", '{"id": 1}', "<html>"])
def test_what_is_no_frame_tells_nothing(text: str) -> None:
    with pytest.raises(Retry, match="not a Shelly"):
        message.shelly_result(text)


def test_a_flag_is_true_or_false_or_a_shellys_1_and_0() -> None:
    assert [message.flag({"x": value}, "x") for value in (True, False, 1, 0)] == [True, False, True, False]
    for value in ("on", None, 2):
        with pytest.raises(Retry, match="does not tell its x"):
            message.flag({"x": value}, "x")
