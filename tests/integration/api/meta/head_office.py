"""A site that is the Meta server of others, and what those ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from httpx2 import Response

from tests.integration.api.gateway import Api

SITES = "/api/v1/meta/sites"
Json = dict[str, Any]


@dataclass
class Member:
    """A site with its connection key."""

    api: Api
    id: str
    key: str

    def ask(self, method: str, path: str, **more: Any) -> Response:
        headers = {"Authorization": f"Bearer {self.key}"} | more.pop("headers", {})
        return self.api.stranger.request(method, f"/api/v1/meta/{path}", headers=headers, **more)

    def register(self, *sources: Json) -> Response:
        return self.ask("PUT", "registration", json={"protocol": 1, "software": "Test", "sources": list(sources)})

    def beat(self, sent_at: str, *sources: Json, **more: Any) -> Response:
        return self.ask("POST", "heartbeat", json={"sent_at": sent_at, "sources": list(sources), **more})

    def shown(self) -> Json:
        found: Json = self.api.client.get(f"{SITES}/{self.id}").json()
        return found


def a_source(identity: str = "CAM_1", name: str = "Gate", **more: Any) -> Json:
    return {"id": identity, "name": name, **more}


def a_member(api: Api, name: str = "North", **more: Any) -> Member:
    made = api.client.post(SITES, json={"name": name, **more})
    assert made.status_code == 201, made.text
    return Member(api, made.json()["id"], made.json()["connection_key"])


def cameras(api: Api) -> dict[str, Json]:
    return {one["name"]: one for one in api.client.get("/api/v1/cameras").json()["cameras"]}
