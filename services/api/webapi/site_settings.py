"""Settings of the site that the WebAPI obeys or shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, field_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.db.tables import SiteSetting
from shared.site import BarriersLocked, Setting, SettingT, TimeZone

Rate = Annotated[int, Field(ge=1, le=10_000, description="requests a second")]


class PublicUrl(Setting):
    """Where others reach this site; empty when nobody said so."""

    name = "public_url"
    value: Annotated[str, Field(max_length=500)] = ""

    @field_validator("value")
    @classmethod
    def _web_address(cls, url: str) -> str:
        if url and not (url.startswith(("http://", "https://")) and url.isascii() and url.isprintable()):
            raise ValueError("the address looks like https://plates.example")
        return url.rstrip("/")


class WebApiRates(Setting):
    """How often one credential may ask."""

    name = "webapi_rates"
    value: Rate = 20
    raised: Annotated[
        dict[str, Rate], Field(max_length=100, description="for single credentials: `key:<name>` or `user:<name>`")
    ] = {}  # noqa: RUF012  pydantic copies it

    def of(self, actor: str) -> int:
        return self.raised.get(actor, self.value)


SHOWN: tuple[type[Setting], ...] = (TimeZone, PublicUrl, BarriersLocked, WebApiRates)
"""What the settings document holds under `site`."""


@dataclass(frozen=True)
class SiteSettings:
    """All settings of the site in one look."""

    rows: Mapping[str, Mapping[str, object]]

    @classmethod
    def load(cls, session: Session) -> SiteSettings:
        return cls({row.name: row.value for row in session.execute(select(SiteSetting.name, SiteSetting.value))})

    def of(self, kind: type[SettingT]) -> SettingT:
        return kind.model_validate(self.rows.get(kind.name, {}))
