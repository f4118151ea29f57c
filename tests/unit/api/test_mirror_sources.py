"""Where a list is mirrored from: which sources are taken, and what of them is shown."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.api.mirrors.schemas import FileSource, UrlSource
from shared.secrets import MASK

SECRET = UrlSource(url="https://lists.test/a.csv?token=s3cret", user="site", password="hunter2")


@pytest.mark.parametrize("name", ["../secret.key", "a/b", "a\\b", ".hidden", "", "a\0b"])
def test_a_file_is_named_without_a_folder(name: str) -> None:
    with pytest.raises(ValidationError):
        FileSource(name=name)


@pytest.mark.parametrize("url", ["ftp://a/b", "file:///etc/passwd", "https://", "https://u:p@host/x", "http://a/ b"])
def test_only_web_addresses_without_credentials_are_taken(url: str) -> None:
    with pytest.raises(ValidationError):
        UrlSource(url=url)


def test_secrets_are_shown_as_masks_and_a_mask_keeps_them() -> None:
    shown = SECRET.masked()
    assert "s3cret" not in str(shown)
    assert "hunter2" not in str(shown)
    assert shown.holds_mask
    assert shown.unmasked(SECRET) == SECRET
    assert shown.model_copy(update={"user": "other"}).unmasked(SECRET).password == "hunter2"


def test_a_mask_is_worth_nothing_at_another_address() -> None:
    elsewhere = SECRET.masked().model_copy(update={"url": f"https://evil.test/a.csv?{MASK}"})
    assert elsewhere.unmasked(SECRET).holds_mask
    assert SECRET.masked().unmasked(None).holds_mask
    assert SECRET.masked().unmasked(FileSource(name="a")).holds_mask
