"""Public JSON of a list's mirror: where it is copied from, how often, and what it may do by itself."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.api.transfer.rows import Wish
from services.api.transfer.schemas import Mode
from shared.names import UNSEEN, has_unseen
from shared.secrets import MASK

FILES = "mirrors"
"""The folder, beside the pictures, that files to be mirrored are put into."""


class UrlSource(BaseModel):
    """A file behind an address. The password, and what follows the address's `?`, are shown as a mask."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["url"] = "url"
    url: str = Field(
        max_length=2000,
        description="http:// or https://, without user and password",
        json_schema_extra={"pattern": r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][!-~]*)?$"},
    )
    user: str = Field(default="", max_length=200)
    password: str = Field(default="", max_length=200, json_schema_extra={"format": "password"})

    @field_validator("url")
    @classmethod
    def _plain(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable() or " " in url:
            raise ValueError("the URL must begin with http:// or https:// and a host")
        if parts.username or parts.password:
            raise ValueError("user and password have fields of their own")
        return url

    def masked(self) -> Self:
        address, mark, _query = self.url.partition("?")
        return self.model_copy(
            update={"url": address + mark + (MASK if mark else ""), "password": MASK if self.password else ""}
        )

    def unmasked(self, stored: Source | None) -> Self:
        """Masks become what is stored again, provided that the address is the same."""
        address, _mark, query = self.url.partition("?")
        if not isinstance(stored, UrlSource) or stored.url.partition("?")[0] != address:
            return self
        return self.model_copy(
            update={
                "url": stored.url if query == MASK else self.url,
                "password": stored.password if self.password == MASK else self.password,
            }
        )

    @property
    def holds_mask(self) -> bool:
        return self.password == MASK or self.url.partition("?")[2] == MASK

    @property
    def file_name(self) -> str:
        return self.url.partition("?")[0].rpartition("/")[2]


class FileSource(BaseModel):
    """A file in the folder `mirrors` of the site's data folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["file"] = "file"
    name: str = Field(
        max_length=200,
        description="name of the file, without a folder",
        json_schema_extra={"pattern": rf"^[^./\\{UNSEEN}][^/\\{UNSEEN}]*$"},
    )

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not re.fullmatch(r"[^/\\\0]+", name) or name.startswith(".") or has_unseen(name):
            raise ValueError("this must be the name of a file, without a folder")
        return name

    def masked(self) -> Self:
        return self

    def unmasked(self, _stored: Source | None) -> Self:
        return self

    @property
    def holds_mask(self) -> bool:
        return False

    @property
    def file_name(self) -> str:
        return self.name


class MetaListSource(BaseModel):
    """A list that a Meta server sends down to this site. It comes by itself and is not to be typed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["meta"] = "meta"
    server: str = Field(max_length=200, description="name of the destination that it comes from")
    list: str = Field(max_length=500, description="what the list is called there")

    def masked(self) -> Self:
        return self

    def unmasked(self, _stored: Source | None) -> Self:
        return self

    @property
    def holds_mask(self) -> bool:
        return False

    @property
    def file_name(self) -> str:
        return f"{self.list}.json"


Source = UrlSource | FileSource | MetaListSource


class MirrorSettings(BaseModel):
    """How often, and what passes without anybody looking."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every_minutes: int = Field(default=60, ge=5, le=7 * 24 * 60)
    mode: Mode = "replace"
    strict: bool = Field(default=False, description="one invalid line refuses the whole file")
    read_as: Wish = Field(default=Wish(), description="how the file is read, where it does not say so itself")
    apply: Literal["below_limit", "after_approval"] = Field(
        default="below_limit", description="after_approval: every change waits until somebody confirms its import"
    )
    most_removed: float = Field(
        default=0.1, ge=0, le=1, description="share of the list that one run may take away without approval"
    )
    changed_here: Literal["overwrite", "after_approval"] = Field(
        default="overwrite",
        description="what becomes of entries that somebody changed here since the last run; after_approval: all changes"
        " of a run wait then, and the entries stay as they are",
    )


class MirrorIn(MirrorSettings):
    """What is asked for."""

    source: Annotated[Source, Field(discriminator="kind")]
    enabled: bool = True


class MirrorOut(MirrorSettings):
    """A mirror and how its last run went; secrets are masked."""

    list: str
    source: Source
    enabled: bool
    next_run_at: datetime
    last_run_at: datetime | None
    last_ok: bool | None
    last_sentence: str = Field(description="what came of the last run, for a person")
    last_import_id: UUID | None = Field(description="the import that applied something, or waits for approval")
    set_by: str
    managed_by: str = Field(description="the Meta server that sends the list down; empty for other mirrors")
