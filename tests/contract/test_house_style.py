"""What ruff cannot count: lengths in lines, and that our two packages are really ours."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import services
import shared

ROOT = Path(__file__).parents[2]
PACKAGES = ("console", "services", "shared", "simulators", "benchmarks")
CODE = [p for folder in PACKAGES for p in sorted((ROOT / folder).rglob("*.py"))]
MOST_LINES, MOST_LINES_OF_FUNCTION = 300, 40


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of code from the signature to the end; what the docstring takes does not count."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    taken = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - taken


@pytest.mark.parametrize(
    "file", [f for f in CODE if "migrations" not in f.parts], ids=lambda f: str(f.relative_to(ROOT))
)
def test_files_and_functions_are_short(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= MOST_LINES
    assert {f.name: length(f) for f in functions(file) if length(f) > MOST_LINES_OF_FUNCTION} == {}


def test_services_and_shared_are_the_ones_of_this_checkout() -> None:
    assert Path(services.__file__).parents[1] == ROOT
    assert Path(shared.__file__).parents[1] == ROOT


def test_every_module_says_why_it_exists() -> None:
    silent = [str(f.relative_to(ROOT)) for f in CODE if not ast.get_docstring(ast.parse(f.read_text()))]
    assert silent == []
