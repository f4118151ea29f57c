"""Secrets that were given to a running site, used and mistyped, stand in no log and no file of it."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared.clock import now
from shared.totp import STEP, code_at
from tests.e2e.running_site import ADMIN_PASSWORD, RunningSite
from tests.e2e.site_client import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CAMERA, CAMERA_QUERY = "Cam-s3cret-9f1", "Query-s3cret-7b2"
BASIC, TOKEN = "Basic-s3cret-4c8", "Token-s3cret-2d5"
MISTYPED, PERSON, DEVICE = "mistyped-s3cret-77", "three quiet s3cret tractors", "four loud s3cret barges"
IN_BROWSER = {"X-Platewire": "1"}


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Where nobody listens while the test runs."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        yield port


def test_no_secret_is_written_anywhere(running: RunningSite, closed_port: int) -> None:
    key = str(running.api.headers["Authorization"]).removeprefix("Bearer ")
    planted = {"admin password": ADMIN_PASSWORD, "API key": key, "mistyped": MISTYPED}
    planted |= _cameras(running, closed_port) | _destinations(running, closed_port)
    planted |= _person(running) | _device(running) | _new_key(running)
    assert len(set(planted.values())) == len(planted) >= 12
    # The end: what was asked last is in the log, or would be.
    running.post("/lists", {"name": "the end"})
    looked_at, found = _written(running.data_dir, planted)
    assert found == []
    # What each service logged was among it, and the search finds what is there.
    assert {"capture.log", "api.log", "up.out"} <= {file.name for file in looked_at}
    assert _written(running.data_dir, {"a name": "A camera that is not there"})[1]


def _cameras(site: RunningSite, port: int) -> dict[str, str]:
    """Cameras that cannot be reached: what capture says of them is where a URL would stand."""
    sources = {
        "A camera that is not there": {"kind": "rtsp", "url": f"rtsp://gate:{CAMERA}@127.0.0.1:{port}/live"},
        "Another that is not there": {"kind": "mjpeg", "url": f"http://127.0.0.1:{port}/video?pwd={CAMERA_QUERY}"},
    }
    for name, source in sources.items():
        site.post("/cameras", {"name": name, "source": source})
    for name in sources:
        wait_for(lambda name=name: site.state_of(name) == "waiting", 90, f"{name} does not wait")  # type: ignore[misc]
    return {"camera": CAMERA, "camera's query": CAMERA_QUERY}


def _destinations(site: RunningSite, port: int) -> dict[str, str]:
    """Destinations that cannot be reached, tried by the button."""
    url = f"http://127.0.0.1:{port}/in"
    logins = {
        "basic": {"auth": "basic", "user": "gate", "password": BASIC},
        "bearer": {"auth": "bearer", "token": TOKEN},
    }
    for name, login in logins.items():
        body = {"name": f"Secret {name}", "kind": "json_http", "settings": {"url": url, **login}}
        made = site.post("/destinations", body)
        assert site.post(f"/destinations/{made['id']}/test", {})["ok"] is False
    in_header = base64.b64encode(f"gate:{BASIC}".encode()).decode()
    return {"destination's password": BASIC, "as Basic": in_header, "destination's token": TOKEN}


def _person(site: RunningSite) -> dict[str, str]:
    """Somebody who mistypes a password, signs in, and switches a second factor on."""
    site.post("/users", {"name": "olena", "password": PERSON})
    with httpx.Client(base_url=site.api.base_url, headers=IN_BROWSER, timeout=30) as browser:
        _sign_in(browser, MISTYPED, 401)
        _sign_in(browser, PERSON, 200)
        cookie = browser.cookies["platewire"]
        begun = browser.post("/api/v1/session/second-factor", json={"password": PERSON}).raise_for_status().json()
        code = code_at(begun["secret"], int(now().timestamp()) // STEP)
        confirmed = browser.post("/api/v1/session/second-factor/confirm", json={"code": code}).raise_for_status()
    recovery = confirmed.json()["recovery_codes"][0]
    return {"person": PERSON, "cookie": cookie, "TOTP secret": begun["secret"], "recovery code": recovery}


def _sign_in(browser: httpx.Client, password: str, status: int) -> None:
    """Waits out the second that a try before takes."""

    def answered() -> int:
        return browser.post("/api/v1/session", json={"name": "olena", "password": password}).status_code

    assert wait_for(lambda: found if (found := answered()) != 429 else None, 60, "no try is let through") == status


def _device(site: RunningSite) -> dict[str, str]:
    """A device that signs in by Basic and Digest, rightly and wrongly."""
    site.post("/users", {"name": "lpr-device", "password": DEVICE, "role": "operator"})
    site.prompt("user", "device", "lpr-device", typed=f"{DEVICE}\n")
    address = site.api.base_url.join("/webapi?command=LIST&list=white")
    # The mistyped one comes last: who mistypes must wait a second.
    logins: list[tuple[httpx.Auth, int]] = [
        (httpx.BasicAuth("lpr-device", DEVICE), 200),
        (httpx.DigestAuth("lpr-device", DEVICE), 200),
        (httpx.DigestAuth("lpr-device", MISTYPED), 401),
    ]
    for login, status in logins:
        answer = httpx.get(address, auth=login, timeout=30)
        assert answer.status_code == status, answer.text
    return {"device": DEVICE}


def _new_key(site: RunningSite) -> dict[str, str]:
    """A key whose answer is kept for a repeat."""
    headers, body = {"Idempotency-Key": "e2e-1"}, {"name": "once", "scopes": ["events:read"]}
    answers = [site.api.post("/api/v1/api-keys", json=body, headers=headers).raise_for_status() for _ in range(2)]
    assert answers[1].headers["idempotency-replayed"] == "true"
    made: str = answers[0].json()["key"]
    assert site.api.get("/api/v1/events", headers={"Authorization": f"Bearer {made}"}).status_code == 200
    return {"new key": made}


def _written(folder: Path, planted: dict[str, str]) -> tuple[list[Path], list[tuple[str, str]]]:
    """The files that were looked at, databases too, and which of them holds which secret."""
    needles = {name: secret.encode() for name, secret in planted.items()}
    looked_at, found = [], []
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or file.is_socket():
            continue
        try:
            content = file.read_bytes()
        except OSError:
            continue  # it was taken away meanwhile, as databases do with theirs
        looked_at.append(file)
        found += [(str(file.relative_to(folder)), name) for name, secret in needles.items() if secret in content]
    return looked_at, found
