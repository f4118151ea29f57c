"""Relays behind Modbus, MQTT and the machine's own pins: what we switch on, we switch off."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from pymodbus.client import ModbusTcpClient

from services.integrations.barrier.deliver import check
from services.integrations.barrier.drive import keep
from services.integrations.barrier.drivers import driver, pulses
from services.integrations.barrier.feedback import opened
from shared.errors import NotSent, Reject, Retry, Trouble, Unauthorised
from shared.integration import Standing
from shared.testing import Site
from tests.integration.integrations.barrier_orders import an_order, pulse, settings
from tests.simulators.fake_gpiod import Board, forget_driver
from tests.simulators.modbus_relay import ModbusRelay
from tests.simulators.mqtt_broker import MqttBroker


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulses, "OFF_PAUSE", 0.01)


@pytest.fixture
def board() -> Iterator[ModbusRelay]:
    with ModbusRelay() as running:
        yield running


@pytest.fixture
def broker() -> Iterator[MqttBroker]:
    with MqttBroker() as running:
        yield running


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    made = Board()
    for name, module in made.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    forget_driver()
    yield made
    forget_driver()


def closed_port() -> int:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        return int(nobody.getsockname()[1])


def test_a_coil_is_switched_by_the_frames_of_the_standard(board: ModbusRelay) -> None:
    assert pulse(driver="modbus", port=board.port, pulse=0.3) == "On for 0.3 s"
    on, off = board.frames
    assert (on[2:], off[2:]) == (bytes.fromhex("00000006 01 05 0000 ff00"), bytes.fromhex("00000006 01 05 0000 0000"))
    assert (board.relay.rises, board.relay.on) == (1, False)
    assert board.relay.held[0] == pytest.approx(0.3, abs=0.3)


def test_a_boards_own_pulse_is_started_by_one_register(board: ModbusRelay) -> None:
    said = pulse(driver="modbus", port=board.port, pulse_register=16, pulse_value=5)
    assert said == "Register 16 set to 5, ended by the board"
    assert [frame[2:] for frame in board.frames] == [bytes.fromhex("00000006 01 06 0010 0005")]
    board.relay.wait(False)
    assert board.relay.rises == 1


def test_another_client_understands_the_simulated_board_as_we_do(board: ModbusRelay) -> None:
    client = ModbusTcpClient("127.0.0.1", port=board.port, retries=0, timeout=5)
    assert client.connect()  # type: ignore[no-untyped-call]
    assert not client.write_coil(0, True, device_id=1).isError()
    assert client.read_coils(0, count=1, device_id=1).bits[0] is True
    assert client.read_discrete_inputs(0, count=1, device_id=1).bits[0] is False
    assert client.write_coil(7, True, device_id=1).isError()
    client.close()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(("code", "error"), [(1, Reject), (2, Reject), (3, Reject), (4, Retry), (6, Retry)])
def test_exceptions_say_whether_it_certainly_did_nothing(board: ModbusRelay, code: int, error: type[Exception]) -> None:
    board.plan.append(code)
    with pytest.raises(error) as caught:
        pulse(driver="modbus", port=board.port)
    assert type(caught.value) is error
    assert board.relay.rises == 0


@pytest.mark.parametrize("trouble", ["silent", "drop", "wrong-id"])
def test_an_on_without_an_answer_is_never_repeated_and_is_switched_off_for_sure(
    board: ModbusRelay, trouble: str
) -> None:
    board.plan.append(trouble)
    with pytest.raises(Retry) as caught:
        pulse(driver="modbus", port=board.port, timeout=0.5)
    assert not isinstance(caught.value, NotSent)
    assert [frame[-2] for frame in board.frames].count(0xFF) == 1
    assert board.frames[-1][-2] == 0
    assert (board.relay.on, board.relay.rises <= 1) == (False, True)


def test_a_connection_that_breaks_between_on_and_off_is_made_anew_to_switch_off(board: ModbusRelay) -> None:
    board.plan += ["reply-and-drop", "drop", "drop"]
    assert pulse(driver="modbus", port=board.port, pulse=0.2) == "On for 0.2 s"
    assert (board.relay.on, board.relay.rises) == (False, 1)
    assert board.connections >= 4


def test_a_board_that_is_gone_between_on_and_off_is_switched_off_when_it_is_back(
    board: ModbusRelay, site: Site
) -> None:
    entered = settings(driver="modbus", port=board.port, pulse=0.2, timeout=0.5)
    order, stopping = an_order(), threading.Event()
    board.plan += ["ok", *["drop"] * pulses.OFF_TRIES]
    with pytest.raises(Retry, match="could not be switched off again, which is still tried"):
        driver(entered).pulse(order)
    assert board.relay.on
    assert pulses.ownership(order.destination_id).owed.is_set()
    standing = Standing(order.destination_id, "Gate", site.settings.data_dir, site.engine, stopping)
    thread = threading.Thread(target=keep, args=(standing, entered))
    thread.start()
    board.relay.wait(False)
    stopping.set()
    thread.join(10)
    assert board.relay.rises == 1


def test_the_standing_work_switches_off_at_the_start_and_at_the_end(board: ModbusRelay, site: Site) -> None:
    stopping = threading.Event()
    standing = Standing(uuid4(), "Gate", site.settings.data_dir, site.engine, stopping)
    board.relay.switch(True)
    thread = threading.Thread(target=keep, args=(standing, settings(driver="modbus", port=board.port)))
    thread.start()
    board.relay.wait(False)
    board.relay.switch(True)
    stopping.set()
    board.relay.wait(False)
    thread.join(10)
    assert not thread.is_alive()


def test_the_standing_work_does_not_cut_a_pulse_short(board: ModbusRelay, site: Site) -> None:
    order, stopping = an_order(), threading.Event()
    entered = settings(driver="modbus", port=board.port, pulse=0.8)
    pulsing = threading.Thread(target=driver(entered).pulse, args=(order,))
    pulsing.start()
    board.relay.wait(True)
    standing = Standing(order.destination_id, "Gate", site.settings.data_dir, site.engine, stopping)
    keeping = threading.Thread(target=keep, args=(standing, entered))
    keeping.start()
    pulsing.join(10)
    stopping.set()
    keeping.join(10)
    assert board.relay.held[0] > 0.7


def test_a_relay_that_ends_its_pulses_itself_is_left_alone(board: ModbusRelay, site: Site) -> None:
    stopping = threading.Event()
    standing = Standing(uuid4(), "Gate", site.settings.data_dir, site.engine, stopping)
    entered = settings(driver="modbus", port=board.port, pulse_register=16)
    thread = threading.Thread(target=keep, args=(standing, entered))
    thread.start()
    stopping.set()
    thread.join(10)
    assert (thread.is_alive(), board.frames) == (False, [])


def test_a_closed_port_certainly_did_nothing() -> None:
    for entered in (
        {"driver": "modbus", "port": closed_port()},
        {"driver": "mqtt", "port": closed_port(), "topic": "gate/1/set"},
        {"driver": "modbus", "host": "gate.invalid"},
        {"driver": "mqtt", "host": "gate.invalid", "topic": "gate/1/set"},
    ):
        with pytest.raises(NotSent):
            pulse(**entered)


def test_a_board_is_asked_for_its_coil_and_its_input(board: ModbusRelay) -> None:
    entered: dict[str, Any] = {"driver": "modbus", "port": board.port}
    assert check(settings(**entered)).answer == "Coil 0 of unit 1 is off"
    contact = settings(**entered, feedback="modbus", feedback_input=0)
    assert not opened(contact)
    board.input = True
    assert opened(contact)
    board.relay.switch(True)
    assert opened(settings(**entered, feedback="device"))
    assert board.relay.rises == 1


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_relay_behind_a_broker_gets_one_message_for_each_edge(broker: MqttBroker, version: str) -> None:
    assert pulse(driver="mqtt", port=broker.port, topic="gate/1/set", mqtt_version=version, pulse=0.3) == "On for 0.3 s"
    on, off = broker.messages
    assert (on.topic, on.payload, off.payload) == ("gate/1/set", b"ON", b"OFF")
    assert not any(message.retain or message.duplicate for message in broker.messages)
    assert (broker.relay.rises, broker.relay.on) == (1, False)
    assert on.expires == (5 if version == "5" else None)


def test_a_device_with_a_timer_gets_its_seconds(broker: MqttBroker) -> None:
    entered = {"on_payload": '{{"on": {seconds}}}'.replace("{{", "{").replace("}}", "}"), "off_payload": ""}
    broker.topic = ""
    pulse(driver="mqtt", port=broker.port, topic="gate/1/set", **entered)
    (message,) = broker.messages
    assert message.payload == b'{"on": 1}'


@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.parametrize("trouble", ["no-ack", "drop"])
def test_a_message_without_an_acknowledgement_is_never_repeated(broker: MqttBroker, trouble: str, version: str) -> None:
    broker.plan.append(trouble)
    entered = {"topic": "gate/1/set", "timeout": 0.5, "mqtt_version": version}
    with pytest.raises(Retry) as caught:
        pulse(driver="mqtt", port=broker.port, **entered)
    assert not isinstance(caught.value, NotSent)
    assert [message.payload for message in broker.messages].count(b"ON") == (trouble == "no-ack")
    assert not broker.relay.on


def test_a_broker_that_knows_of_no_listener_opened_nothing(broker: MqttBroker) -> None:
    broker.listens = False
    with pytest.raises(Reject, match="Nobody listens to gate/1/set"):
        pulse(driver="mqtt", port=broker.port, topic="gate/1/set")


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_broker_tells_wrong_credentials(broker: MqttBroker, version: str) -> None:
    broker.user, broker.password = "gate", "s3cret!"
    entered = {"topic": "gate/1/set", "user": "gate", "mqtt_version": version}
    with pytest.raises(Unauthorised) as caught:
        pulse(driver="mqtt", port=broker.port, password="guessed", **entered)
    assert caught.value.trouble is Trouble.CREDENTIALS
    assert check(settings(driver="mqtt", port=broker.port, password="s3cret!", **entered)).answer
    assert broker.messages == []


def test_a_broker_that_refuses_the_message_opened_nothing(broker: MqttBroker) -> None:
    broker.plan.append("deny")
    with pytest.raises(Unauthorised, match="refuses the message") as caught:
        pulse(driver="mqtt", port=broker.port, topic="gate/1/set")
    assert caught.value.trouble is Trouble.RIGHTS
    assert broker.relay.rises == 0


def test_a_broker_that_never_answers_got_nothing(broker: MqttBroker) -> None:
    broker.accepts = False
    with pytest.raises(NotSent, match="did not let us in"):
        pulse(driver="mqtt", port=broker.port, topic="gate/1/set", timeout=0.5)
    assert broker.messages == []


def test_a_line_is_active_for_the_pulse_and_given_back(chip: Board) -> None:
    assert pulse(driver="gpio", line=17, pulse=0.3) == "On for 0.3 s"
    relay = chip.relay(17)
    assert (relay.rises, relay.on, chip.busy) == (1, False, set())
    assert relay.held[0] == pytest.approx(0.3, abs=0.3)


def test_an_active_low_line_rests_at_a_high_level(chip: Board) -> None:
    driver(settings(driver="gpio", line=17, active_low=True)).off()
    assert (chip.levels[17], chip.relay(17).rises) == (True, 0)
    pulse(driver="gpio", line=17, active_low=True, pulse=0.2)
    assert (chip.levels[17], chip.relay(17).rises) == (True, 1)


def test_a_line_that_somebody_else_has_is_not_touched(chip: Board) -> None:
    chip.busy.add(17)
    with pytest.raises(NotSent, match="Line 17 of /dev/gpiochip0 cannot be used: Device or resource busy"):
        pulse(driver="gpio", line=17)
    with pytest.raises(NotSent, match="No such file"):
        pulse(driver="gpio", line=17, chip="/dev/gpiochip9")


def test_a_line_that_cannot_be_set_leaves_it_unclear(chip: Board) -> None:
    chip.fails += ["Input/output error"]
    with pytest.raises(Retry) as caught:
        pulse(driver="gpio", line=17, pulse=0.2)
    assert not isinstance(caught.value, NotSent)
    assert (chip.relay(17).on, chip.busy) == (False, set())


def test_an_input_line_says_open(chip: Board) -> None:
    contact = settings(driver="gpio", line=17, feedback="gpio", feedback_input=27)
    assert not opened(contact)
    chip.levels[27] = True
    assert opened(contact)
    assert check(contact).answer == "Line 17 of /dev/gpiochip0 is inactive; the feedback says open"


def test_a_library_that_is_not_installed_breaks_its_driver_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiod", None)
    forget_driver()
    with pytest.raises(Reject, match="The library gpiod is not installed: pip install gpiod"):
        pulse(driver="gpio")
    forget_driver()
    assert driver(settings(driver="shelly")).ends_by_itself
