"""Who may do what, and who did."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, CreatedAt, Json, Name, RowId


class User(Base):
    __tablename__ = "users"

    id: Mapped[RowId]
    name: Mapped[Name]
    role: Mapped[str]
    password_hash: Mapped[str]
    """Empty for those who sign in at a provider; no password fits it."""
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    failed_logins: Mapped[int] = mapped_column(server_default=text("0"))
    locked_until: Mapped[datetime | None]
    cameras: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    """Only these cameras; null is all of them."""
    totp_secret: Mapped[bytes | None]
    totp_confirmed_at: Mapped[datetime | None]
    totp_used: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """The newest time step whose code was taken, so that no code works twice."""
    recovery_codes: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    oidc_subject: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[CreatedAt]

    __table_args__ = (CheckConstraint("role IN ('viewer', 'operator', 'admin')", name="role"),)


class LoginSession(Base):
    """A signed-in browser; the cookie's token is stored only as its hash."""

    __tablename__ = "sessions"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, server_default=text("gen_random_uuid()"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[CreatedAt]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(server_default="")
    agent: Mapped[str] = mapped_column(server_default="")


class ApiKey(Base):
    """A machine's credential; shown once, stored only as its hash."""

    __tablename__ = "api_keys"

    id: Mapped[RowId]
    name: Mapped[Name]
    key_hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[CreatedAt]
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    made_by: Mapped[str] = mapped_column(server_default="")
    cameras: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    addresses: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    """Networks that it may come from (CIDR); none means any."""
    previous_hash: Mapped[bytes | None] = mapped_column(unique=True)
    """After a rotation the key before, which is still taken until `previous_until`."""
    previous_until: Mapped[datetime | None]


class Audit(Base):
    """Who did what when; rows are only ever added; the database lets none go but the oldest (audit_forget)."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[CreatedAt]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(server_default="")
    detail: Mapped[Json] = mapped_column(server_default=text("'{}'"))

    __table_args__ = (
        Index("ix_audit_newest", text("at DESC"), text("id DESC")),
        Index("ix_audit_actor", "actor", text("id DESC")),
        Index("ix_audit_action", "action", text("id DESC")),
    )


class AuditLink(Base):
    """Chains the rows of the log in the order of their commits; written by the database alone (migration 0003)."""

    __tablename__ = "audit_chain"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), unique=True)
    hash: Mapped[bytes]


class AuditAnchor(Base):
    """Where the chain begins since its oldest rows were deleted by their age; at most one row."""

    __tablename__ = "audit_anchor"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes]
    at: Mapped[CreatedAt]
