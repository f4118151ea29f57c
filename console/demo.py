"""`platewire demo`: a camera that needs no hardware, so that a newcomer sees plates arrive."""

from __future__ import annotations

from rich.console import Console
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from console.site import DATA, DataDir, database, secret_key
from shared.cameras import CameraSettings, DemoSource
from shared.db.session import transaction
from shared.db.tables import Camera, ListEntry, PlateList
from shared.plates import normalise
from shared.secrets import Vault

NAME = "Demo road"


def demo(data_dir: DataDir = DATA) -> None:
    """Adds the demo camera and two plates on each of the lists; safe to repeat."""
    with database(data_dir) as engine:
        added = add_demo(engine, secret_key(data_dir))
    Console().print(f"Camera [bold]{NAME}[/] {'added' if added else 'is already there'}; look at the Events page")


def add_demo(engine: Engine, key: str) -> bool:
    """Returns whether the camera was added now."""
    with transaction(engine) as session:
        if session.scalar(select(Camera.id).where(Camera.name == NAME)):
            return False
        # The scene needs Pillow and OpenCV, which not every image has.
        from services.capture.demo.timetable import DEMO_BLACK, DEMO_COUNTRIES, DEMO_WHITE  # noqa: PLC0415

        source = DemoSource()
        settings = CameraSettings(rate=4, countries=DEMO_COUNTRIES)
        session.add(
            Camera(
                name=NAME,
                kind=source.kind,
                source=Vault(key).seal(source.model_dump(mode="json")),
                settings=settings.model_dump(mode="json"),
            )
        )
        for name, plates in (("white", DEMO_WHITE), ("black", DEMO_BLACK)):
            _list(session, name, plates)
    return True


def _list(session: Session, name: str, plates: tuple[str, ...]) -> None:
    list_id = session.scalar(select(PlateList.id).where(PlateList.name == name))
    for typed in plates:
        plate = normalise(typed)
        there = select(ListEntry.id).where(ListEntry.list_id == list_id, ListEntry.plate == plate)
        if not session.scalar(there):
            session.add(ListEntry(list_id=list_id, plate=plate, typed=typed, note="demo"))
