"""Tables that hold any text without becoming formulas or broken XML."""

from __future__ import annotations

import csv
import io
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.transfer.cells import bare, neutralised
from services.api.webapi.tables import csv_lines, xml_element


@pytest.mark.parametrize("cell", ["=1+1", "+38", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe_and_loses_it_again(cell: str) -> None:
    assert neutralised(cell) == "'" + cell
    assert bare(neutralised(cell)) == cell


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0")))
def test_a_cell_reads_back_as_it_was(text: str) -> None:
    (row,) = csv.reader(io.StringIO(csv_lines([[text, "x"]]), newline=""))
    assert row == [neutralised(text), "x"]
    assert not row[0].startswith(("=", "+", "-", "@", "\t"))


@given(st.text())
def test_xml_is_well_formed_for_any_text(text: str) -> None:
    read = ElementTree.fromstring(xml_element("note", text).encode("utf-8", "strict"))
    if all(c in "\t\n\r" or " " <= c < "\ud800" for c in text):
        assert (read.text or "") == text


def test_xml_names_members_items_and_truths() -> None:
    document = {"a": True, "b": ["x", {"c": 1}], "no name": None}
    assert xml_element("event", document) == (
        "<event><a>true</a><b><item>x</item><item><c>1</c></item></b><item></item></event>"
    )
