"""Cameras: masks, status, and pictures posted to them."""

from __future__ import annotations

from uuid import UUID

import pytest

from shared.db.session import transaction
from shared.db.tables import Camera
from shared.secrets import MASK, Vault
from shared.status import CameraState, CameraStatus, report_camera
from tests.integration.api.gateway import JPEG, RTSP, Api, add_camera


def stored_source(api: Api, camera_id: object) -> dict[str, object]:
    vault = Vault(api.site.settings.secret_key.get_secret_value())
    with transaction(api.site.engine) as session:
        row = session.get(Camera, UUID(str(camera_id)))
        assert row is not None
        assert b"hunter2" not in row.source
        return vault.open(row.source)


def test_a_camera_shows_its_password_only_as_a_mask_and_keeps_it_when_the_mask_comes_back(api: Api) -> None:
    camera = add_camera(api)
    assert "hunter2" not in str(camera)
    assert camera["source"]["url"] == RTSP.replace("hunter2", MASK)  # type: ignore[index]
    change = {"source": camera["source"], "settings": {"rate": 3}}
    changed = api.client.patch(f"/api/v1/cameras/{camera['id']}", json=change).json()
    assert (changed["revision"], changed["settings"]["rate"]) == (2, 3)
    assert stored_source(api, camera["id"])["url"] == RTSP


def test_a_mask_does_not_take_the_password_to_another_host(api: Api) -> None:
    camera = add_camera(api)
    moved = {"source": {"kind": "rtsp", "url": f"rtsp://admin:{MASK}@10.9.9.9/stream1"}}
    answer = api.client.patch(f"/api/v1/cameras/{camera['id']}", json=moved)
    assert (answer.status_code, answer.json()["field"]) == (422, "source.url")
    assert stored_source(api, camera["id"])["url"] == RTSP


def test_a_camera_tells_how_it_is_doing_and_can_be_taken_away(api: Api) -> None:
    camera = add_camera(api)
    address = f"/api/v1/cameras/{camera['id']}"
    assert api.client.get(address).json()["status"]["state"] == "silent"
    report_camera(api.site.events, UUID(str(camera["id"])), CameraStatus(state=CameraState.RUNNING, fps=12.5))
    assert api.client.get("/api/v1/cameras").json()["cameras"][0]["status"]["fps"] == 12.5
    assert api.client.delete(address).status_code == 204
    assert api.client.get(address).status_code == 404


@pytest.mark.parametrize("form", [False, True])
def test_a_picture_posted_to_an_upload_camera_lies_whole_in_its_folder(api: Api, form: bool) -> None:
    camera = add_camera(api, "Inbox", kind="upload")
    sent = {"files": {"file": ("gate.jpg", JPEG)}} if form else {"content": JPEG}
    answer = api.client.post(f"/api/v1/cameras/{camera['id']}/pictures", **sent)
    assert answer.status_code == 202
    folder = api.site.settings.uploads_dir / str(camera["id"])
    assert [path.name for path in folder.iterdir()] == [answer.json()["name"]]
    assert (folder / answer.json()["name"]).read_bytes() == JPEG


def test_a_camera_of_another_kind_takes_no_pictures(api: Api) -> None:
    camera = add_camera(api, "Gate", kind="demo")
    answer = api.client.post(f"/api/v1/cameras/{camera['id']}/pictures", content=JPEG)
    assert (answer.status_code, answer.json()["error"]) == (409, "conflict")
