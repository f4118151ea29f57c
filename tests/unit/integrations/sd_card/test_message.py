"""The names and documents of an event on a card."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from services.integrations.sd_card.card import check_place
from services.integrations.sd_card.message import build
from services.integrations.sd_card.settings import Settings
from shared.errors import Reject
from shared.messages import Event
from tests.simulators.sample_delivery import a_delivery


def test_files_are_named_by_the_cameras_clock_the_plate_and_the_event() -> None:
    files = build(a_delivery(), b"frame", b"crop")

    assert files.hour == "2018-12-12/16"
    assert files.document_name == "163419_19ZFZL_7c1c8f0e0000.json"
    assert set(files.pictures) == {"163419_19ZFZL_7c1c8f0e0000.jpg", "163419_19ZFZL_7c1c8f0e0000_plate.jpg"}


@pytest.mark.parametrize(("plate", "part"), [("../../x", "X"), ("АБ<&>\r\n1", "AB1"), ("", "unread")])
def test_no_plate_can_lead_out_of_the_folder(plate: str, part: str) -> None:
    assert build(a_delivery(plate=plate), None, None).document_name == f"163419_{part}_7c1c8f0e0000.json"


def test_the_document_tells_all_of_the_event_and_proves_its_pictures() -> None:
    delivery = a_delivery()
    files = build(delivery, b"frame", None)
    document: dict[str, Any] = json.loads(files.document)

    assert Event.model_validate(document["event"]) == delivery.event
    assert document["local_time"] == "2018-12-12T16:34:19+02:00"
    picture = {"file": "163419_19ZFZL_7c1c8f0e0000.jpg", "sha256": hashlib.sha256(b"frame").hexdigest()}
    assert document["pictures"] == {"frame": picture}


def test_the_same_delivery_gives_the_same_files() -> None:
    at = datetime(2026, 10, 25, 0, 59, tzinfo=UTC)
    assert build(a_delivery(captured_at=at), b"f", b"c") == build(a_delivery(captured_at=at), b"f", b"c")


@pytest.mark.parametrize("folder", ["card", "/media/../etc", "/media/ca\nrd", "/"])
def test_a_folder_is_a_plain_full_path(folder: str) -> None:
    with pytest.raises(ValidationError):
        Settings(folder=folder)


@pytest.mark.parametrize("folder", ["/etc/cron.d", "/media", "/mediator/card"])
def test_nothing_is_written_outside_the_folders_of_cards(folder: str) -> None:
    with pytest.raises(Reject, match="PLATEWIRE_CARD_ROOTS"):
        check_place(folder, {})
