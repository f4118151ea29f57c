"""The simulated server itself, asked by other clients than ours, so that one misunderstanding is not shared."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators.nx_server import NxServer, Profile, State, User

GATE = "89abcdef-0123-4567-89ab-cdef01234567"
curl_needed = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def curl(*arguments: str) -> Any:
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "20", *arguments],
        check=True,
        capture_output=True,
    )
    return json.loads(done.stdout or b"null")


def test_digest_is_checked_as_the_public_vector_says() -> None:
    state = State(Profile("legacy", "4.2", 0, 401, 401), [User("Admin", "s3cret!")])
    state.nonces["15185146660140348415"] = time.monotonic() + 60
    header = (
        'Digest username="admin", realm="VMS", nonce="15185146660140348415", uri="/api/createEvent",'
        ' response="c752642a50ae93e9abf5eb0f21f450dd", algorithm="MD5"'
    )

    assert state.by_digest("GET", "/api/createEvent?source=x", header).name == "Admin"
    assert state.by_digest("GET", "/api/createEvent", header).name == "Admin"


@curl_needed
def test_curl_signs_in_by_digest_and_stores_a_bookmark() -> None:
    with NxServer("legacy") as nx:
        query = "guid=%7B89abcdef-0123-4567-89ab-000000000001%7D&startTime=1700000000000&duration=5000&tag=a&tag=b%2B"
        curl("--digest", "-u", "anpr:pw", f"{nx.url}/ec2/bookmarks/add?{query}&cameraId={GATE}&name=AB%2012+")
        listed = curl("--digest", "-u", "anpr:pw", f"{nx.url}/ec2/bookmarks?cameraId=%7B{GATE}%7D")

        refused = curl("--digest", "-u", "anpr:no", f"{nx.url}/ec2/getCamerasEx")
        assert nx.state.failures["anpr"] == 1
    assert [(b["guid"], b["name"], b["tags"]) for b in listed] == [
        ("{89abcdef-0123-4567-89ab-000000000001}", "AB 12+", ["a", "b+"])
    ]
    assert refused["errorId"] == "unauthorized"


@curl_needed
def test_curl_signs_in_by_a_session_over_tls(certificate: Any) -> None:
    with NxServer("v3", certificate=certificate.files) as nx:
        trusted = ("--cacert", certificate.files[0], "-H", "Content-Type: application/json")
        said = {"username": "anpr", "password": "pw", "setCookie": False}
        session = curl(*trusted, "-d", json.dumps(said), f"{nx.url}/rest/v3/login/sessions")
        bearer = ("-H", f"Authorization: Bearer {session['token']}")
        bookmark = {"name": "AB123CD", "durationMs": "5000", "startTimeMs": 1700000000000}
        made = curl(*trusted, *bearer, "-d", json.dumps(bookmark), f"{nx.url}/rest/v3/devices/{GATE}/bookmarks")

        assert [(b.identity, b.duration_ms) for b in nx.state.bookmarks] == [(made["id"], 5000)]
        assert made["id"].count("_") == 1


def test_httpx_signs_in_by_digest_and_a_plus_stays_a_plus() -> None:
    with NxServer("legacy") as nx, httpx.Client(auth=httpx.DigestAuth("anpr", "pw"), trust_env=False) as client:
        spoilt = {"source": "ANPR Gate", "caption": "AB%41", "description": "a+b"}
        client.get(f"{nx.url}/api/createEvent", params=spoilt).raise_for_status()
        client.post(f"{nx.url}/api/createEvent", json=spoilt).raise_for_status()
        empty = client.post(f"{nx.url}/api/createEvent", json={"source": ""})

        words = [{word: event[word] for word in spoilt} for event in nx.state.events]
    # A query is decoded twice and its + is %20 in between; a body is taken as it is.
    assert words == [{"source": "ANPR Gate", "caption": "ABA", "description": "a b"}, spoilt]
    assert (empty.status_code, empty.json()["error"]) == (200, "2")


@pytest.mark.parametrize(
    ("profile", "wrong_password", "wrong_token", "id_parts"),
    [("v1", 401, 401, 1), ("v2", 401, 403, 1), ("v3", 422, 403, 2), ("v4", 422, 401, 2)],
)
def test_generations_differ_where_the_sources_say_so(
    profile: str, wrong_password: int, wrong_token: int, id_parts: int
) -> None:
    with NxServer(profile) as nx, httpx.Client(base_url=f"{nx.url}/rest/{profile}", trust_env=False) as client:
        wrong = client.post("/login/sessions", json={"username": "anpr", "password": "no"})
        right = client.post("/login/sessions", json={"username": "anpr", "password": "pw"}).json()
        stranger = client.get("/devices", headers={"authorization": "Bearer vms-1"})
        client.headers["authorization"] = f"Bearer {right['token']}"
        made = client.post(f"/devices/{GATE}/bookmarks", json={"name": "A", "durationMs": 1}).json()
        missing = client.post(f"/devices/{GATE}/bookmarks", json={"name": "A"})
        gone = client.delete(f"/devices/*/bookmarks/{made['id']}")

        assert wrong.status_code == wrong_password
        assert (stranger.status_code, stranger.headers["x-auth-result"]) == (wrong_token, "Auth_WrongSessionToken")
        assert len(made["id"].split("_")) == id_parts
        assert ("description" in made) is (id_parts == 2)
        assert (missing.status_code, missing.json()["errorId"]) == (422, "missingParameter")
        assert (gone.status_code, nx.state.bookmarks) == (200, [])


def test_too_many_wrong_passwords_lock_the_user_out() -> None:
    with NxServer("v3") as nx, httpx.Client(trust_env=False) as client:
        said = [{"username": "anpr", "password": password} for password in (*["no"] * 5, "pw")]
        statuses = [client.post(f"{nx.url}/rest/v3/login/sessions", json=one).status_code for one in said]

    assert statuses == [422] * 5 + [403]


def test_it_runs_as_a_process_and_logs_each_request(tmp_path: Path, until: Callable[..., None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = tmp_path / "requests.jsonl"
    given = ["--profile", "v4", "--port", str(port), "--log", str(log), "--https", "--status", "503"]
    process = subprocess.Popen([sys.executable, "-m", "simulators.nx_server", *given])
    try:
        with httpx.Client(verify=False, trust_env=False) as client:

            def answers() -> int:
                try:
                    return client.get(f"https://127.0.0.1:{port}/rest/v4/site/info").status_code
                except httpx.ConnectError:
                    return 0

            seen: list[int] = []
            until(lambda: seen.append(answers()) or 200 in seen, "the server answers", 60.0)  # type: ignore[func-returns-value]
    finally:
        process.terminate()
        assert process.wait(20) == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["target"], line["status"]) for line in lines] == [
        ("/rest/v4/site/info", 503),
        ("/rest/v4/site/info", 200),
    ]
