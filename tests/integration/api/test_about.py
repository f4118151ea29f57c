"""What a site says of itself: its version, its networks, and the packages that it is built of."""

from __future__ import annotations

import hashlib
from importlib.metadata import version

import models
from tests.integration.api.gateway import Api

ADDRESS = "/api/v1/about"


def test_it_tells_version_networks_and_packages_with_their_licences(api: Api) -> None:
    told = api.client.get(ADDRESS).json()
    assert (told["version"], told["licence"]) == (version("platewire"), "Apache-2.0")
    networks = {one["name"]: one for one in told["models"]}
    assert set(networks) == {"plate-detector.onnx", "plate-reader.onnx"}
    for name, one in networks.items():
        content = (models.FOLDER / name).read_bytes()
        assert (one["sha256"], one["bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
        assert one["licence"] == "Apache-2.0"
        assert one["words"].endswith(".")
    packages = {one["name"].lower(): one for one in told["packages"]}
    assert packages["sqlalchemy"] == {"name": "SQLAlchemy", "version": version("sqlalchemy"), "licence": "MIT"}
    assert "platewire" not in packages
    assert len(packages) == len(told["packages"]) > 20


def test_everybody_who_is_known_may_ask_and_nobody_else(api: Api) -> None:
    key = api.client.post("/api/v1/api-keys", json={"name": "pusher", "scopes": ["events:push"]}).json()["key"]
    assert api.stranger.get(ADDRESS, headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert api.stranger.get(ADDRESS).status_code == 401
