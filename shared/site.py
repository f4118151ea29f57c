"""Settings of the whole site: one row of `settings` each, with the model of its owner here."""

from __future__ import annotations

from typing import ClassVar, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.db.tables import SiteSetting
from shared.schedules import ZoneName


class Setting(BaseModel):
    """A setting under its `name`; what was never set has the defaults of its model."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: ClassVar[str]


class SiteName(Setting):
    """What people call the site; empty when nobody named it."""

    name = "site_name"
    value: str = ""


class TimeZone(Setting):
    """By whose clocks schedules and days are meant."""

    name = "timezone"
    value: ZoneName = "UTC"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.value)


class BarriersLocked(Setting):
    """The kill switch: while it is on, no rule opens a barrier."""

    name = "barriers_locked"
    value: bool = False
    reason: str = ""


SettingT = TypeVar("SettingT", bound=Setting)


def load(session: Session, kind: type[SettingT]) -> SettingT:
    """The setting as it is stored now."""
    row = session.get(SiteSetting, kind.name)
    return kind.model_validate(row.value if row else {})


def save(session: Session, setting: Setting) -> None:
    """Stores the setting in this transaction; whoever comes later waits for it and wins."""
    values = {"name": setting.name, "value": setting.model_dump(mode="json")}
    row = insert(SiteSetting).values(values)
    session.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))
    session.expire_all()
