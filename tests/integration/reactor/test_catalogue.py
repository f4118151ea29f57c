"""What integrations are told of a camera."""

from __future__ import annotations

import logging

import pytest

from services.reactor.catalogue import Catalogue
from shared.db.session import transaction
from shared.db.tables import Camera, MetaSite, MetaSource
from shared.secrets import Vault
from shared.testing import Site


def test_a_card_has_the_cameras_address_and_nothing_else_of_its_source(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    vault = Vault(site.settings.secret_key.get_secret_value())
    url = "rtsp://admin:s3cret-word@10.0.0.5:554/stream1"
    sources = {
        "Gate": vault.seal({"kind": "rtsp", "url": url}),
        "Clip": vault.seal({"kind": "file", "path": "/clip.mp4"}),
        "Odd": vault.seal({"kind": "rtsp", "url": url.replace("rtsp", "gopher")}),
        "Broken": b"sealed with another key",
    }
    with transaction(site.engine) as session:
        session.add_all(Camera(name=name, kind="rtsp", source=sealed) for name, sealed in sources.items())

    catalogue = Catalogue(vault)
    with caplog.at_level(logging.DEBUG), transaction(site.engine) as session:
        catalogue.refresh(session)

    cards = {known.card.name: known.card for known in catalogue.cameras.values()}
    assert {name: card.address for name, card in cards.items()} == {
        "Gate": "10.0.0.5",
        "Clip": "",
        "Odd": "",
        "Broken": "",
    }
    assert "s3cret-word" not in f"{cards}{caplog.text}"


def test_a_camera_that_moved_has_its_new_address(site: Site) -> None:
    vault = Vault(site.settings.secret_key.get_secret_value())
    with transaction(site.engine) as session:
        session.add(Camera(name="Gate", kind="mjpeg", source=vault.seal({"kind": "mjpeg", "url": "http://10.0.0.5/"})))
    catalogue = Catalogue(vault)
    with transaction(site.engine) as session:
        catalogue.refresh(session)
        row = session.query(Camera).one()
        row.source = vault.seal({"kind": "mjpeg", "url": "http://10.0.0.6/"})
    with transaction(site.engine) as session:
        catalogue.refresh(session)

    assert [known.card.address for known in catalogue.cameras.values()] == ["10.0.0.6"]


def test_a_card_names_the_site_whose_camera_it_is(site: Site) -> None:
    with transaction(site.engine) as session:
        ours, theirs = [Camera(name=name, kind="push", source=b"") for name in ("Gate", "South / Gate")]
        south = MetaSite(name="South")
        session.add_all([ours, theirs, south])
        session.flush()
        session.add(MetaSource(site_id=south.id, source="S-1", camera_id=theirs.id, name="Gate"))
    catalogue = Catalogue()
    with transaction(site.engine) as session:
        catalogue.refresh(session)
    assert {known.card.name: known.card.site for known in catalogue.cameras.values()} == {
        "Gate": "",
        "South / Gate": "South",
    }
