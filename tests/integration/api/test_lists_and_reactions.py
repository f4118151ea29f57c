"""Lists, their entries, and the reactions that name them."""

from __future__ import annotations

from uuid import uuid4

from tests.integration.api.gateway import Api, add_camera


def test_a_list_holds_entries_until_they_are_taken_off(api: Api) -> None:
    assert api.client.post("/api/v1/lists", json={"name": "Staff"}).status_code == 201
    entry = {"plate": "аа 12-34 bb", "note": "till Friday", "valid_to": "2027-01-01T00:00:00Z"}
    first = api.client.post("/api/v1/lists/Staff/entries", json=entry)
    assert (first.status_code, first.json()) == (201, {"list": "Staff", "plate": "AA1234BB", "added": True})
    again = api.client.post("/api/v1/lists/Staff/entries", json={"plate": "AA1234BB"})
    assert (again.status_code, again.json()["added"]) == (200, False)
    api.client.post("/api/v1/lists/Staff/entries", json={"plate": "KA*"})
    page = api.client.get("/api/v1/lists/Staff/entries?limit=1").json()
    assert [(row["plate"], row["note"]) for row in page["entries"]] == [("AA1234BB", "till Friday")]
    rest = api.client.get("/api/v1/lists/Staff/entries", params={"cursor": page["next"]}).json()
    assert [row["plate"] for row in rest["entries"]] == ["KA*"]
    assert rest["next"] is None
    staff = {"name": "Staff", "kind": "named", "match": "strict", "colour": "", "entries": 2, "managed_by": ""}
    assert staff in api.client.get("/api/v1/lists").json()["lists"]
    assert api.client.delete("/api/v1/lists/Staff/entries/aa-1234-bb").status_code == 204
    gone = api.client.delete("/api/v1/lists/Staff/entries/AA1234BB")
    assert (gone.status_code, gone.json()["error"]) == (404, "not_listed")
    assert api.client.delete("/api/v1/lists/Staff").status_code == 204
    assert api.client.get("/api/v1/lists/Staff/entries").status_code == 404


def test_black_white_and_words_of_rules_stay_what_they_are(api: Api) -> None:
    assert api.client.delete("/api/v1/lists/black").status_code == 409
    assert api.client.post("/api/v1/lists", json={"name": "white"}).status_code == 409
    assert api.client.post("/api/v1/lists", json={"name": "Any"}).status_code == 422
    entry = {"plate": "AA1", "valid_from": "2027-01-02T00:00:00Z", "valid_to": "2027-01-01T00:00:00Z"}
    assert api.client.post("/api/v1/lists/white/entries", json=entry).json()["field"] == "valid_to"


def test_a_reaction_names_a_list_a_destination_and_cameras_that_exist(api: Api) -> None:
    api.client.post("/api/v1/lists", json={"name": "Staff"})
    camera, destination = add_camera(api), str(api.destination())
    settings: dict[str, object] = {"list": "Staff", "cameras": [camera["id"]], "min_confidence": 0.8}
    body = {"name": "Staff to the cloud", "settings": settings, "destination_id": destination}
    made = api.client.post("/api/v1/reactions", json=body)
    assert made.status_code == 201, made.text
    address = f"/api/v1/reactions/{made.json()['id']}"
    assert api.client.get(address).json()["settings"]["lists"] == ["Staff"]
    assert api.client.post("/api/v1/reactions", json=body).status_code == 409
    assert api.client.delete("/api/v1/lists/Staff").status_code == 409
    wrong: list[tuple[dict[str, object], str]] = [
        ({"settings": {"lists": ["any", "Ghosts"]}}, "settings.lists"),
        ({"settings": {"zones": [0]}}, "settings.zones.0"),
        ({"settings": {"cool_down": 86_401}}, "settings.cool_down"),
        ({"settings": {"schedule": {"periods": []}}}, "settings.schedule.periods"),
        ({"settings": {"cameras": [str(uuid4())]}}, "settings.cameras"),
        ({"settings": {"min_confidence": 2}}, "settings.min_confidence"),
        ({"destination_id": str(uuid4())}, "destination_id"),
    ]
    for change, field in wrong:
        answer = api.client.patch(address, json=change)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert api.client.patch(address, json={"enabled": False}).json()["enabled"] is False
    assert api.client.delete(address).status_code == 204
    assert api.client.get("/api/v1/reactions").json()["reactions"] == []
