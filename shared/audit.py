"""The log of who did what: rows are added, the oldest go by their age, and each is chained to the one before.

The database itself chains the rows when a transaction commits (migration 0003), so that every writer takes part and
none waits for another longer than a commit takes. Taking a row away or changing one breaks the chain after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from shared.db.tables import Audit, AuditAnchor

LONGEST = 500
CHUNK = 20_000
"""Rows that are verified by one statement."""


def record(session: Session, actor: str, action: str, subject: str, detail: Mapping[str, object] | None = None) -> None:
    """Adds a row; `action` reads like `camera.change`, `detail` never holds a secret.

    Control characters are written out, so that nobody can forge a line of the log by a name with a line break.
    """
    plain = {_visible(name): _plain(value) for name, value in (detail or {}).items()}
    values = {"actor": _visible(actor), "action": action, "subject": _visible(subject), "detail": plain}
    session.execute(insert(Audit).values(values))


def _plain(value: object) -> object:
    if isinstance(value, str):
        return _visible(value)
    if isinstance(value, Mapping):
        return {_visible(str(name)): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, int | float | None) else _visible(str(value))


def _visible(words: str) -> str:
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in words[:LONGEST])


@dataclass(frozen=True)
class Verdict:
    """What a walk along the chain found. `head` is the newest hash: who keeps it elsewhere can prove the past."""

    rows: int
    head: str
    broken_at: int | None = None
    """The first row of the log that does not fit; None when all do."""
    reason: str = ""
    forgotten: int = 0
    """Rows before the first one, which were deleted by their age."""

    @property
    def whole(self) -> bool:
        return self.broken_at is None and not self.reason


_WALK = text(
    """
    SELECT link.position, link.audit_id, encode(link.hash, 'hex') AS hash, link.hash = audit_hash(
        lag(link.hash, 1, decode(:head, 'hex')) OVER (ORDER BY link.position), audit
    ) AS fits
    FROM audit_chain AS link LEFT JOIN audit ON audit.id = link.audit_id
    WHERE link.position > :position ORDER BY link.position LIMIT :chunk
    """
)


def verify(session: Session, kept_head: str = "") -> Verdict:
    """Walks the whole chain. With `kept_head`, a hash noted earlier, also says whether the log still leads there."""
    position, head = _beginning(session)
    forgotten = position
    while rows := session.execute(_WALK, {"position": position, "head": head, "chunk": CHUNK}).all():
        for row in rows:
            if not row.fits or row.position != position + 1:
                reason = "it was changed, or rows before it were taken away"
                return Verdict(position - forgotten, head, row.audit_id, reason, forgotten)
            position, head = row.position, row.hash
    found = _ends(session, position - forgotten, head, kept_head)
    return replace(found, forgotten=forgotten)


def _beginning(session: Session) -> tuple[int, str]:
    """The place and hash behind which the chain begins."""
    anchor = session.scalar(select(AuditAnchor))
    return (anchor.position, anchor.hash.hex()) if anchor else (0, "")


def _ends(session: Session, position: int, head: str, kept_head: str) -> Verdict:
    loose = session.execute(
        text("SELECT min(id) FROM audit WHERE NOT EXISTS (SELECT FROM audit_chain WHERE audit_id = audit.id)")
    ).scalar_one()
    if loose is not None:
        return Verdict(position, head, loose, "it was added past the chain")
    query = text("SELECT EXISTS (SELECT FROM audit_chain WHERE hash = decode(:head, 'hex'))")
    if kept_head in ("", _beginning(session)[1]):
        return Verdict(position, head)
    if not session.execute(query, {"head": kept_head}).scalar_one():
        reason = "the hash that was kept is not in the chain: newer rows were taken away, or its row went by its age"
        return Verdict(position, head, None, reason)
    return Verdict(position, head)
