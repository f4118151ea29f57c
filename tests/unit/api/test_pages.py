"""The compiled pages: nothing inline, nothing from elsewhere, every text in every language."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from services.api.access import SITE_WIDE
from services.api.pages.built_files import FOLDER, built_files
from shared.credentials import Scope

SOURCE = Path(__file__).parents[3] / "pages"
TEXTS = SOURCE / "src/texts"
LANGUAGES = sorted(folder.name for folder in TEXTS.iterdir() if folder.is_dir())
# `count_few` and `count_many` are forms of one text; which of them a language has is its own affair.
PLURAL = re.compile(r"_(zero|one|two|few|many|other)$")
# Names of XML, pages of error codes that a library names in its messages, and examples of what one types.
NAMED_ONLY = (
    "http://www.w3.org/",
    "https://svelte.dev/e/",
    "https://konvajs.org/docs/",
    "https://example.",
    "http://user:password@10.0.0.5/",
)


def keys(text: Any, place: str = "") -> set[str]:
    if not isinstance(text, dict):
        return {PLURAL.sub("", place)}
    return set().union(*(keys(inner, f"{place}.{name}") for name, inner in text.items())) if text else set()


@pytest.mark.parametrize("name", sorted(path.name for path in (TEXTS / "en").glob("*.json")))
@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_text_is_there_in_every_language(language: str, name: str) -> None:
    english, other = (json.loads((TEXTS / folder / name).read_text()) for folder in ("en", language))
    assert keys(other) == keys(english)


def test_the_document_holds_no_inline_script_or_style() -> None:
    text = built_files()["index.html"].content.decode()
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text) == []


def test_the_document_names_only_files_that_are_there() -> None:
    named = re.findall(r"/pages/([\w.-]+)", built_files()["index.html"].content.decode())
    assert named
    assert [name for name in named if name not in built_files()] == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.js")) + sorted(FOLDER.glob("*.css")), ids=lambda path: path.name)
def test_a_file_fetches_nothing_from_elsewhere(path: Path) -> None:
    addresses = re.findall(r"https?://[^\s\"'`)]+", path.read_text())
    assert [address for address in addresses if not address.startswith(NAMED_ONLY)] == []


@pytest.mark.parametrize("path", sorted(SOURCE.glob("src/**/*.svelte")), ids=lambda path: path.name)
def test_a_component_is_short_and_sets_no_style_attribute(path: Path) -> None:
    """The content security policy refuses style attributes in markup; `style:width=` goes another way."""
    text = path.read_text()
    assert re.findall(r"\sstyle=", text) == []
    assert len(text.splitlines()) <= 300


def test_every_scope_that_a_page_asks_about_exists() -> None:
    """A misspelt one would hide a control from everybody but nobody would see why."""
    texts = [path.read_text() for path in SOURCE.glob("src/**/*") if path.suffix in {".svelte", ".ts"}]
    asked = {scope for text in texts for scope in re.findall(r"(?:may\(|scope: )\"([a-z]+:[a-z]+)\"", text)}
    assert len(asked) > 8
    assert asked - {scope.value for scope in Scope} == set()


def test_every_scope_is_offered_for_keys_and_said_in_words() -> None:
    told = json.loads((TEXTS / "en/keys.json").read_text())["scopes"]
    said = {f"{noun}:{verb}" for noun, verbs in told.items() for verb in verbs}
    offered = set(re.findall(r'"([a-z]+:[a-z]+)"', (SOURCE / "src/routes/settings/keys/scopes.ts").read_text()))
    assert said == offered == {scope.value for scope in Scope}


def test_a_key_of_some_cameras_is_not_offered_what_concerns_all() -> None:
    text = (SOURCE / "src/routes/settings/keys/scopes.ts").read_text()
    told = text[text.index("SITE_WIDE") : text.index("PRESETS")]
    assert set(re.findall(r'"([a-z]+:[a-z]+)"', told)) == SITE_WIDE
