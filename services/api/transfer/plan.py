"""What an import would do to its list: counted in full, the first of each kind shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.api.transfer.rows import Reading, Refused, Taken
from services.api.transfer.staging import Staged
from services.api.transfer.tables import Form
from shared.errors import Invalid

SHOWN = 200
EACH = 2_000
"""Lines between two words about progress."""

Progress = Callable[[int, int, str], None]
"""(done, of how many or 0 when unknown, what is being done)"""


class Line(BaseModel):
    """An entry that the file adds, or that is on the list as the file has it."""

    line: int
    plate: str
    typed: str
    after: dict[str, Any] = Field(description="the fields that the file has")


class ChangedLine(Line):
    """An entry of which the file has other fields."""

    before: dict[str, Any]


class DuplicateLine(BaseModel):
    """A line with a plate that the file has before; only the first counts."""

    line: int
    plate: str
    first: int = Field(description="line that counts")


class InvalidLine(BaseModel):
    """A line that cannot be an entry."""

    line: int
    shown: str = Field(description="what stands where the plate should be")
    reason: str


class Counts(BaseModel):
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    duplicates: int = 0
    invalid: int = 0
    removed: int = Field(default=0, description="what a replace takes off the list; 0 when appending")

    @property
    def nothing(self) -> bool:
        return not (self.added or self.changed or self.removed)

    @property
    def sentence(self) -> str:
        return f"{self.added} entries added, {self.changed} changed, {self.removed} removed"


class Report(BaseModel):
    """The dry run: nothing of it is written yet."""

    model_config = ConfigDict(frozen=True)

    format: Form
    encoding: str = Field(description="how the file's letters are written; empty for a workbook")
    columns: dict[str, str] = Field(description="field → the file's column that it is taken from")
    ignored: tuple[str, ...] = Field(description="columns that no field is known for")
    before: int = Field(description="entries on the list when the plan was made")
    counts: Counts
    shown: int = Field(default=SHOWN, description="how many of each kind are shown below")
    added: list[Line] = []
    changed: list[ChangedLine] = []
    unchanged: list[Line] = []
    duplicates: list[DuplicateLine] = []
    invalid: list[InvalidLine] = []
    removed: list[str] = []

    @property
    def share_removed(self) -> float:
        """Part of the list that goes, from 0 to 1."""
        return self.counts.removed / self.before if self.before else 0.0


def make_plan(
    staged: Staged, reading: Reading, *, replace: bool, progress: Progress, total: int, may_be_empty: bool = False
) -> Report:
    """Fills `staged` from the file, compares it with the list and reports.

    Args:
        may_be_empty: else a file without entries is taken for some other file.

    Raises:
        Invalid: the file is broken, or no line of it is an entry.
    """
    staged.create()
    refused = _Refusals()
    staged.fill(refused.of(_counted(reading.lines, progress, total)))
    progress(total, total, "Comparing with the list")
    staged.compare()
    found = staged.counts()
    if not may_be_empty and not found["added"] + found["changed"] + found["unchanged"]:
        first = f", line {refused.first[0].line}: {refused.first[0].reason}" if refused.first else ""
        raise Invalid(f"No line of the file is an entry{first}", "file")
    counts = Counts(**{**found, "invalid": refused.count, "removed": found["removed"] if replace else 0})
    return Report(
        format=reading.form,
        encoding=reading.codec,
        columns=dict(reading.layout.called),
        ignored=reading.layout.ignored,
        before=found["before"],
        counts=counts,
        added=[Line(**row) for row in staged.some("added", SHOWN)],
        changed=[ChangedLine(**row) for row in staged.some("changed", SHOWN)],
        unchanged=[Line(**row) for row in staged.some("unchanged", SHOWN)],
        duplicates=[DuplicateLine(**row) for row in staged.duplicates(SHOWN)],
        invalid=refused.first,
        removed=staged.removed(SHOWN) if replace else [],
    )


class _Refusals:
    """Lets entries through and keeps what was refused: the first of them, and how many."""

    def __init__(self) -> None:
        self.first: list[InvalidLine] = []
        self.count = 0

    def of(self, lines: Iterator[Taken | Refused]) -> Iterator[Taken]:
        for line in lines:
            if isinstance(line, Taken):
                yield line
                continue
            self.count += 1
            if len(self.first) < SHOWN:
                self.first.append(InvalidLine(line=line.line, shown=line.shown, reason=line.reason))


def _counted(lines: Iterator[Taken | Refused], progress: Progress, total: int) -> Iterator[Taken | Refused]:
    for count, line in enumerate(lines):
        if count % EACH == 0:
            progress(count, max(total, count) if total else 0, "Reading the file")
        yield line
