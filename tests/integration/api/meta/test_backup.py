"""A server that comes back from a backup knows its sites, their keys and their cameras."""

from __future__ import annotations

import io

import pytest

from shared.backup import container
from shared.backup.plan import Mode
from shared.backup.restore import Source, back_up, preview, restore
from shared.secrets import Vault
from tests.integration.api.gateway import Api
from tests.integration.api.meta.head_office import SITES, a_member, a_source, cameras

PHRASE = "four words are enough"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deriving a key costs as little as it may."""
    monkeypatch.setattr(container, "MEMORY_KIB", 32)
    monkeypatch.setattr(container, "PASSES", 1)


def test_a_restored_site_goes_on_with_its_key_and_the_same_cameras(api: Api) -> None:
    north = a_member(api, lists=["white"])
    north.register(a_source("A"), a_source("B", "Yard"))
    before = {name: one["id"] for name, one in cameras(api).items()}
    engine, vault = api.site.engine, Vault(api.site.settings.secret_key.get_secret_value())
    source = Source(io.BytesIO(b"".join(back_up(engine, vault, PHRASE, "test"))), PHRASE, Mode.REPLACE)

    api.client.delete(f"{SITES}/{north.id}")
    for camera in before.values():
        api.client.delete(f"/api/v1/cameras/{camera}")
    restore(engine, vault, source, preview(engine, vault, source).plan.digest, "test")

    assert north.register(a_source("A"), a_source("B", "Yard")).status_code == 200
    assert {name: one["id"] for name, one in cameras(api).items()} == before
    assert (north.shown()["lists"], len(north.shown()["sources"])) == (["white"], 2)
