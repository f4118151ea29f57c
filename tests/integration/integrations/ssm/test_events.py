"""What consumers see of plates: the status first, then a pulse for each, in every form and with every reader."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from services.integrations.ssm import board, running
from shared.errors import Reject, Retry
from tests.simulators.ssm_client import EVENTSTATUS, FOLLOW, assert_pulses

StartSource = Callable[..., Any]
SCHEMA = f"{FOLLOW}&SchemaBased=True"
ODD = ['A<B>&"1', "A+B%20C", "AA\r\nChannel.0.X=True", "КИ1234ХХ", "{AA}12", "A'B=C"]
CLEANED = ['A<B>&"1', "A+B%20C", "AAChannel.0.X=True", "КИ1234ХХ", "{AA}12", "A'B=C"]


@pytest.mark.parametrize("personality", ["strict", "braces"])
@pytest.mark.parametrize(("generation", "forms"), [("gen1", ["gen1"]), ("gen2", ["gen2"]), ("both", ["gen1", "gen2"])])
def test_every_reader_sees_status_and_pulses_in_every_generation(
    start_source: StartSource, personality: str, generation: str, forms: list[str]
) -> None:
    source = start_source(generation=generation)
    stream = source.client(personality=personality).follow()
    stream.expect_states(1, forms[-1])
    assert source.tell("AA1234BB").answer == "Told to 1 consumer"
    source.tell("AB123CD")

    for form in forms:
        seen = stream.expect_states(5, form)
        assert [one.state for one in seen] == [False, True, False, True, False]
        assert_pulses(seen)
        plates = [one.plate for one in stream.seen if one.plate and one.form in ("meta", "gen2")]
    expected = ["AA1234BB", "AB123CD"]
    assert plates == (expected if generation != "both" else [plate for plate in expected for _ in forms])
    stream.close()


def test_a_reader_of_text_sees_status_pulses_and_plates(start_source: StartSource) -> None:
    source = start_source(generation="gen2")
    stream = source.client(personality="text").follow()
    stream.expect_states(1, "schema")
    source.tell("AA1234BB")

    seen = stream.expect_states(4, "schema")
    assert [one.state for one in seen if one.state is not None] == [False, True, False]
    assert stream.plates == ["AA1234BB"]
    assert "Channel.0.OpenSDK.NumberOkEdgeHanwha.LicensePlateNumber.1.VideoSourceToken=vs-0" in stream.payloads
    stream.close()


def test_parts_are_exactly_the_bytes_that_strict_readers_take(start_source: StartSource) -> None:
    source = start_source(generation="gen2")
    stream = source.client().follow()
    source.tell("AA1234BB")
    stream.expect_states(3, "gen2")

    parts = stream.raw.split(b"--SamsungTechwin\r\n")
    assert parts[0] == b""
    for part in parts[1:]:
        head, body = part.split(b"\r\n\r\n", 1)
        assert head == b"Content-Type: application/json"
        assert body.endswith(b"}\r\n")
        assert body.count(b"\n") == 1
        assert json.loads(body)["EventStatus"][0]["Source"]["AppName"] == "NumberOkEdgeHanwha"
    assert b'"Time":"2018-12-12T14:34:19.000+00:00"' in parts[2]
    stream.close()


@pytest.mark.parametrize("personality", ["strict", "braces", "text"])
def test_odd_letters_arrive_as_they_are_and_line_ends_are_left_out(start_source: StartSource, personality: str) -> None:
    source = start_source(generation="gen2" if personality == "text" else "both")
    stream = source.client(personality=personality).follow()
    for plate in ODD:
        source.tell(plate)
    # The reader of text leaves out lines with a second =, and reads the bytes as Latin-1.
    expected = [p for p in CLEANED if personality != "text" or "=" not in p]
    each = 1 if personality == "text" else 2
    stream.expect(lambda s: len(s.plates) == each * len(expected))
    plates = [p.encode("latin-1").decode() if personality == "text" else p for p in stream.plates]
    assert plates == [plate for plate in expected for _ in range(each)]
    stream.close()


def test_all_of_many_consumers_get_everything_and_a_stalled_one_stalls_nobody(
    start_source: StartSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "LONGEST_QUEUE", 16)
    source = start_source(generation="both", pulse=60)
    streams = [source.client(algorithm=algorithm).follow() for algorithm in ("MD5", "SHA-256", "MD5")]
    stalled = _stalled(source)
    for stream in streams:
        stream.expect_states(1, "gen2")
    plates = [f"AA{number:04d}BB" for number in range(100)]
    for place, plate in enumerate(plates):
        source.tell(plate)
        if place % 5 == 4:
            for stream in streams:
                stream.expect(lambda s, told=place + 1: len(s.plates) == 2 * told)

    assert all(stream.plates[::2] == plates for stream in streams)
    assert "3 connected" in source.check(), "the stalled one was dropped"
    for stream in streams:
        assert_pulses(stream.expect_states(200, "gen2"))
        stream.close()
    stalled.close()


def _stalled(source: Any) -> socket.socket:
    """A consumer that asks and never reads."""
    client = source.client()
    challenge = client.bare(SCHEMA).challenges[0]
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.connect(("127.0.0.1", client.port))
    login = client.authorization(challenge, "GET", SCHEMA)
    connection.sendall(f"GET {SCHEMA} HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n{login}\r\n\r\n".encode())
    return connection


def test_who_reconnects_gets_the_status_as_it_is_then(start_source: StartSource) -> None:
    source = start_source(generation="gen2", pulse=60)
    first = source.client().follow()
    source.tell("AA1234BB")
    first.expect(lambda s: s.plates == ["AA1234BB"])
    first.close()

    again = source.client().follow()
    (seen,) = again.expect_states(1, "gen2")
    assert (seen.state, seen.plate) == (True, "AA1234BB")
    told = source.client().get(f"{EVENTSTATUS}check&SchemaBased=True", json=True).json["EventStatus"]
    assert told[0]["Data"] == {"State": True, "LicensePlateNumber": "AA1234BB"}
    again.close()


def test_a_plate_waits_until_somebody_listens(start_source: StartSource) -> None:
    source = start_source(patience=0.1)
    with pytest.raises(Retry, match="No consumer follows the events"):
        source.tell("AA1234BB")
    plain = source.client(personality="text").follow(schema=False)
    plain.expect_states(1, "plain")
    with pytest.raises(Retry, match="No consumer follows"):
        source.tell("AA1234BB")
    assert "None of them hears plates" in source.check()

    patient = source.settings.model_copy(update={"patience": 20.0})
    source.settings = patient
    waiting = threading.Thread(target=source.tell, args=("AB123CD",))
    waiting.start()
    stream = source.client().follow()
    stream.expect(lambda s: "AB123CD" in s.plates)
    waiting.join(20)
    assert [one.state for one in plain.expect_states(3, "plain")] == [False, True, False]
    stream.close()
    plain.close()


def test_a_consumer_that_has_left_is_not_counted(start_source: StartSource) -> None:
    source = start_source(patience=0.1)
    stream = source.client().follow()
    source.tell("AA1234BB")
    stream.close()

    with pytest.raises(Retry, match="No consumer follows"):
        source.tell("AB123CD")


def test_plates_may_count_as_delivered_though_nobody_listens(start_source: StartSource) -> None:
    source = start_source(unheard="accept", pulse=60)

    assert source.tell("AA1234BB").answer == "Told while nobody listened"
    line = "Channel.0.OpenSDK.NumberOkEdgeHanwha.LicensePlateNumber=True\r\n"
    assert source.client().get(f"{EVENTSTATUS}check").text == line


def test_without_a_plate_there_is_nothing_to_tell(start_source: StartSource) -> None:
    with pytest.raises(Reject, match="no plate to tell"):
        start_source().tell("")


def test_without_a_server_a_delivery_waits(start_source: StartSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BEGINS_WITHIN", 0.05)
    source = start_source()
    source.stop()

    with pytest.raises(Retry, match="does not run yet"):
        source.tell("AA1234BB")


def test_cameras_have_their_own_channels_and_consumers_choose(start_source: StartSource) -> None:
    source = start_source(generation="gen2", channels={"Yard": 1}, patience=0.1)
    zero = source.client().follow(SCHEMA)
    both = source.client().follow(f"{EVENTSTATUS}monitordiff&SchemaBased=True")
    none = source.client().follow(f"{EVENTSTATUS}monitordiff&SchemaBased=True&AlarmInput=1")
    assert [one.channel for one in both.expect_states(2, "gen2")] == [0, 1]
    zero.expect_states(1, "gen2")
    source.tell("AA1234BB", "Yard")
    source.tell("AB123CD", "Gate")

    both.expect(lambda s: s.plates == ["AA1234BB", "AB123CD"])
    zero.expect(lambda s: s.plates == ["AB123CD"])
    assert [one.channel for one in both.seen if one.plate] == [1, 0]
    none.expect(lambda s: s.payloads == ['{"EventStatus":[]}'])
    for stream in (zero, both, none):
        stream.close()


def test_monitor_repeats_the_whole_status_and_loses_no_pulse(start_source: StartSource) -> None:
    source = start_source(generation="gen2")
    stream = source.client().follow(f"{EVENTSTATUS}monitor&SchemaBased=True&Periodicity=1")
    stream.expect_states(1, "gen2")
    source.tell("AA1234BB")

    stream.expect(lambda s: s.plates == ["AA1234BB"])
    stream.expect_states(5, "gen2")
    refused = source.client().get(f"{EVENTSTATUS}monitor&Periodicity=0", json=True)
    assert refused.json["Error"]["Code"] == 604
    stream.close()


def test_a_silent_stream_shows_that_it_lives(start_source: StartSource) -> None:
    source = start_source(generation="gen2", keepalive=0.2)
    stream = source.client().follow()

    assert [one.state for one in stream.expect_states(3, "gen2")] == [False] * 3
    stream.close()


def test_a_timestamp_comes_when_it_is_asked_for(start_source: StartSource) -> None:
    source = start_source()

    text = source.client().get(f"{EVENTSTATUS}check&IncludeTimestamp=True").text
    told = source.client().get(f"{EVENTSTATUS}check&IncludeTimestamp=True", json=True).json
    assert text.startswith("Timestamp=20")
    assert told["Timestamp"].endswith("+00:00")
    assert told["ChannelEvent"][0]["OpenSDK"] == {"NumberOkEdgeHanwha": {"LicensePlateNumber": False}}
