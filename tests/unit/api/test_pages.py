"""The pages stand on their own files: nothing inline, nothing from elsewhere, nothing missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.api.pages.endpoints import FOLDER

FILES = sorted(path for path in FOLDER.iterdir() if path.suffix in {".html", ".js", ".css"})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_page_names_only_files_that_are_there(path: Path) -> None:
    text = path.read_text()
    named = re.findall(r"/pages/([\w.-]+\.\w+)", text) + re.findall(r"from \"\./([\w-]+\.js)\"", text)
    assert [name for name in named if not (FOLDER / name).is_file()] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_page_fetches_nothing_from_elsewhere(path: Path) -> None:
    addresses = re.findall(r"https?://[^\s\"']+", path.read_text())
    assert [address for address in addresses if not address.startswith("http://www.w3.org/")] == []


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".html"], ids=lambda path: path.name)
def test_a_page_holds_no_inline_script_or_style(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text) == []


@pytest.mark.parametrize("name", ["tokens.css", "icons.svg"])
def test_every_icon_and_token_that_is_used_exists(name: str) -> None:
    """A misspelled icon or colour would fail silently in the browser."""
    texts = "\n".join(path.read_text() for path in FILES)
    if name == "icons.svg":
        used = set(re.findall(r"icons\.svg#(\w+)", texts)) | set(re.findall(r"icon\(\"(\w+)\"\)", texts))
        made = set(re.findall(r"id=\"(\w+)\"", (FOLDER / name).read_text()))
    else:
        used = set(re.findall(r"var\((--[\w-]+)\)", texts))
        made = set(re.findall(r"^\s*(--[\w-]+):", (FOLDER / name).read_text(), re.MULTILINE))
    assert used
    assert used - made == set()
