"""What a camera sees now, for people who look."""

from __future__ import annotations

from uuid import UUID

from shared import views
from shared.clock import now
from tests.integration.api.gateway import JPEG, Api, add_camera


def test_looking_wishes_for_pictures_and_the_newest_is_sent_once(api: Api) -> None:
    camera_id = UUID(str(add_camera(api)["id"]))
    address = f"/api/v1/cameras/{camera_id}/picture.jpg"
    assert not views.is_wanted(api.site.frames, camera_id)
    assert api.client.get(address).status_code == 204
    assert views.is_wanted(api.site.frames, camera_id)
    moment = now()
    views.show(api.site.frames, camera_id, views.View(moment, JPEG))
    answer = api.client.get(address)
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "image/jpeg", JPEG)
    assert answer.headers["etag"] == f'"{moment.isoformat()}"'
    again = api.client.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_who_may_not_see_a_camera_does_not_learn_that_it_is_there(api: Api) -> None:
    camera = add_camera(api)
    address = f"/api/v1/cameras/{camera['id']}/picture.jpg"
    assert api.stranger.get(address, headers=api.as_key("cameras:read")).status_code == 403
    limited = {"name": "yard", "scopes": ["cameras:read", "events:read"], "cameras": [str(UUID(int=7))]}
    other = api.client.post("/api/v1/cameras", json={"name": "Yard", "source": {"kind": "demo"}}).json()
    made = api.client.post("/api/v1/api-keys", json=limited | {"cameras": [other["id"]]})
    assert made.status_code == 201, made.text
    key = {"Authorization": f"Bearer {made.json()['key']}"}
    assert api.stranger.get(address, headers=key).status_code == 404
    assert api.stranger.get(f"/api/v1/cameras/{other['id']}/picture.jpg", headers=key).status_code == 204
