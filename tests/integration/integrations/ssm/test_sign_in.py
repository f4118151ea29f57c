"""Who may ask: Digest as cameras do it, checked by other programs too, and what a stranger can do, which is little."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.integrations.ssm import digest, recorder, server, wire
from tests.simulators.ssm_client import EVENTSTATUS, SsmClient

StartSource = Callable[..., Any]
INFO = "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view"
PARTS = f"{EVENTSTATUS}check&Channel.0.EventType=OpenSDK&SchemaBased=True"


@pytest.mark.parametrize("algorithms", ['["MD5"]', '["SHA-256"]', '["SHA-256", "MD5"]'])
def test_curl_and_httpx_sign_in_with_either_algorithm(start_source: StartSource, algorithms: str) -> None:
    source = start_source(profile=f"[wire]\ndigests = {algorithms}")
    url = f"http://127.0.0.1:{source.settings.port}{PARTS}"
    # One run signs two requests with one nonce.
    command = ["curl", "-sS", "--digest", "-u", "admin:s3cret-pw", url, url]
    told = subprocess.run(command, capture_output=True, timeout=30, check=True).stdout.decode()
    with httpx.Client(auth=httpx.DigestAuth("admin", "s3cret-pw"), trust_env=False) as client:
        statuses = [client.get(url).status_code for _ in range(3)]

    assert told.count(".LicensePlateNumber=False") == 2
    assert statuses == [200, 200, 200]


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_both_challenges_are_offered_and_taken(start_source: StartSource, algorithm: str) -> None:
    client = start_source().client(algorithm=algorithm)

    challenges = client.bare(INFO).challenges
    assert [word for c in challenges for word in c.split(", ") if "algorithm" in word] == [
        "algorithm=SHA-256",
        "algorithm=MD5",
    ]
    assert all('realm="iPolis_00-09-18-00-00-01"' in c and 'qop="auth"' in c for c in challenges)
    assert client.get(INFO).text.startswith("Model=")


def test_a_count_is_good_once_and_a_nonce_for_a_while(
    start_source: StartSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = start_source().client()
    challenge = client.bare(INFO).challenges[0]
    login = client.authorization(challenge, "GET", INFO)

    assert client.bare(INFO, login).status == 200
    replayed = client.bare(INFO, login)
    assert (replayed.status, "stale=true" in replayed.challenges[0]) == (401, True)
    assert client.bare(INFO, client.authorization(challenge, "GET", INFO, count=2)).status == 200
    monkeypatch.setattr(digest, "NONCE_LIFE", -1.0)
    late = client.bare(INFO, client.authorization(challenge, "GET", INFO, count=3))
    assert (late.status, "stale=true" in late.challenges[0]) == (401, True)


def test_a_login_for_one_request_does_not_open_another(start_source: StartSource) -> None:
    client = start_source().client()
    login = client.authorization(client.bare(INFO).challenges[0], "GET", PARTS)

    assert client.bare(INFO, login).status == 401
    basic = base64.b64encode(b"admin:s3cret-pw").decode()
    assert client.bare(INFO, f"Authorization: Basic {basic}").status == 401


def test_five_wrong_passwords_block_for_a_while(start_source: StartSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "LOCKED_FOR", 1.0)
    source = start_source()
    wrong = source.client(password="wrong-password")

    assert [wrong.get(INFO).status for _ in range(5)] == [401, 401, 401, 401, 490]
    assert source.client().get(INFO).status == 490
    deadline = time.monotonic() + 20
    while source.client().get(INFO).status == 490:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert source.client().get(INFO).status == 200


def test_a_guest_reads_events_and_nothing_else(start_source: StartSource) -> None:
    source = start_source(guest_user="viewer", guest_password="viewer-pw")
    guest = source.client(user="viewer", password="viewer-pw")

    assert guest.get(PARTS).text.startswith("Channel.0.")
    assert guest.get(INFO).text.startswith("Model=")
    apps = "/stw-cgi/opensdk.cgi?msubmenu=apps&action=view"
    assert guest.get(apps).text.startswith("NG\nError Code: 609")
    assert guest.get(apps, json=True).json["Error"]["Code"] == 609
    assert guest.get("/platewire/recording").status == 403


def test_bring_up_and_what_is_unknown_are_answered_as_by_a_camera(start_source: StartSource) -> None:
    client = start_source().client()
    first = client.bare("/init-cgi/pw_init.cgi?msubmenu=statuscheck&action=view")

    assert (first.json["Initialized"], first.json["MaxChannel"]) == (True, 1)
    date = client.get("/stw-cgi/system.cgi?msubmenu=date&action=view").text
    assert date.startswith("LocalTime=20")
    assert client.get("/stw-cgi/media.cgi?msubmenu=videoprofile&action=view").text.startswith("NG\nError Code: 600")
    assert "Error Code: 601" in client.get("/stw-cgi/opensdk.cgi?msubmenu=apps&action=install").text
    assert client.get("/home/").status == 404
    assert b"OpenSDK.MaxApps" in client.get("/stw-cgi/attributes.cgi/attributes/System/Limit").body
    assert b"OpenSDK.NumberOkEdge" in client.get("/stw-cgi/attributes.cgi/eventstatus").body
    assert "Error Code: 602" in client.get("/stw-cgi/attributes.cgi/attributes/Nothing").text


def raw(source: Any, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", source.settings.port), 20) as connection:
        connection.sendall(data)
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
        return answer


def test_what_is_no_request_of_a_consumer_is_refused(
    start_source: StartSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = start_source()

    assert raw(source, b"GET http://example.org/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[9:12] == b"400"
    assert raw(source, b"GET //[ HTTP/1.1\r\nHost: x\r\n\r\n")[9:12] == b"400"
    assert raw(source, b"\x16\x03\x01\x02\x00\x01 nonsense \r\n\r\n")[9:12] == b"400"
    assert raw(source, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000 + b"\r\n\r\n")[9:12] == b"431"
    monkeypatch.setattr(wire, "LONGEST_BODY", 1000)
    monkeypatch.setattr(wire, "HEAD", 0.2)
    big = b"POST /onvif/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n" + b"a" * 2000
    assert raw(source, big)[9:12] == b"413"
    assert raw(source, b"GET / HTTP/1.1\r\nHo") == b"", "a head that does not end is given up"


def test_there_are_not_more_connections_than_allowed(
    start_source: StartSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 3)
    source = start_source()
    streams = [source.client().follow() for _ in range(2)]
    waiting = socket.create_connection(("127.0.0.1", source.settings.port))
    deadline = time.monotonic() + 20
    while not (answer := raw(source, b"")).startswith(b"HTTP/1.1 503"):
        assert time.monotonic() < deadline, answer
    waiting.close()
    for stream in streams:
        stream.close()


def test_requests_are_recorded_without_credentials_and_can_be_downloaded(
    start_source: StartSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = start_source()
    client = source.client()
    client.get(PARTS)
    client.get("/stw-cgi/security.cgi?msubmenu=users&action=update&Password=hidden-word&UserID=x")
    client.bare(INFO, "Authorization: Basic aGlkZGVu", "Cookie: hidden=1")
    client.get(INFO, method="POST", body=b"<wsse:Password Type='x'>hidden</wsse:Password> Password=hidden")

    downloaded = client.get("/platewire/recording").body
    lines = [json.loads(line) for line in downloaded.splitlines()]
    assert downloaded == (source.folder / "recording.jsonl").read_bytes()
    assert b"hidden" not in downloaded
    assert b"aGlkZGVu" not in downloaded
    assert lines[1]["request"] == f"GET {PARTS}"
    assert lines[1]["answer"].startswith("Channel.0.OpenSDK")
    assert 'response="***"' in dict(lines[1]["headers"])["authorization"]

    monkeypatch.setattr(recorder, "LARGEST", 3000)
    for _ in range(20):
        client.get(INFO)
    sizes = [file.stat().st_size for file in source.folder.glob("recording*")]
    assert len(sizes) == 2
    assert max(sizes) <= 3000


def test_recording_can_be_switched_off(start_source: StartSource) -> None:
    source = start_source(record=False)
    source.client().get(INFO)

    assert source.client().get("/platewire/recording").body == b""
    assert list(source.folder.iterdir()) == []


def test_the_test_button_tells_how_it_is(start_source: StartSource) -> None:
    source = start_source()

    assert "No consumer is connected. Nobody has asked anything yet." in source.check()
    stream = source.client().follow()
    told = source.check()
    assert f"Listens on 127.0.0.1:{source.settings.port} since 20" in told
    assert "1 connected: 127.0.0.1 since 20" in told
    assert "Last request: GET /stw-cgi/eventstatus.cgi from 127.0.0.1" in told
    assert told.endswith("answered 200.")
    stream.close()


def test_a_consumer_may_use_one_connection_for_many_requests(start_source: StartSource) -> None:
    client: SsmClient = start_source().client()
    with socket.create_connection(("127.0.0.1", client.port), 20) as connection:
        replies = [client._ask(connection, "GET", INFO, json=True) for _ in range(3)]

    assert [reply.json["DeviceType"] for reply in replies] == ["NWC"] * 3
