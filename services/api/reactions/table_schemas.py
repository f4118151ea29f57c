"""Public JSON of the simple form: two reactions each for any plate, black list and white list."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.reactions import ANY, BARRIER, NVR, SD_CARD


class Action(StrEnum):
    NO_ACTION = "no_action"
    SAVE_TO_SD_CARD = "save_to_sd_card"
    SEND_TO_NVR = "send_to_nvr"
    OPEN_BARRIER = "open_barrier"


KINDS = {Action.SAVE_TO_SD_CARD: SD_CARD, Action.SEND_TO_NVR: NVR, Action.OPEN_BARRIER: BARRIER}
"""The integration to which an action sends."""
TITLES = {
    Action.NO_ACTION: "No action",
    Action.SAVE_TO_SD_CARD: "Save to SD card",
    Action.SEND_TO_NVR: "Send to NVR",
    Action.OPEN_BARRIER: "Open barrier",
}
ROWS = {ANY: "Any plate", "black": "Black list", "white": "White list"}
"""The rows of the table by the list that their rules name."""


class Cell(BaseModel):
    """One reaction. The destination may be left out when the site has only one of the action's kind."""

    model_config = ConfigDict(extra="forbid")

    action: Action = Action.NO_ACTION
    destination_id: UUID | None = None


class TableRow(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reaction_1: Cell = Cell()
    reaction_2: Cell = Cell()

    @property
    def cells(self) -> dict[str, Cell]:
        return {"reaction_1": self.reaction_1, "reaction_2": self.reaction_2}


class Table(BaseModel):
    """What the simple form asks for; a row that is left out has no reactions."""

    model_config = ConfigDict(extra="forbid")

    any: TableRow = TableRow()
    black: TableRow = TableRow()
    white: TableRow = TableRow()

    @property
    def rows(self) -> dict[str, TableRow]:
        return {ANY: self.any, "black": self.black, "white": self.white}


class Target(BaseModel):
    id: UUID
    name: str


class Option(BaseModel):
    """What may be chosen in a cell, and if not, why not."""

    action: Action
    title: str
    available: bool
    sentence: str = Field(description="why it cannot be chosen now; empty when it can")
    destinations: list[Target] = Field(description="where it can lead")


class Beyond(BaseModel):
    """A rule that the table cannot show and that acts all the same."""

    id: UUID
    name: str
    sentence: str = Field(description="why it is not in the table")


class TableOut(Table):
    """The table as the rules make it."""

    options: list[Option]
    beyond: list[Beyond] = Field(description="further rules that are switched on, in the order in which they are tried")
