"""Relays that speak HTTP: cameras, recorders, ONVIF devices, Shellys, and whatever has a web address."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from services.integrations.barrier.deliver import check, deliver
from services.integrations.barrier.drivers import driver
from services.integrations.barrier.feedback import opened
from shared.errors import NotSent, Reject, Retry, Trouble, Unauthorised
from simulators.contact import Contact
from simulators.shelly import Shelly
from simulators.sunapi_outputs import SunapiOutputs
from simulators.web_device import Digest, Misbehaviour, Request, WebDevice
from tests.integration.integrations.barrier_orders import an_order, pulse, settings
from tests.integration.integrations.conftest import Certificate
from tests.simulators.http_relay import HttpRelay
from tests.simulators.onvif_relay import OnvifRelay
from tests.simulators.sample_delivery import a_delivery, some_pictures

SECRET = {"user": "admin", "password": "s3cret!"}


@dataclass
class Case:
    """A relay that ends its pulses itself, how it is entered, and the letters of the request that switches it on."""

    device: WebDevice
    relay: Contact
    entered: dict[str, Any]
    on: str


def http_case() -> Case:
    device = HttpRelay(seconds=1)
    return Case(device, device.relay, {"driver": "http"}, "/on")


def case_of(device: Any, name: str, on: str, **entered: Any) -> Case:
    return Case(device, device.relay, {"driver": name} | entered, on)


CASES: dict[str, Callable[[], Case]] = {
    "sunapi": lambda: case_of(SunapiOutputs(), "sunapi", "State=On", **SECRET),
    "onvif": lambda: case_of(OnvifRelay(), "onvif", ">active<", **SECRET),
    "shelly": lambda: case_of(Shelly(password="s3cret!"), "shelly", "Switch.Set", password="s3cret!"),
    "shelly_gen1": lambda: case_of(Shelly(generation=1, password="s3cret!"), "shelly_gen1", "turn=on", **SECRET),
    "http": http_case,
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    made = CASES[request.param]()
    with made.device as device:
        made.entered |= {"port": device.port}
        if made.entered["driver"] == "http":
            made.entered |= {"on_url": f"http://127.0.0.1:{device.port}/on/1"}
        yield made


def test_one_order_is_one_pulse_that_the_device_ends(case: Case) -> None:
    assert pulse(**case.entered)
    assert case.relay.on
    case.relay.wait(False)
    assert case.relay.rises == 1
    assert case.relay.held[0] == pytest.approx(1.0, abs=0.5)
    assert len([one for one in case.device.requests if case.on in one.target + one.body.decode()]) <= 2


def test_a_wrong_password_is_refused_once_and_locks_nobody_out(case: Case) -> None:
    if case.entered["driver"] == "http":
        case.device.plan.append(Misbehaviour("401"))
    else:
        case.entered["password"] = "guessed"
    with pytest.raises(Unauthorised) as caught:
        pulse(**case.entered)
    assert caught.value.trouble is Trouble.CREDENTIALS
    assert case.relay.rises == 0
    tried = [one for one in case.device.requests if one.headers.get("authorization") or b"PasswordDigest" in one.body]
    assert len(tried) <= 1


def test_a_closed_port_certainly_did_nothing(case: Case) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with pytest.raises(NotSent, match="Connection refused"):
            pulse(**case.entered | {"port": port, "on_url": f"http://127.0.0.1:{port}/on/1"})


def test_an_unknown_name_certainly_did_nothing(case: Case) -> None:
    with pytest.raises(NotSent):
        pulse(**case.entered | {"host": "gate.invalid", "on_url": "http://gate.invalid/on/1"})


@pytest.mark.parametrize("kind", ["reset", "silent", "slow", "garbage", "500"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_after_the_request_went_out_nobody_can_tell(case: Case, kind: str, when: str) -> None:
    """Whether the device did it or not looks the same from here; it is never sent again."""
    case.entered["timeout"] = 0.4
    if kind == "garbage" and case.entered["driver"] == "http":
        case.entered |= {"expects": '"on": true'}
    case.device.only = case.on
    # Digest asks first what to prove; that answer is not the one that counts.
    case.device.signed = case.entered["driver"] in {"sunapi", "shelly"}
    case.device.plan.append(Misbehaviour(kind, when))
    with pytest.raises(Retry) as caught:
        pulse(**case.entered)
    assert not isinstance(caught.value, NotSent)
    assert case.relay.rises == (1 if when == "after" else 0)


@pytest.mark.parametrize("kind", ["sunapi", "onvif", "shelly"])
def test_a_relay_with_a_certificate_of_its_own_is_opened_only_when_it_is_pinned(
    kind: str, certificate: Certificate
) -> None:
    case = CASES[kind]()
    case.device.certificate = certificate.files
    with case.device as device:
        entered = case.entered | {"port": device.port, "tls": True}
        with pytest.raises(NotSent) as caught:
            pulse(**entered)
        assert (caught.value.trouble, device.requests, case.relay.rises) == (Trouble.CERTIFICATE, [], 0)
        assert pulse(**entered, fingerprint=certificate.fingerprint)
        assert case.relay.rises == 1


def test_a_device_behind_a_redirect_is_not_followed(case: Case) -> None:
    case.device.plan.append(Misbehaviour("302"))
    with pytest.raises((Retry, Reject)):
        pulse(**case.entered)
    assert case.relay.rises == 0


def test_the_relay_tells_whether_it_is_on(case: Case) -> None:
    if case.entered["driver"] == "onvif":
        with pytest.raises(Reject, match="do not tell whether a relay is active"):
            driver(settings(**case.entered)).state()
        return
    if case.entered["driver"] == "http":
        case.entered |= {"state_url": f"http://127.0.0.1:{case.device.port}/state"}
    entered = settings(**case.entered, feedback="device")
    assert not opened(entered)
    case.relay.switch(True)
    assert opened(entered)
    assert opened(settings(**case.entered, feedback="device", feedback_inverted=True)) is False


def test_the_test_button_switches_nothing(case: Case) -> None:
    if case.entered["driver"] == "http":
        case.entered |= {"state_url": f"http://127.0.0.1:{case.device.port}/state"}
    assert check(settings(**case.entered)).answer
    assert case.relay.edges == []


def test_a_delivery_never_opens_a_barrier(case: Case) -> None:
    with pytest.raises(Reject, match="by commands"):
        deliver(a_delivery(), some_pictures(), settings(**case.entered))
    assert case.device.requests == []


def test_a_camera_gets_the_documented_request() -> None:
    with SunapiOutputs() as camera:
        pulse(driver="sunapi", port=camera.port, pulse=2, **SECRET)
        path = "/stw-cgi/io.cgi?msubmenu=alarmoutput&action=control&AlarmOutput.1.State=On"
        assert {one.target for one in camera.requests} == {f"{path}&AlarmOutput.1.ManualDuration=2s"}
        assert [one.method for one in camera.requests] == ["GET", "GET"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_recorders_output_is_switched_off_by_us(form: str) -> None:
    with SunapiOutputs(recorder=True, form=form) as nvr:
        acted: list[bool] = []
        relay = driver(settings(driver="sunapi", port=nvr.port, recorder=True, pulse=0.4, **SECRET))
        assert relay.pulse(an_order(acted=acted)) == "On for 0.4 s"
        assert (nvr.relay.on, nvr.relay.rises, acted) == (False, 1, [True])
        assert nvr.relay.held[0] == pytest.approx(0.4, abs=0.3)


def test_a_recorder_that_is_entered_as_a_camera_refuses_and_stays_shut() -> None:
    with SunapiOutputs(recorder=True) as nvr, pytest.raises(Reject, match="error 602"):
        pulse(driver="sunapi", port=nvr.port, **SECRET)
    assert nvr.relay.rises == 0


def test_a_user_without_the_right_is_told_so() -> None:
    with SunapiOutputs(low_rights=True) as camera, pytest.raises(Unauthorised) as caught:
        pulse(driver="sunapi", port=camera.port, **SECRET)
    assert caught.value.trouble is Trouble.RIGHTS


def test_a_locked_account_is_told_so() -> None:
    with SunapiOutputs() as camera:
        camera.digest.wrong = 5
        with pytest.raises(Unauthorised, match="locked the account"):
            pulse(driver="sunapi", port=camera.port, **SECRET)


def test_an_alarm_input_of_the_camera_says_open() -> None:
    with SunapiOutputs() as camera:
        entered = settings(driver="sunapi", port=camera.port, feedback="sunapi", **SECRET)
        assert not opened(entered)
        camera.input = True
        assert opened(entered)
        assert "the feedback says open" in check(entered).answer


def test_an_input_of_another_device_has_credentials_of_its_own() -> None:
    with SunapiOutputs(password="other") as camera, HttpRelay() as relay:
        entered = settings(
            driver="http",
            on_url=f"{relay.url}/on/1",
            feedback="sunapi",
            feedback_host="127.0.0.1",
            feedback_port=camera.port,
            feedback_user="admin",
            feedback_password="other",
        )
        camera.input = True
        assert opened(entered)


@pytest.mark.parametrize("password", ["", "s3cret!"])
@pytest.mark.parametrize("generation", [1, 2])
def test_a_shellys_input_says_open(generation: int, password: str) -> None:
    with Shelly(generation=generation, password=password) as shelly:
        name = "shelly" if generation == 2 else "shelly_gen1"
        entered = settings(driver=name, port=shelly.port, password=password, feedback="shelly", feedback_input=0)
        assert not opened(entered)
        shelly.input = True
        assert opened(entered)


def test_the_relays_password_goes_to_no_other_address() -> None:
    with SunapiOutputs() as camera, SunapiOutputs() as asking:
        entered = {"driver": "sunapi", "port": camera.port, **SECRET}
        elsewhere = {"feedback_host": "127.0.0.1", "feedback_port": asking.port}
        with pytest.raises(Unauthorised):
            opened(settings(**entered, feedback="sunapi", **elsewhere))
        url = f"http://127.0.0.1:{asking.port}/state"
        with pytest.raises(Retry, match="status 401"):
            opened(settings(**entered, feedback="http", feedback_url=url))
        assert len(asking.requests) == 2
        assert not any("authorization" in request.headers for request in asking.requests)


def test_a_shelly_gets_one_call_with_its_own_timer() -> None:
    with Shelly() as shelly:
        pulse(driver="shelly", port=shelly.port, pulse=0.5)
        (request,) = shelly.requests
        assert (request.method, request.target) == ("POST", "/rpc")
        assert json.loads(request.body)["params"] == {"id": 0, "on": True, "toggle_after": 0.5}


def test_a_shelly_that_was_on_already_says_so_and_is_not_switched_twice() -> None:
    with Shelly() as shelly:
        shelly.relay.switch(True)
        assert "was on already" in pulse(driver="shelly", port=shelly.port)
        assert shelly.relay.rises == 1


def test_a_shelly_without_that_switch_refuses() -> None:
    with Shelly() as shelly, pytest.raises(Reject, match="error -105"):
        pulse(driver="shelly", port=shelly.port, switch=3)


def test_a_shelly_with_six_connections_answers_no_seventh() -> None:
    with Shelly() as shelly, ExitStack() as others:
        for _ in range(6):
            others.enter_context(socket.create_connection(("127.0.0.1", shelly.port)))
        deadline = time.monotonic() + 10
        while shelly.open < 6:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        with pytest.raises(Retry):
            pulse(driver="shelly", port=shelly.port)
        assert shelly.relay.rises == 0


@pytest.mark.parametrize("auth", ["none", "digest", "wsse", "both"])
def test_an_onvif_device_lets_us_in_however_it_asks(auth: str) -> None:
    with OnvifRelay(auth=auth) as device:
        pulse(driver="onvif", port=device.port, **SECRET)
        assert device.relay.rises == 1


@pytest.mark.parametrize("skew", [-600.0, 600.0])
def test_an_onvif_device_with_another_time_is_asked_for_it_once(skew: float) -> None:
    with OnvifRelay(skew=skew) as device:
        for _ in range(2):
            pulse(driver="onvif", port=device.port, **SECRET)
            device.relay.wait(False)
        asked = [one for one in device.requests if b"GetSystemDateAndTime" in one.body]
        assert (len(asked), device.relay.rises) == (1, 2)
        device.skew = 0
        pulse(driver="onvif", port=device.port, **SECRET)
        assert device.relay.rises == 3


def test_a_bistable_relay_is_switched_off_by_us() -> None:
    with OnvifRelay(mode="Bistable") as device:
        assert pulse(driver="onvif", port=device.port, pulse=0.3, **SECRET) == "On for 0.3 s"
        assert (device.relay.on, device.relay.rises) == (False, 1)
        driver(settings(driver="onvif", port=device.port, **SECRET)).off()


def test_a_device_that_switches_only_by_the_newer_service_is_asked_there() -> None:
    with OnvifRelay(only_deviceio=True) as device:
        pulse(driver="onvif", port=device.port, **SECRET)
        assert (device.requests[-1].target, device.relay.rises) == ("/onvif/deviceio_service", 1)


def test_an_unknown_relay_is_told_with_those_there_are() -> None:
    with OnvifRelay(token="Relay_A") as device, pytest.raises(Reject, match="it has Relay_A"):
        pulse(driver="onvif", port=device.port, relay="Relay_B", **SECRET)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_web_relay_gets_what_was_typed(method: str) -> None:
    with HttpRelay() as relay:
        order = an_order()
        entered = settings(
            driver="http",
            on_url=f"{relay.url}/on/{{command_id}}?for={{seconds}}",
            off_url=f"{relay.url}/off",
            method=method,
            on_body='{"order": "{command_id}"}',
            auth="basic",
            pulse=0.3,
            **SECRET,
        )
        driver(entered).pulse(order)
        on, off = relay.requests
        assert (on.method, on.target) == (method, f"/on/{order.command_id}?for=0.3")
        assert on.body == (b"" if method == "GET" else f'{{"order": "{order.command_id}"}}'.encode())
        assert on.headers["authorization"] == "Basic " + base64.b64encode(b"admin:s3cret!").decode()
        assert off.target == "/off"
        assert (relay.relay.rises, relay.relay.on) == (1, False)


def test_a_pulse_ends_at_once_when_the_worker_must_end() -> None:
    with HttpRelay() as relay:
        stopping = threading.Event()
        entered = settings(driver="http", on_url=f"{relay.url}/on/1", off_url=f"{relay.url}/off", pulse=15)
        thread = threading.Thread(target=driver(entered).pulse, args=(an_order(stopping),))
        thread.start()
        relay.relay.wait(True)
        stopping.set()
        thread.join(10)
        assert (relay.relay.on, relay.relay.rises) == (False, 1)
        assert relay.relay.held[0] < 10


def test_the_simulators_know_digest_from_the_specification_and_not_from_us() -> None:
    """Both vectors were computed by hand from RFC 7616."""
    shelly = Digest("admin", "s3cret!", "shellyplus1-a8032abe54dc", "SHA-256")
    camera = Digest("admin", "s3cret!", "iPolis_00-09-18-52-39-00")
    target = (
        "/stw-cgi/eventstatus.cgi?msubmenu=eventstatus&action=monitordiff&Channel.0.EventType=OpenSDK&SchemaBased=True"
    )
    for server, method, uri, nonce, response in (
        (shelly, "POST", "/rpc", "1700000000", "878ab39fd026113a4c8b54d4b1e3e38ff9c7f7542419e7e36d65a7bb14f13a25"),
        (camera, "GET", target, "0123456789abcdef0123456789abcdef", "f2e082331b7b52b922612fa2c6cc46fc"),
    ):
        told = (
            f'Digest username="admin", realm="{server.realm}", nonce="{nonce}", uri="{uri}", nc=00000001, '
            f'cnonce="f00dcafe", qop=auth, response="{response}"'
        )
        assert server.lets_in(Request(method, uri, {"authorization": told}, b"", b""))
        wrong = told.replace(response, response[::-1])
        assert not server.lets_in(Request(method, uri, {"authorization": wrong}, b"", b""))
