"""Every kind of integration says of every fault which test covers it, or why it cannot occur."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest

from services.integrations.engine.discover import discover

TESTS = Path(__file__).parents[1]
MATRIX: dict[str, Any] = tomllib.loads((Path(__file__).parent / "fault_matrix.toml").read_text(encoding="utf-8"))
CANNOT_OCCUR = "never: "


def cell(kind: str, fault: str) -> str:
    return str(MATRIX["kinds"][kind].get(fault) or MATRIX["shared"].get(fault, ""))


CELLS = [(kind, fault, cell(kind, fault)) for kind in MATRIX["kinds"] for fault in MATRIX["faults"]]


def test_the_table_has_each_kind_that_is_shipped() -> None:
    assert {one.name for one in discover()} == MATRIX["kinds"].keys()


def test_no_line_is_about_a_fault_that_is_not_listed() -> None:
    named = {fault for lines in (MATRIX["shared"], *MATRIX["kinds"].values()) for fault in lines}
    assert named <= MATRIX["faults"].keys()


@pytest.mark.parametrize(("kind", "fault", "answer"), CELLS)
def test_each_kind_has_an_answer_to_each_fault(kind: str, fault: str, answer: str) -> None:
    assert answer, f"{kind} says nothing about {fault}"
    if answer.startswith(CANNOT_OCCUR):
        return
    file, _, name = answer.partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, answer
