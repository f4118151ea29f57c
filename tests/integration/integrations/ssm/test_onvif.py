"""The same plates for a consumer of ONVIF events, from finding the service to the end of its subscription."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from services.integrations.ssm.onvif import subscriptions
from shared.errors import Retry
from tests.simulators.onvif_consumer import DEVICE, EVENTS, NS, OnvifConsumer
from tests.simulators.ssm_client import SsmClient

StartSource = Callable[..., Any]
TOPIC = "tns1:OpenApp/NumberOkEdgeHanwha/LicensePlateNumber"


def consumer(source: Any, **changes: Any) -> OnvifConsumer:
    return OnvifConsumer(source.settings.port, **changes)


def subcode(fault: ET.Element) -> str:
    return fault.findtext("s:Code/s:Subcode/s:Value", "", NS)


def test_a_plate_is_pulled_as_a_pulse_under_its_topic(start_source: StartSource) -> None:
    source = start_source()
    client = consumer(source)
    point = client.subscribe()
    (first,) = client.pull(point)
    assert (first.topic, first.operation, first.data) == (TOPIC, "Initialized", {"State": "false"})

    assert source.tell('A<B>&"1').answer == "Told to 1 consumer"
    (on,) = client.pull(point)
    (off,) = client.pull(point)
    assert (on.operation, on.time) == ("Changed", "2018-12-12T14:34:19.000Z")
    assert on.data == {"State": "true", "LicensePlateNumber": 'A<B>&"1'}
    assert on.source == {
        "Channel": "0", "AppName": "NumberOkEdgeHanwha", "AppID": "NumberOkEdgeHanwha", "RuleIndex": "1",
        "AppEvent": "LicensePlateNumber", "Type": "Event", "VideoSourceToken": "vs-0", "RuleName": "Gate",
    }  # fmt: skip
    assert off.data == {"State": "false"}
    assert client.pull(point, "PT0.1S") == []


def test_a_pull_waits_for_what_comes(start_source: StartSource) -> None:
    source = start_source()
    client = consumer(source)
    point = client.subscribe(TOPIC)
    client.pull(point)
    pulled: list[Any] = []
    waiting = threading.Thread(target=lambda: pulled.extend(client.pull(point, "PT30S", 1)))
    waiting.start()
    source.tell("AA1234BB")
    waiting.join(20)

    assert pulled[0].data["LicensePlateNumber"] == "AA1234BB"


def test_a_consumer_finds_the_event_service(start_source: StartSource) -> None:
    client = consumer(start_source())

    status, date = client.ask(DEVICE, "<tds:GetSystemDateAndTime/>", signed=False)
    assert (status, date.findtext(".//tt:Year", "", NS)[:2]) == (200, "20")
    where = f"http://127.0.0.1:{client.port}{EVENTS}"
    _, told = client.ask(DEVICE, "<tds:GetCapabilities><tds:Category>All</tds:Category></tds:GetCapabilities>")
    assert told.findtext(".//tt:Events/tt:XAddr", "", NS) == where
    _, told = client.ask(DEVICE, "<tds:GetServices/>")
    services = {one.findtext("tds:Namespace", "", NS): one.findtext("tds:XAddr", "", NS) for one in told}
    assert services[NS["tev"]] == where
    _, told = client.ask(DEVICE, "<tds:GetDeviceInformation/>")
    assert told.findtext("tds:Model", "", NS) == "PNM-C16083RVQ"
    _, told = client.ask(DEVICE, "<tds:GetScopes/>")
    assert told.findtext(".//tt:ScopeItem", "", NS).startswith("onvif://www.onvif.org/hardware/")
    _, told = client.ask(EVENTS, "<tev:GetServiceCapabilities/>")
    assert told[0].get("WSPullPointSupport") == "true"
    _, told = client.ask(EVENTS, "<tev:GetEventProperties/>")
    described = told.find(".//tns1:OpenApp/NumberOkEdgeHanwha/LicensePlateNumber", NS)
    assert described is not None
    names = [item.get("Name") for item in described.iter("{http://www.onvif.org/ver10/schema}SimpleItemDescription")]
    assert names == ["VideoSourceToken", "RuleName", "State", "LicensePlateNumber"]


def test_subscriptions_are_renewed_ended_and_run_out(
    start_source: StartSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "SHORTEST", timedelta(seconds=0.2))
    source = start_source(patience=0.1)
    client = consumer(source)
    point = client.subscribe()
    status, renewed = client.ask(point, "<wsnt:Renew><wsnt:TerminationTime>PT5M</wsnt:TerminationTime></wsnt:Renew>")
    assert (status, renewed.tag) == (200, f"{{{NS['wsnt']}}}RenewResponse")
    client.pull(point)
    client.ask(point, "<tev:SetSynchronizationPoint/>")
    assert [one.operation for one in client.pull(point)] == ["Initialized"]
    assert client.ask(point, "<wsnt:Unsubscribe/>")[0] == 200
    status, fault = client.ask(point, "<tev:PullMessages/>")
    assert (status, subcode(fault)) == (400, "wsnt:ResourceUnknownFault")

    short = client.subscribe(ends="PT0.2S")
    deadline = time.monotonic() + 20
    while client.ask(short, "<tev:PullMessages><tev:Timeout>PT0.1S</tev:Timeout></tev:PullMessages>")[0] == 200:
        assert time.monotonic() < deadline
    with pytest.raises(Retry, match="No consumer"):
        source.tell("AA1234BB")


def test_an_abandoned_subscription_is_not_waited_for_and_gets_what_came_if_it_returns(
    start_source: StartSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = start_source(patience=0.1)
    client = consumer(source)
    point = client.subscribe(ends="PT1H")
    client.pull(point)
    monkeypatch.setattr(subscriptions, "ABANDONED", 0.0)
    with pytest.raises(Retry, match="No consumer"):
        source.tell("AA1234BB")

    monkeypatch.setattr(subscriptions, "ABANDONED", 60.0)
    source.tell("AB123CD")
    assert client.pull(point)[0].data["LicensePlateNumber"] == "AB123CD"


def test_other_topics_hear_nothing_and_there_is_room_for_some(
    start_source: StartSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MOST", 2)
    source = start_source(unheard="accept")
    client = consumer(source)
    other, ours = client.subscribe("tns1:RuleEngine//."), client.subscribe("tns1:OpenApp//.")
    source.tell("AA1234BB")

    assert client.pull(other, "PT0.1S") == []
    assert [one.data["State"] for one in client.pull(ours)][:1] == ["false"]
    status, fault = client.ask(EVENTS, "<tev:CreatePullPointSubscription/>")
    assert (status, subcode(fault)) == (500, "wsnt:SubscribeCreationFailedFault")


def test_only_who_signs_in_is_answered(start_source: StartSource) -> None:
    source = start_source()
    unsigned, _ = consumer(source).ask(DEVICE, "<tds:GetServices/>", signed=False)
    assert unsigned == 401
    for thief in (consumer(source, password="wrong-word"), consumer(source, skew=900), consumer(source, skew=-900)):
        status, fault = thief.ask(DEVICE, "<tds:GetServices/>")
        assert (status, subcode(fault)) == (400, "ter:NotAuthorized")
    thief = consumer(source, nonce=b"taken from the wire")
    assert [thief.ask(DEVICE, "<tds:GetServices/>")[0] for _ in range(2)] == [200, 400]

    body = f'<s:Envelope xmlns:s="{NS["s"]}"><s:Body><GetServices xmlns="{NS["tds"]}"/></s:Body></s:Envelope>'
    digest: SsmClient = source.client()
    assert b"GetServicesResponse" in digest.get(DEVICE, method="POST", body=body.encode()).body


@pytest.mark.parametrize(
    "body",
    [
        b"no xml", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>',
    ],
)  # fmt: skip
def test_what_is_no_envelope_gets_a_fault(start_source: StartSource, body: bytes) -> None:
    client: SsmClient = start_source().client()

    assert client.bare(EVENTS).status == 400
    assert b"ter:WellFormed" in client.get(DEVICE, method="POST", body=body).body


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("<tds:Reboot/>", "ter:ActionNotSupported"),
        ("<tev:CreatePullPointSubscription><tev:InitialTerminationTime>soon</tev:InitialTerminationTime>"
         "</tev:CreatePullPointSubscription>", "wsnt:UnacceptableInitialTerminationTimeFault"),
        ("<tev:CreatePullPointSubscription><tev:InitialTerminationTime>PX</tev:InitialTerminationTime>"
         "</tev:CreatePullPointSubscription>", "ter:InvalidArgVal"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_gets_a_fault(start_source: StartSource, operation: str, code: str) -> None:
    assert subcode(consumer(start_source()).ask(EVENTS, operation)[1]) == code
