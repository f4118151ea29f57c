"""Both ends of Meta: the sites that send their events here, and the lists that a server sends down to this site."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, CreatedAt, Json, Name, RowId


class MetaSite(Base):
    """A site that sends its events here. Its connection key is an API key; without one it was revoked.

    `lists` are those that it may pull; below `created_at` stands what the site's last registration and heartbeat said.
    """

    __tablename__ = "meta_sites"

    id: Mapped[RowId]
    name: Mapped[Name]
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_keys.id", ondelete="SET NULL"), unique=True)
    lists: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    created_at: Mapped[CreatedAt]
    software: Mapped[str] = mapped_column(server_default="")
    registered_at: Mapped[datetime | None]
    last_contact_at: Mapped[datetime | None]
    clock_skew: Mapped[float | None]
    """Seconds by which its clock is ahead of ours, the way of the heartbeat included."""
    waiting: Mapped[int | None]
    """Deliveries that wait there for their turn, and for how many seconds the oldest has."""
    oldest_seconds: Mapped[float | None]


class MetaSource(Base):
    """A camera of such a site, and the camera of ours that stands for it."""

    __tablename__ = "meta_sources"

    camera_id: Mapped[UUID] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("meta_sites.id", ondelete="CASCADE"))
    source: Mapped[str]
    name: Mapped[str]
    direction: Mapped[str] = mapped_column(server_default="unknown")
    zones: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    registered: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether the last registration named it."""
    state: Mapped[str] = mapped_column(server_default="")
    message: Mapped[str] = mapped_column(server_default="")
    last_frame_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("site_id", "source"),)


class MetaList(Base):
    """A list that a server grants to this site, as far as it was pulled; its mirror copies it from here.

    `version` is the server's word for what the pages hold together, empty until all are here; `copied` is the version
    that the mirror took last.
    """

    __tablename__ = "meta_lists"

    id: Mapped[RowId]
    destination_id: Mapped[UUID] = mapped_column(ForeignKey("destinations.id", ondelete="CASCADE"))
    remote_id: Mapped[UUID]
    name: Mapped[str]
    match: Mapped[str] = mapped_column(server_default="strict")
    version: Mapped[str] = mapped_column(server_default="")
    copied: Mapped[str] = mapped_column(server_default="")
    taken_up: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it was given a list here. One that somebody deleted or keeps for himself since stays so."""

    __table_args__ = (UniqueConstraint("destination_id", "remote_id"),)


class MetaListPage(Base):
    """A part of such a list: its entries from the plate `first` on, as the server wrote them."""

    __tablename__ = "meta_list_pages"

    meta_list_id: Mapped[UUID] = mapped_column(ForeignKey("meta_lists.id", ondelete="CASCADE"), primary_key=True)
    first: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]
    entries: Mapped[list[Json]]
