"""Bad input: one clear sentence with the right status, and nothing half done."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from httpx2 import Response

from tests.integration.api.gateway import Api

UNKNOWN = "00000000-0000-0000-0000-00000000000a"
JPEG = cv2.imencode(".jpg", np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8))[1].tobytes()


def png_of(width: int, height: int) -> bytes:
    """A small file that claims to be a large picture of nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\0" * 1000)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def one_sentence(answer: Response, status: int) -> str:
    """The detail of an answer in the shape of all errors."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error", "detail", "field"}
    assert "Traceback" not in body["detail"]
    assert "\n" not in body["detail"]
    assert 10 < len(body["detail"]) < 200
    detail: str = body["detail"]
    return detail


def upload_camera(api: Api) -> str:
    made = api.client.post("/api/v1/cameras", json={"name": "Inbox", "source": {"kind": "upload"}})
    assert made.status_code == 201, made.text
    camera_id: str = made.json()["id"]
    return camera_id


def to_read(_api: Api) -> str:
    return "/api/v1/read"


def to_camera(api: Api) -> str:
    return f"/api/v1/cameras/{upload_camera(api)}/pictures"


@pytest.mark.parametrize("address", [to_read, to_camera])
@pytest.mark.parametrize(
    ("picture", "status", "words"),
    [
        (b"this is not a picture at all", 422, "not"),
        (JPEG[: len(JPEG) // 2], 422, "cut"),
        (png_of(10_000, 10_000), 422, "10000 x 10000"),
        (b"", 422, "no picture"),
        (b"\xff\xd8\xff" + bytes(11 * 1024 * 1024), 413, "larger"),
    ],
    ids=["no picture", "cut short", "100 megapixels", "nothing", "11 MB"],
)
def test_what_is_no_usable_picture_is_refused_and_leaves_no_trace(
    api: Api, address: Callable[[Api], str], picture: bytes, status: int, words: str
) -> None:
    answer = api.client.post(address(api), content=picture, headers={"Content-Type": "image/jpeg"})
    assert words in one_sentence(answer, status)
    uploads: Path = api.site.settings.uploads_dir
    assert not list(uploads.rglob("*.*"))
    assert api.site.frames.dbsize() == 0


def test_a_large_body_is_refused_while_it_is_read(api: Api) -> None:
    def endless() -> object:
        for _ in range(200):
            yield b"x" * 65_536

    answer = api.client.post("/api/v1/read", content=endless())  # type: ignore[arg-type]
    one_sentence(answer, 413)


def test_two_megabytes_of_json_are_too_many(api: Api) -> None:
    answer = api.client.post("/api/v1/lists", json={"name": "x" * 2_000_000})
    one_sentence(answer, 413)


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_an_unknown_camera_is_not_found(api: Api, method: str) -> None:
    body: dict[str, bool] | None = {"enabled": False} if method == "patch" else None
    answer = api.client.request(method, f"/api/v1/cameras/{UNKNOWN}", json=body)
    assert one_sentence(answer, 404) == f"There is no camera {UNKNOWN}"


def test_a_camera_id_that_is_none_names_the_field(api: Api) -> None:
    answer = api.client.get("/api/v1/cameras/seven")
    one_sentence(answer, 422)
    assert answer.json()["field"] == "camera_id"


def test_a_picture_for_an_unknown_camera_is_not_found(api: Api) -> None:
    one_sentence(api.client.post(f"/api/v1/cameras/{UNKNOWN}/pictures", content=JPEG), 404)
    assert not list(api.site.settings.uploads_dir.rglob("*"))


@pytest.mark.parametrize(
    ("plate", "words"),
    [
        ("A" * 200, "this one has 200"),
        ("AA\x0012", "control characters"),
        ("AA\n12", "control characters"),
        ("AA\x1b[31m", "control characters"),
        ("??", "at least one letter"),
        ("A", "2 to 16"),
        ("AA%11", "not %"),
    ],
)
def test_a_bad_list_entry_is_refused_with_its_reason(api: Api, plate: str, words: str) -> None:
    answer = api.client.post("/api/v1/lists/white/entries", json={"plate": plate})
    assert words in one_sentence(answer, 422)
    assert answer.json()["field"] == "plate"
    assert api.client.get("/api/v1/lists/white/entries").json()["entries"] == []


@pytest.mark.parametrize("body", [b"{", b'{"name": }', b"name=x", b"\xff\xfe", b'{"name": "x"} trailing'])
def test_malformed_json_is_a_bad_request(api: Api, body: bytes) -> None:
    answer = api.client.post("/api/v1/lists", content=body, headers={"Content-Type": "application/json"})
    one_sentence(answer, 400)
    assert answer.json()["error"] == "malformed"


def test_json_of_the_wrong_shape_names_the_field(api: Api) -> None:
    answer = api.client.post("/api/v1/cameras", json={"name": "Gate", "source": {"kind": "rtsp"}})
    assert one_sentence(answer, 422) == "source.url is missing"
    assert answer.json()["field"] == "source.url"
    bodies: tuple[object, ...] = ([], "text", {"name": "x", "surprise": 1}, {"name": "a\x00b"}, {"name": "  "})
    for body in bodies:
        one_sentence(api.client.post("/api/v1/lists", json=body), 422)


def test_a_wrong_source_never_quotes_its_password(api: Api) -> None:
    body = {"name": "Gate", "source": {"kind": "rtsp", "url": "ftp://admin:hunter2@10.0.0.5/x"}}
    answer = api.client.post("/api/v1/cameras", json=body)
    assert "rtsp://" in one_sentence(answer, 422)
    assert "hunter2" not in answer.text


def test_a_name_can_be_taken_only_once(api: Api) -> None:
    bodies: dict[str, dict[str, object]] = {
        "/api/v1/cameras": {"name": "Gate", "source": {"kind": "upload"}},
        "/api/v1/lists": {"name": "Staff"},
        "/api/v1/destinations": {"name": "Cloud", "kind": "json_http", "settings": {"url": "http://cloud/in"}},
    }
    for address, body in bodies.items():
        assert api.client.post(address, json=body).status_code == 201
        answer = api.client.post(address, json=body)
        assert f"already a {address.rpartition('/')[2][:-1]} {body['name']}" in one_sentence(answer, 409)
        key = address.rpartition("/")[2]
        names = [row["name"] for row in api.client.get(address).json()[key]]
        assert names.count(str(body["name"])) == 1


def test_a_camera_cannot_be_renamed_to_a_name_that_is_taken(api: Api) -> None:
    first = upload_camera(api)
    api.client.post("/api/v1/cameras", json={"name": "Gate", "source": {"kind": "demo"}})
    change = {"name": "Gate", "enabled": False}
    one_sentence(api.client.patch(f"/api/v1/cameras/{first}", json=change), 409)
    unchanged = api.client.get(f"/api/v1/cameras/{first}").json()
    assert (unchanged["name"], unchanged["enabled"], unchanged["revision"]) == ("Inbox", True, 1)


def test_bytes_that_no_text_can_hold_are_refused_everywhere(api: Api) -> None:
    one_sentence(api.client.get("/api/v1/lists/a%00b/entries"), 422)
    one_sentence(api.client.get("/api/v1/events", params={"list": "a\x00b"}), 422)


def test_an_address_or_method_that_is_not_there_gets_the_same_shape(api: Api) -> None:
    one_sentence(api.client.get("/api/v1/nothing"), 404)
    one_sentence(api.client.put("/api/v1/events"), 405)
    one_sentence(api.client.get("/pages/..%2f..%2fapp.py"), 404)


def test_a_fault_of_ours_shows_no_stack_trace(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("services.api.lists.queries.all_lists", broken)
    api.client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    answer = api.client.get("/api/v1/lists")
    one_sentence(answer, 500)
    assert "secret detail" not in answer.text
