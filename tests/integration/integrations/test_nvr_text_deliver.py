"""A recorder's text devices: the exact bytes, and every way in which a recorder can be away."""

from __future__ import annotations

import importlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from services.integrations.nvr_text.deliver import check, deliver
from services.integrations.nvr_text.settings import Settings
from shared.errors import Retry
from simulators.nvr_text import Faults, NvrText, ReceiptCutter
from tests.simulators.sample_delivery import a_camera, a_delivery, some_pictures


def send(nvr: NvrText, plate: str = "AB123CD", **settings: Any) -> None:
    wanted = Settings.model_validate({"host": "127.0.0.1", "port": nvr.port} | settings)
    deliver(a_delivery(plate=plate), some_pictures(), wanted)


@pytest.fixture(autouse=True)
def _no_connection_stays_open() -> Iterator[None]:
    yield
    idle = importlib.import_module("services.integrations.nvr_text.deliver")._idle
    while idle:
        idle.popitem()[1].close()


def test_a_plate_arrives_as_the_specified_bytes(nvr: NvrText) -> None:
    send(nvr)

    assert nvr.expect(1)[0].text == "\r\nAB123CD\r\n"
    assert nvr.captured[nvr.port] == b"<LPR>\r\nAB123CD\r\n</LPR>\r\n"


def test_each_message_has_a_connection_of_its_own(nvr: NvrText) -> None:
    send(nvr, "ONE1")
    send(nvr, "TWO2")

    assert [receipt.raw.strip() for receipt in nvr.expect(2)] == [b"ONE1", b"TWO2"]
    assert nvr.connections == 2


def test_a_persistent_connection_carries_many_messages(nvr: NvrText) -> None:
    for plate in ("ONE1", "TWO2", "THREE3"):
        send(nvr, plate, connection="persistent")

    assert [receipt.raw.strip() for receipt in nvr.expect(3)] == [b"ONE1", b"TWO2", b"THREE3"]
    assert nvr.connections == 1


def test_a_persistent_connection_that_the_recorder_closed_is_opened_anew(nvr: NvrText) -> None:
    send(nvr, "ONE1", connection="persistent")
    nvr.expect(1)
    nvr.stop()
    nvr.start()
    send(nvr, "TWO2", connection="persistent")

    assert [receipt.raw.strip() for receipt in nvr.expect(2)] == [b"ONE1", b"TWO2"]


def test_cameras_go_to_their_own_channels() -> None:
    with NvrText([0, 0]) as nvr:
        settings = Settings(host="127.0.0.1", port=nvr.ports[0], ports={"Yard": nvr.ports[1]})
        for camera in ("Gate", "Yard"):
            deliver(a_delivery(plate=camera.upper(), camera=a_camera(name=camera)), some_pictures(), settings)

        nvr.expect(2)
        assert nvr.captured[nvr.ports[0]] == b"<LPR>\r\nGATE\r\n</LPR>\r\n"
        assert nvr.captured[nvr.ports[1]] == b"<LPR>\r\nYARD\r\n</LPR>\r\n"


def test_a_closed_port_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(Retry, match="cannot be reached: Connection refused"):
        deliver(a_delivery(), some_pictures(), Settings(host="127.0.0.1", port=port))


def test_a_black_hole_is_given_up_after_the_connect_timeout() -> None:
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(hole.getsockname())
        settings = Settings(host="127.0.0.1", port=hole.getsockname()[1], connect_timeout=0.3)

        with pytest.raises(Retry, match="did not accept the connection in time"):
            deliver(a_delivery(), some_pictures(), settings)

        for filler in fillers:
            filler.close()


@pytest.mark.parametrize("connection", ["per_message", "persistent"])
def test_a_reset_is_noticed(connection: str) -> None:
    with NvrText(faults=Faults("reset")) as nvr, pytest.raises(Retry, match=r"broke off|cannot be reached"):
        send(nvr, connection=connection)


def test_a_recorder_that_never_reads_is_given_up_when_its_window_is_full() -> None:
    def send_many(nvr: NvrText) -> None:
        for _ in range(50):
            send(nvr, connection="persistent", template="x" * 400, send_timeout=0.3)

    with NvrText(faults=Faults("never_read")) as nvr, pytest.raises(Retry, match="it took too long"):
        send_many(nvr)


def test_a_check_connects_to_every_port_and_sends_nothing() -> None:
    with NvrText([0, 0]) as nvr:
        receipt = check(Settings(host="127.0.0.1", port=nvr.ports[0], ports={"Yard": nvr.ports[1]}))

        assert str(nvr.ports[1]) in receipt.answer
        assert nvr.captured == {} or set(nvr.captured.values()) == {b""}


def test_the_simulator_finds_receipts_however_they_are_cut() -> None:
    stream = b"noise<LPR>\r\nAB1\r\n</LPR>\r\n<LPR>CD2</LPR>tail<LPR>never ends"
    for size in (1, 2, 3, 7, len(stream)):
        cutter = ReceiptCutter(7001, b"<LPR>", b"</LPR>", "ascii")

        found = [r for i in range(0, len(stream), size) for r in cutter.feed(stream[i : i + size])] + cutter.flush()

        assert [receipt.raw for receipt in found] == [b"\r\nAB1\r\n", b"CD2", b"never ends"]
        assert [receipt.complete for receipt in found] == [True, True, False]
