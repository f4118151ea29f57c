"""A card through its life: prepared, filled, full, pulled, read-only, swapped, and read back into the database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.integrations.sd_card import pages
from services.integrations.sd_card.card import Card
from services.integrations.sd_card.deliver import check, deliver
from services.integrations.sd_card.settings import Settings
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import Audit, EventRow
from shared.errors import Reject, Retry, Trouble
from shared.integration import Receipt, Standing
from shared.media import MediaStore
from shared.testing import Site
from tests.simulators.sample_delivery import WHEN, a_delivery, a_picture, some_pictures

CROP = a_picture(120, 30)


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLATEWIRE_CARD_ROOTS", f"/media:{tmp_path}")
    (tmp_path / "card").mkdir()
    return tmp_path / "card"


def the_settings(folder: Path, **changes: Any) -> Settings:
    return Settings.model_validate({"folder": str(folder), "spare_megabytes": 1, "days": 0} | changes)


def save(settings: Settings, plate: str = "AB123CD", frame: bytes = b"frame", **event: Any) -> Receipt:
    known: dict[str, Any] = {"event_id": uuid4(), "plate": plate} | event
    return deliver(a_delivery(**known), some_pictures(frame=frame, crop=CROP), settings)


def names(folder: Path, pattern: str = "*.json") -> list[str]:
    return [path.name for path in sorted((folder / "platewire").glob(f"*/*/{pattern}"))]


def plates(folder: Path) -> list[str]:
    return [name.split("_")[1] for name in names(folder)]


def word(settings: Settings) -> Trouble:
    with pytest.raises((Retry, Reject)) as caught:
        check(settings)
    assert isinstance(caught.value, (Retry, Reject))
    return caught.value.trouble


def test_a_new_card_is_prepared_by_test_and_only_by_it(folder: Path) -> None:
    with pytest.raises(Retry, match="holds no prepared card: put the card in, then press Test"):
        save(the_settings(folder))
    assert list(folder.iterdir()) == []

    assert "has been prepared" in check(the_settings(folder)).answer
    identity = (folder / "platewire" / "card.json").read_bytes()
    save(the_settings(folder))
    assert "is ready" in check(the_settings(folder)).answer
    assert (folder / "platewire" / "card.json").read_bytes() == identity


def test_a_later_moment_of_an_event_replaces_the_earlier(folder: Path) -> None:
    settings, event_id = the_settings(folder), uuid4()
    check(settings)
    save(settings, "AB1Z3CD", event_id=event_id)
    save(settings, "AB123CD", event_id=event_id)
    save(settings, "OTHER1")
    assert plates(folder) == ["AB123CD", "OTHER1"]
    assert len(names(folder, "*.jpg")) == 4


def test_pictures_can_be_left_out(folder: Path) -> None:
    settings = the_settings(folder, frames=False)
    check(settings)
    save(settings)
    assert [name.endswith("_plate.jpg") for name in names(folder, "*.jpg")] == [True]


def test_a_pulled_card_waits_and_nothing_is_written_into_its_empty_place(folder: Path) -> None:
    settings = the_settings(folder)
    check(settings)
    folder.rename(folder.with_name("in-a-pocket"))
    folder.mkdir()
    with pytest.raises(Retry, match="no prepared card"):
        save(settings)
    assert list(folder.iterdir()) == []
    folder.rmdir()
    with pytest.raises(Retry, match="is not there"):
        save(settings)
    assert word(settings) is Trouble.CANNOT_CONNECT

    folder.with_name("in-a-pocket").rename(folder)
    save(settings)
    assert plates(folder) == ["AB123CD"]


def test_the_oldest_go_first_when_events_may_take_so_much(folder: Path) -> None:
    settings = the_settings(folder, most_gigabytes=0.002)
    check(settings)
    for hour in range(8):
        save(settings, f"H{hour}", frame=bytes(500_000), captured_at=WHEN + timedelta(hours=hour))
    assert plates(folder) == ["H5", "H6", "H7"]


def test_old_days_are_forgotten(folder: Path, tmp_path: Path, site: Site) -> None:
    settings = the_settings(folder, days=30)
    check(settings)
    save(settings, "LONGAGO")
    save(settings, "TODAY", captured_at=now())
    stopping = threading.Event()
    working = threading.Thread(
        target=pages.keep, args=(Standing(uuid4(), "Card", tmp_path, site.engine, stopping), settings)
    )
    working.start()
    index = folder / "platewire" / "index.html"
    for _ in range(400):
        if index.exists():
            break
        threading.Event().wait(0.05)
    stopping.set()
    working.join(30)
    assert plates(folder) == ["TODAY"]
    assert ":00</a>" in index.read_text()


def test_pages_open_without_us_and_show_what_stands_in_the_documents(folder: Path) -> None:
    settings = the_settings(folder)
    check(settings)
    save(settings, "AB123CD", camera_name="<b>Gate & yard</b>")
    card = Card(settings)
    (hour,) = pages.write_pages(card)
    assert pages.write_pages(card) == []
    page = (hour / "index.html").read_text()
    assert "AB123CD" in page
    assert "&lt;b&gt;Gate &amp; yard&lt;/b&gt;" in page
    assert f'src="{names(folder, "*_plate.jpg")[0]}"' in page
    assert "http" not in page
    save(settings, "NEW1")
    (hour / "junk.json").write_text("[1, 2")
    assert pages.write_pages(card) == [hour]
    assert "NEW1" in (hour / "index.html").read_text()


@pytest.fixture(name="small_card")
def _small_card(folder: Path) -> Iterator[Path]:
    """A real file system of 8 MB; needs the right to mount one."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a file system of its own cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_card_makes_room_by_its_oldest(small_card: Path) -> None:
    settings = the_settings(small_card, spare_megabytes=1)
    check(settings)
    for hour in range(12):
        save(settings, f"H{hour:02d}", frame=bytes(1_000_000), captured_at=WHEN + timedelta(hours=hour))
    kept = plates(small_card)
    assert kept[-1] == "H11"
    assert 4 <= len(kept) <= 7
    for path in (small_card / "platewire").glob("*/*/*.jpg"):
        assert path.with_name(f"{path.stem.removesuffix('_plate')}.json").exists()


def test_a_card_filled_by_somebody_else_says_so_and_leaves_no_half_event(small_card: Path) -> None:
    settings = the_settings(small_card)
    check(settings)
    with pytest.raises(Retry, match="is full and holds no older events"):
        save(settings, frame=bytes(20_000_000))
    assert names(small_card, "*") == []


def test_a_read_only_card_says_so(small_card: Path) -> None:
    settings = the_settings(small_card)
    check(settings)
    subprocess.run(["mount", "-o", "remount,ro", str(small_card)], check=True)
    with pytest.raises(Retry, match="is read-only: is its lock switch on"):
        save(settings)
    assert word(settings) is Trouble.RIGHTS


def test_a_card_filled_through_the_engine_is_read_back_once(
    site: Site, folder: Path, ledger: Any, start_worker: Any, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(the_settings(folder))
    start_worker("sd_card")
    destination = ledger.destination("sd_card", folder=str(folder), days=0)
    ledger.add(destination, "AB1", "CD2", "EF3")
    until(lambda: ledger.states(destination) == {"delivered": 3}, "all are on the card")
    broken = next((folder / "platewire").glob("*/*/*_EF3_*.json"))
    broken.write_bytes(broken.read_bytes()[:100])

    first, again = (_read_back(site, folder) for _ in range(2))
    assert first.stdout == "2 events stored, 0 were there already, 1 are damaged\n"
    assert (first.returncode, broken.name in first.stderr) == (1, True)
    assert again.stdout == "0 events stored, 2 were there already, 1 are damaged\n"
    with transaction(site.engine) as session:
        found = session.scalars(select(EventRow).order_by(EventRow.plate)).all()
        assert [(row.plate, row.state) for row in found] == [("AB1", "lost"), ("CD2", "lost")]
        assert session.scalars(select(Audit.detail).where(Audit.action == "card.import")).first() is not None


def test_pictures_come_back_and_a_changed_one_is_noticed(site: Site, folder: Path) -> None:
    settings = the_settings(folder)
    check(settings)
    save(settings, "AB1", frame=b"the frame")
    save(settings, "CD2", frame=b"the frame")
    next((folder / "platewire").glob("*/*/*_CD2_*[0-9a-f].jpg")).write_bytes(b"another")
    said = _read_back(site, folder)
    assert "is not the picture that was written" in " ".join(said.stderr.split())
    with transaction(site.engine) as session:
        row = session.scalars(select(EventRow)).one()
    media = MediaStore(site.settings.media_dir)
    assert (row.plate, media.get(row.frame_key), media.get(row.crop_key)) == ("AB1", b"the frame", CROP)


def test_a_folder_that_is_no_card_is_named(site: Site, tmp_path: Path) -> None:
    said = _read_back(site, tmp_path)
    assert (said.returncode, "no card with events" in " ".join(said.stderr.split())) == (1, True)


def _read_back(site: Site, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ) | {
        "DATABASE_URL": site.settings.database_url,
        "PLATEWIRE_DATA_DIR": str(site.settings.data_dir),
        "COLUMNS": "300",
    }
    command = [sys.executable, "-m", "console", "card", "import", str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)


def test_documents_are_plain_json(folder: Path) -> None:
    settings = the_settings(folder)
    check(settings)
    save(settings)
    (path,) = (folder / "platewire").glob("*/*/*.json")
    assert json.loads(path.read_text())["format"] == "platewire-card"
