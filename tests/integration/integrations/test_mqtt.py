"""A broker's answers and faults, each against what the ledger must be told, and what stays at the broker."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete

from services.integrations.mqtt.deliver import check, deliver
from services.integrations.mqtt.keep import keep
from services.integrations.mqtt.settings import Settings
from shared.db.session import transaction
from shared.db.tables import Camera, Destination
from shared.errors import NotSent, Reject, Retry, Trouble, Unauthorised
from shared.integration import Receipt, Standing
from shared.testing import Site
from tests.simulators.mqtt_broker import MqttBroker
from tests.simulators.sample_delivery import a_delivery, a_picture, some_pictures

VERSIONS = ["5", "3.1.1"]


@pytest.fixture
def broker() -> Iterator[MqttBroker]:
    with MqttBroker() as running:
        yield running


def settings(broker: MqttBroker, **given: Any) -> Settings:
    return Settings.model_validate({"host": "127.0.0.1", "port": broker.port, "timeout": 1} | given)


def send(broker: MqttBroker, plate: str = "19ZFZL", **given: Any) -> Receipt:
    return deliver(a_delivery(plate=plate), some_pictures(crop=a_picture(216, 48)), settings(broker, **given))


def soon(what: Callable[[], bool], sentence: str, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, sentence
        time.sleep(0.02)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("plate", ["19ZFZL", "АВ<&+%\"'#/", "A\r\nB"])
def test_an_event_arrives_in_full_and_in_order(broker: MqttBroker, version: str, plate: str) -> None:
    receipt = send(broker, plate, mqtt_version=version, picture=True)
    assert receipt.answer.startswith("The broker has platewire/Gate/event")
    assert [message.topic for message in broker.messages] == [
        "platewire/Gate/attributes",
        "platewire/Gate/picture",
        "platewire/Gate/plate",
        "platewire/Gate/event",
    ]
    assert {(message.qos, message.retain, message.duplicate) for message in broker.messages} == {(1, False, False)}
    assert broker.messages[2].payload == plate.encode()
    assert broker.retained == {}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("plan", "kind"), [(["drop"], Retry), (["no-ack"], Retry), (["ok", "ok", "drop"], Retry)])
def test_what_the_broker_did_not_acknowledge_is_tried_again(
    broker: MqttBroker, version: str, plan: list[str], kind: type[Exception]
) -> None:
    broker.plan = list(plan)
    with pytest.raises(kind):
        send(broker, mqtt_version=version)


def test_a_broker_that_refuses_the_topic_says_so(broker: MqttBroker) -> None:
    broker.plan = ["deny"]
    with pytest.raises(Unauthorised, match="refuses the message") as caught:
        send(broker)
    assert caught.value.trouble is Trouble.RIGHTS


@pytest.mark.parametrize("version", VERSIONS)
def test_a_wrong_password_is_tried_once(broker: MqttBroker, version: str) -> None:
    broker.user, broker.password = "site", "s3cret"
    with pytest.raises(Unauthorised):
        send(broker, mqtt_version=version, user="site", password="guessed")
    assert len(broker.clients) == 1
    assert check(settings(broker, mqtt_version=version, user="site", password="s3cret")).answer
    assert broker.messages == []


def test_a_broker_that_is_away_or_silent_is_tried_again(broker: MqttBroker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NotSent, match="cannot be reached"):
        send(broker, port=port)
    broker.accepts = False
    with pytest.raises(NotSent, match="did not let us in in time"):
        send(broker)


def test_nothing_is_sent_into_our_own_house(broker: MqttBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLATEWIRE_ALLOW_LOOPBACK")
    with pytest.raises(Reject):
        send(broker)
    assert broker.raw == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [(0x80, NotSent), (0x83, NotSent), (0x87, Unauthorised), (0x90, Reject), (0x97, NotSent), (0x99, Reject)],
)
def test_each_refusal_of_mqtt_5_says_what_comes_next(broker: MqttBroker, code: int, kind: type[Exception]) -> None:
    broker.plan, broker.denies = ["deny"], code
    with pytest.raises(kind) as caught:
        send(broker)
    assert type(caught.value) is kind


@contextmanager
def kept(site: Site, broker: MqttBroker, destination: UUID, folder: Path, **given: Any) -> Iterator[list[Exception]]:
    """The standing work in its thread; what ended it."""
    stopping, ended = threading.Event(), list[Exception]()

    def run() -> None:
        try:
            keep(Standing(destination, "HA", folder, site.engine, stopping), settings(broker, **given))
        except (Retry, Reject) as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ended
    finally:
        stopping.set()
        thread.join(20)
        assert not thread.is_alive()


def add(site: Site, name: str) -> UUID:
    with transaction(site.engine) as session:
        row = Camera(name=name, kind="upload", source=b"", settings={})
        session.add(row)
        session.flush()
        return row.id


@pytest.fixture
def destination(site: Site) -> UUID:
    with transaction(site.engine) as session:
        row = Destination(name="HA", kind="mqtt", settings=b"")
        session.add(row)
        session.flush()
        return row.id


def announced(broker: MqttBroker) -> set[str]:
    return {topic for topic, payload in broker.retained.items() if topic.endswith("/config") and payload}


@pytest.mark.parametrize("version", VERSIONS)
def test_cameras_are_announced_and_taken_back(
    site: Site, broker: MqttBroker, destination: UUID, tmp_path: Path, version: str
) -> None:
    first, second = add(site, "Gate in"), add(site, "Gate out")
    topics = {one: f"homeassistant/device/platewire_{one.hex[:12]}/config" for one in (first, second)}
    with kept(site, broker, destination, tmp_path, mqtt_version=version):
        soon(lambda: announced(broker) == set(topics.values()), "both cameras were not announced")
        assert broker.retained["platewire/status"] == b"online"
        with transaction(site.engine) as session:
            session.execute(delete(Camera).where(Camera.id == first))
        soon(lambda: announced(broker) == {topics[second]}, "the removed camera was not taken back")
    assert broker.retained["platewire/status"] == b"offline"
    assert announced(broker) == {topics[second]}


def test_home_assistant_that_begins_anew_is_told_again(
    site: Site, broker: MqttBroker, destination: UUID, tmp_path: Path
) -> None:
    add(site, "Gate in")
    with kept(site, broker, destination, tmp_path):
        soon(lambda: bool(announced(broker)) and bool(broker.subscribed), "nothing was announced")
        assert broker.subscribed == ["homeassistant/status"]
        broker.retained.clear()
        broker.tell("homeassistant/status", b"online")
        soon(lambda: bool(announced(broker)), "nothing was announced again")


def test_a_camera_that_went_while_nobody_was_there_is_taken_back_after_the_restart(
    site: Site, broker: MqttBroker, destination: UUID, tmp_path: Path
) -> None:
    camera = add(site, "Gate in")
    with kept(site, broker, destination, tmp_path):
        soon(lambda: bool(announced(broker)), "nothing was announced")
    with transaction(site.engine) as session:
        session.execute(delete(Camera).where(Camera.id == camera))
    with kept(site, broker, destination, tmp_path):
        soon(lambda: not announced(broker), "the camera was not taken back")


def test_a_destination_that_is_removed_takes_its_cameras_along(
    site: Site, broker: MqttBroker, destination: UUID, tmp_path: Path
) -> None:
    add(site, "Gate in")
    with kept(site, broker, destination, tmp_path):
        soon(lambda: bool(announced(broker)), "nothing was announced")
        with transaction(site.engine) as session:
            session.execute(delete(Destination).where(Destination.id == destination))
    assert announced(broker) == set()


def test_a_changed_prefix_and_status_topic_leave_nothing_behind(
    site: Site, broker: MqttBroker, destination: UUID, tmp_path: Path
) -> None:
    camera = add(site, "Gate in")
    with kept(site, broker, destination, tmp_path):
        soon(lambda: bool(announced(broker)), "nothing was announced")
    changed = {"discovery_prefix": "ha", "status_topic": "site/alive"}
    with kept(site, broker, destination, tmp_path, **changed):
        soon(lambda: announced(broker) == {f"ha/device/platewire_{camera.hex[:12]}/config"}, "the old one stayed")
        assert broker.retained["platewire/status"] == b""
        assert broker.retained["site/alive"] == b"online"
    with kept(site, broker, destination, tmp_path, discovery="off", **changed):
        soon(lambda: not announced(broker), "discovery was switched off and stayed")


def test_last_plates_are_taken_back_with_their_camera_and_with_the_destination(
    site: Site, broker: MqttBroker, destination: UUID, tmp_path: Path
) -> None:
    first, _second = add(site, "Gate/in"), add(site, "Exit")
    plates = {"platewire/Gate_in/plate": b"A1", "platewire/Exit/plate": b"B2", "platewire/elsewhere/plate": b"C3"}
    with kept(site, broker, destination, tmp_path, retain=True):
        soon(lambda: len(announced(broker)) == 2, "both cameras were not announced")
        broker.retained |= plates
        with transaction(site.engine) as session:
            session.execute(delete(Camera).where(Camera.id == first))
        soon(lambda: broker.retained["platewire/Gate_in/plate"] == b"", "the last plate stayed")
        assert broker.retained["platewire/Exit/plate"] == b"B2"
        with transaction(site.engine) as session:
            session.execute(delete(Destination).where(Destination.id == destination))
    assert {topic for topic, payload in broker.retained.items() if payload} == {"platewire/elsewhere/plate"}


def test_a_line_that_breaks_is_noticed_and_the_broker_says_that_we_are_gone(
    site: Site, broker: MqttBroker, destination: UUID, tmp_path: Path
) -> None:
    with kept(site, broker, destination, tmp_path) as ended:
        soon(lambda: bool(broker.subscribed), "nothing was subscribed")
        broker.cut()
        soon(lambda: bool(ended), "the break was not noticed")
        assert "broke off" in str(ended[0])
        soon(lambda: broker.retained["platewire/status"] == b"offline", "the will was not told")
