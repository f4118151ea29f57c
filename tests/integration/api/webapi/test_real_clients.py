"""Real clients over a real socket: curl, httpx, and what a hostile one sends."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from services.api.__main__ import server_config
from services.api.app import create_app
from tests.integration.api.gateway import PASSWORD, Api, an_event
from tests.integration.api.webapi.asking import DEVICE

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture
def address(api: Api) -> Iterator[str]:
    """The site's application behind the web server that it runs on."""
    server = uvicorn.Server(server_config(create_app(api.site.settings), "127.0.0.1", 0))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(30)


def curl(*options: str) -> tuple[int, bytes]:
    """Status and body."""
    command = ["curl", "--silent", "--max-time", "30", "--noproxy", "*", "--write-out", "\n%{http_code}", *options]
    said = subprocess.run(command, capture_output=True, timeout=60, check=True).stdout
    body, _, status = said.rpartition(b"\n")
    return int(status), body


@needs_curl
@pytest.mark.parametrize(
    "way",
    [
        ["--basic", "--user", f"admin:{PASSWORD}"],
        ["--digest", "--user", f"{DEVICE}:{PASSWORD}"],
        ["--anyauth", "--user", f"{DEVICE}:{PASSWORD}"],
    ],
    ids=["basic", "digest", "anyauth"],
)
def test_curl_uses_every_command_with_every_authentication(address: str, api: Api, way: list[str]) -> None:
    api.store(an_event("AB12"))
    asked = [
        ("GET", "/webapi?command=SEARCH&text=AB&mode=prefix"),
        ("GET", "/webapi?command=EXPORT"),
        ("GET", "/webapi?command=IMPORT&list=black&plates=AA11,BB22"),
        ("POST", "/webapi/add?list=white&plate=%D0%90%D0%9011"),
        ("GET", "/webapi?command=REMOVE&list=white&plate=AA11"),
        ("GET", "/webapi/list?list=black&format=text"),
        ("GET", "/webapi/settings"),
    ]
    for method, path in asked:
        status, body = curl(*way, "--request", method, address + path)
        assert status == 200, (path, body)
    assert curl(*way, f"{address}/webapi/list?list=black&format=text")[1] == b"AA11\nBB22\n"
    wrong = [*way[:-1], f"{DEVICE}:wrong password"]
    assert curl(*wrong, f"{address}/webapi/list?list=black")[0] == 401


@needs_curl
def test_curl_uploads_a_spreadsheets_csv_with_a_device_account(address: str, tmp_path: Path) -> None:
    file = tmp_path / "plates.csv"
    # As spreadsheets of half of Europe write it: byte order mark, semicolons, CRLF.
    file.write_bytes("\ufeffLicense Plate;Description\r\nAA 1234 BB;Wolf\r\n".encode())
    way = ["--digest", "--user", f"{DEVICE}:{PASSWORD}"]
    status, body = curl(
        *way, "--form", "list=black", "--form", f"file=@{file};type=text/csv", f"{address}/webapi/import"
    )
    assert (status, json.loads(body)["added"]) == (200, 1)
    status, body = curl(
        *way, "--data-binary", f"@{file}", "--header", "Content-Type: text/csv", f"{address}/webapi/import?list=black"
    )
    assert (status, json.loads(body)["already"]) == (200, 1)


@needs_curl
def test_curl_uses_a_key(address: str, api: Api) -> None:
    header = api.as_key("lists:write")["Authorization"]
    status, body = curl(
        "--header",
        f"Authorization: {header}",
        "--json",
        '{"list": "black", "plates": ["AA11"]}',
        f"{address}/webapi/import",
    )
    assert (status, json.loads(body)["added"]) == (200, 1)


@pytest.mark.parametrize("auth", [httpx.DigestAuth(DEVICE, PASSWORD), httpx.BasicAuth("admin", PASSWORD)])
def test_httpx_signs_in_and_goes_on_with_one_nonce(address: str, auth: httpx.Auth) -> None:
    with httpx.Client(base_url=address, auth=auth, trust_env=False, timeout=30) as client:
        answers = [client.get("/webapi/list", params={"list": "black", "format": "json"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert all(not answer.history for answer in answers[1:])


def test_two_thousand_plates_fit_into_a_query(address: str, api: Api) -> None:
    plates = ",".join(f"АВ{number:05}СЕ" for number in range(2000))
    auth = httpx.DigestAuth(DEVICE, PASSWORD)
    with httpx.Client(base_url=address, auth=auth, trust_env=False, timeout=30) as client:
        answer = client.get("/webapi", params={"command": "IMPORT", "list": "black", "plates": plates})
    assert (answer.status_code, answer.json()["added"]) == (200, 2000)


def exchange(address: str, request: bytes) -> bytes:
    """What a server says to these bytes until it closes the connection."""
    host, _, port = address.removeprefix("http://").partition(":")
    said = b""
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(request)
        while part := connection.recv(65536):
            said += part
    return said


def head(api: Api) -> str:
    """The first lines of an import."""
    lines = (
        "POST /webapi/import?list=black HTTP/1.1",
        "Host: x",
        "Connection: close",
        f"Authorization: Bearer {api.key}",
    )
    return "".join(f"{line}\r\n" for line in lines)


def test_two_gigabytes_are_refused_before_they_are_sent(address: str, api: Api) -> None:
    said = exchange(address, f"{head(api)}Content-Length: 2147483648\r\n\r\nAA11".encode())
    assert said.startswith(b"HTTP/1.1 413")
    assert json.loads(said.partition(b"\r\n\r\n")[2])["error"] == "too_large"


def test_an_endless_upload_is_cut_off(address: str, api: Api) -> None:
    chunk = b"10000\r\n" + b"AA11,..." * 8192 + b"\r\n"
    said = exchange(address, f"{head(api)}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 17)
    assert b"413" in said.partition(b"\r\n")[0]
