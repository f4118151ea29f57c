from __future__ import annotations

from pathlib import Path

import pytest

from shared.settings import SettingsError, from_environment

FULL = {
    "DATABASE_URL": "postgres://u:p@h/d",
    "REDIS_EVENTS_URL": "redis://a",
    "REDIS_FRAMES_URL": "redis://b",
    "PLATEWIRE_SECRET_KEY": "k",
}


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(SettingsError, match="REDIS_FRAMES_URL"):
        from_environment({**FULL, "REDIS_FRAMES_URL": ""})


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-file\n")
    settings = from_environment(
        {**FULL, "PLATEWIRE_SECRET_KEY": "", "PLATEWIRE_SECRET_KEY_FILE": str(tmp_path / "key")}
    )
    assert settings.secret_key.get_secret_value() == "from-file"


def test_an_unreadable_secret_file_is_named() -> None:
    with pytest.raises(SettingsError, match="PLATEWIRE_SECRET_KEY_FILE cannot be read"):
        from_environment({**FULL, "PLATEWIRE_SECRET_KEY_FILE": "/nowhere"})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_postgresql_url_is_understood(scheme: str) -> None:
    settings = from_environment({**FULL, "DATABASE_URL": f"{scheme}://u:p@h/d"})
    assert settings.sqlalchemy_url == "postgresql+psycopg://u:p@h/d"


def test_another_database_is_refused() -> None:
    with pytest.raises(SettingsError, match="postgresql"):
        _ = from_environment({**FULL, "DATABASE_URL": "mysql://x"}).sqlalchemy_url


def test_the_secret_key_is_not_shown() -> None:
    assert "'k'" not in repr(from_environment(FULL))
