"""Public JSON of backups and of what restoring one would change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field, SecretStr

from services.api.asked import Asked
from shared.backup.container import LEAST_PASSPHRASE
from shared.backup.content import KINDS
from shared.backup.plan import Change, Mode
from shared.backup.restore import Preview

MOST_NAMES = 200


class BackupIn(Asked):
    passphrase: SecretStr = Field(
        min_length=LEAST_PASSPHRASE, max_length=1000, description="opens the backup; nobody can without it"
    )


class ChangedRow(BaseModel):
    name: str
    fields: list[str] = Field(description="what differs; never the values, which may be secret")


class TableDifference(BaseModel):
    added: list[str] = Field(description="names, at most 200")
    changed: list[ChangedRow] = Field(description="at most 200")
    removed: list[str] = Field(description="names, at most 200")
    added_count: int
    changed_count: int
    removed_count: int
    same_count: int


class EntriesDifference(BaseModel):
    """Entries of all lists together."""

    added: int
    changed: int
    removed: int
    same: int


class RestorePreview(BaseModel):
    made_at: datetime
    made_by: str = Field(description="who asked for the backup")
    fingerprint: str = Field(description="of the site that made it")
    own: bool = Field(description="whether this very site made it")
    mode: Mode
    differences: dict[str, TableDifference] = Field(description="by table")
    entries: EntriesDifference
    digest: str = Field(description="send it with the restore; another state of the site has another one")

    @classmethod
    def of(cls, found: Preview) -> Self:
        plan = found.plan
        return cls(
            made_at=plan.about.made_at,
            made_by=plan.about.made_by,
            fingerprint=found.seal.fingerprint,
            own=found.own,
            mode=plan.mode,
            differences={
                kind.table: _difference(
                    [change for change in plan.changes if change.kind is kind],
                    plan.removed.get(kind.table, {}).values(),
                    plan.same[kind.table],
                )
                for kind in KINDS
            },
            entries=EntriesDifference(**{name: plan.entries[name] for name in EntriesDifference.model_fields}),
            digest=plan.digest,
        )


def _difference(changes: list[Change], removed: Iterable[str], same: int) -> TableDifference:
    added = [change.label for change in changes if change.fields is None]
    changed = [ChangedRow(name=c.label, fields=list(c.fields)) for c in changes if c.fields is not None]
    gone = sorted(removed)
    return TableDifference(
        added=added[:MOST_NAMES],
        changed=changed[:MOST_NAMES],
        removed=gone[:MOST_NAMES],
        added_count=len(added),
        changed_count=len(changed),
        removed_count=len(gone),
        same_count=same,
    )
