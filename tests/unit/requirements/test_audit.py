"""The audit of the locks: a finding fails, and silence is never taken for a good answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from requirements import audit

CLEAN = {"name": "alembic", "version": "1.0", "vulns": []}
BAD = {"name": "jinja2", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
UNKNOWN = {"name": "rich", "skip_reason": "Dependency not found"}


def answering(monkeypatch: pytest.MonkeyPatch, **services: list[dict[str, Any]] | None) -> None:
    def ask(service: str, _pinned: dict[str, str]) -> dict[str, Any] | None:
        said = services.get(service)
        return None if said is None else {"dependencies": said}

    monkeypatch.setattr(audit, "_ask", ask)


def test_nothing_known_is_good(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, pypi=[CLEAN])
    assert audit.main([]) == 0


@pytest.mark.parametrize("options", [[], [audit.MAY_BE_SKIPPED]])
def test_a_finding_fails_and_says_what_mends_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    answering(monkeypatch, pypi=[CLEAN, BAD])
    assert audit.main(options) == audit.FOUND
    assert "jinja2 2.0: PYSEC-1, mended in 2.1" in capsys.readouterr().out


def test_another_service_is_asked_when_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, pypi=None, osv=[BAD])
    assert audit.main([]) == audit.FOUND


@pytest.mark.parametrize("said", [None, [CLEAN, UNKNOWN]])
def test_silence_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], said: list[dict[str, Any]] | None
) -> None:
    answering(monkeypatch, pypi=said)
    assert audit.main([]) == audit.NOT_ASKED
    assert "NOT AUDITED" in capsys.readouterr().out
    assert audit.main([audit.MAY_BE_SKIPPED]) == 0
    assert "SKIPPED" in capsys.readouterr().out


def test_every_pin_of_every_lock_is_asked_about() -> None:
    locks = sorted(Path(audit.FOLDER).glob("*.lock"))
    pinned = [line for lock in locks for line in lock.read_text().splitlines() if "==" in line.partition(";")[0]]
    rounds = audit.pins("".join(lock.read_text() for lock in locks))
    asked = {f"{name}=={version}" for one in rounds for name, version in one.items()}
    assert len(asked) > 100
    assert {line.partition(";")[0].rstrip(" \\") for line in pinned} == asked
