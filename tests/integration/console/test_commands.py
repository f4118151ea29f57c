"""The `platewire` command as a person types it, on a data folder of its own."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from console.site import database, secret_key
from shared.clock import now
from shared.credentials import token_hash
from shared.db.session import transaction
from shared.db.tables import ApiKey, Audit, Camera, DeviceAccount, ListEntry, User
from shared.push_passwords import push_passwords
from shared.secrets import Vault

PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Not in pytest's folder: as root, PostgreSQL is another user that must be able to reach it.
    with tempfile.TemporaryDirectory(prefix="platewire-tests-", ignore_cleanup_errors=True) as name:
        platewire("migrate", "--data-dir", name)
        yield Path(name)


def platewire(*words: str, typed: str = "") -> str:
    """Runs the command; returns what it printed. Raises CalledProcessError, with what it said in `stderr`."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"PLATEWIRE_ADMIN_PASSWORD": PASSWORD, "COLUMNS": "200"}
    command = [sys.executable, "-m", "console", *words]
    done = subprocess.run(command, env=environment, input=typed, capture_output=True, text=True, timeout=90, check=True)
    return done.stdout


def refused(*words: str, typed: str = "") -> str:
    with pytest.raises(subprocess.CalledProcessError) as error:
        platewire(*words, typed=typed)
    said: str = error.value.stderr
    assert "Traceback" not in said
    return " ".join(said.split())


def test_migrating_again_keeps_the_first_admin(folder: Path) -> None:
    platewire("migrate", "--data-dir", str(folder))
    with database(folder) as engine, transaction(engine) as session:
        assert [user.name for user in session.scalars(select(User))] == ["admin"]


def test_the_last_word_of_a_new_key_is_the_key_and_only_its_hash_is_stored(folder: Path) -> None:
    printed = platewire("apikey", "create", "--name", "app", "--scope", "events:read", "--data-dir", str(folder))
    key = printed.split()[-1]
    with database(folder) as engine, transaction(engine) as session:
        stored = session.scalars(select(ApiKey).where(ApiKey.name == "app")).one()
        assert (stored.key_hash, stored.scopes) == (token_hash(key), ["events:read"])
    assert "already an API key app" in refused(
        "apikey", "create", "--name", "app", "--scope", "*", "--data-dir", str(folder)
    )
    platewire("apikey", "revoke", "--name", "app", "--data-dir", str(folder))
    assert "no API key app" in refused("apikey", "revoke", "--name", "app", "--data-dir", str(folder))


def test_a_key_for_devices_shows_their_password_before_the_key(folder: Path) -> None:
    made = ("apikey", "create", "--name", "gate", "--scope", "events:push", "--data-dir", str(folder))
    words = platewire(*made).split()
    secret = secret_key(folder)
    assert push_passwords(secret, token_hash(words[-1]))[0] in words[:-1]


def test_an_unknown_scope_names_those_that_there_are(folder: Path) -> None:
    said = refused("apikey", "create", "--name", "x", "--scope", "everything", "--data-dir", str(folder))
    assert "Unknown scope everything" in said
    assert "events:read" in said


def test_users_are_made_disabled_and_get_new_passwords(folder: Path) -> None:
    where = ("--data-dir", str(folder))
    platewire("user", "create", "guard", "--role", "viewer", *where, typed=f"{PASSWORD}\n")
    platewire("user", "password", "guard", *where, typed="another long password\n")
    platewire("user", "disable", "guard", *where)
    listed = platewire("user", "list", *where)
    assert [line.split()[-2] for line in listed.splitlines() if "guard" in line] == ["no"]
    assert "at least 12 characters" in refused("user", "create", "x", *where, typed="short\n")
    assert "last admin" in refused("user", "disable", "admin", *where)
    assert "no user nobody" in refused("user", "disable", "nobody", *where)


def test_the_audit_log_is_verified_and_a_kept_hash_is_found_again(folder: Path) -> None:
    where = ("--data-dir", str(folder))
    head = platewire("audit", "verify", *where).split()[-1]
    platewire("apikey", "create", "--name", "audited", "--scope", "*", "--from", "10.0.3.0/24", *where)
    assert "The audit log is whole" in platewire("audit", "verify", "--head", head, *where)
    assert "64 hexadecimal digits" in refused("audit", "verify", "--head", "abc", *where)
    assert "kept is not in the chain" in refused("audit", "verify", "--head", "0" * 64, *where)
    with database(folder) as engine, transaction(engine) as session:
        rows = list(session.scalars(select(Audit).where(Audit.actor == "console", Audit.subject == "audited")))
        assert [(row.action, row.detail["addresses"]) for row in rows] == [("api_key.make", ["10.0.3.0/24"])]


def test_a_user_who_lost_the_phone_signs_in_with_the_password_alone(folder: Path) -> None:
    where = ("--data-dir", str(folder))
    platewire("user", "create", "olena", *where, typed=f"{PASSWORD}\n")
    with database(folder) as engine, transaction(engine) as session:
        user = session.scalars(select(User).where(User.name == "olena")).one()
        user.totp_secret, user.totp_confirmed_at, user.recovery_codes = b"x", now(), ["y"]
    assert "on" in next(line for line in platewire("user", "list", *where).splitlines() if "olena" in line).split()
    platewire("user", "no-second-factor", "olena", *where)
    platewire("user", "disable", "olena", *where)
    platewire("user", "enable", "olena", *where)
    with database(folder) as engine, transaction(engine) as session:
        user = session.scalars(select(User).where(User.name == "olena")).one()
        assert (user.totp_confirmed_at, user.recovery_codes, user.enabled) == (None, [], True)


def test_the_demo_is_added_once_with_its_listed_plates(folder: Path) -> None:
    for _ in range(2):
        platewire("demo", "--data-dir", str(folder))
    with database(folder) as engine, transaction(engine) as session:
        assert [camera.kind for camera in session.scalars(select(Camera))] == ["demo"]
        assert len(session.scalars(select(ListEntry)).all()) == 4


def test_a_second_site_in_the_same_folder_is_refused(folder: Path) -> None:
    with (folder / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "Another `platewire up` runs" in refused("up", "--data-dir", str(folder), "--port", str(free_port()))


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = refused("up", "--data-dir", str(tmp_path / "new"), "--port", str(taken.getsockname()[1]))
    assert "choose another --port" in said
    assert not (tmp_path / "new" / "servers").exists()


def test_files_that_cannot_be_read_are_told_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"not a picture")
    (tmp_path / "zero.mp4").write_bytes(b"")
    with pytest.raises(subprocess.CalledProcessError) as error:
        platewire("read", "--json", str(tmp_path))
    lines = [json.loads(line) for line in error.value.stdout.splitlines()]
    assert [Path(line["file"]).name for line in lines] == ["bad.jpg", "zero.mp4"]
    assert all(line["plates"] == [] and line["error"] for line in lines)
    assert "2 of 2 files could not be read" in error.value.stderr


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_user_is_marked_as_a_device_with_the_right_password_only(folder: Path) -> None:
    at = ("--data-dir", str(folder))
    platewire("user", "create", "gate", "--role", "operator", *at, typed=PASSWORD)
    assert "not the password" in refused("user", "device", "gate", *at, typed="another long password")
    platewire("user", "device", "gate", *at, typed=PASSWORD)
    with database(folder) as engine, transaction(engine) as session:
        assert len(session.scalars(select(DeviceAccount)).all()) == 1
    platewire("user", "device", "gate", "--off", *at)
    with database(folder) as engine, transaction(engine) as session:
        assert session.scalars(select(DeviceAccount)).all() == []


def test_a_backup_is_written_whole_and_shown_before_it_is_restored(folder: Path, tmp_path: Path) -> None:
    phrase, file = tmp_path / "phrase", tmp_path / "site.backup"
    phrase.write_text("four words are enough\n")
    where = ("--passphrase-file", str(phrase), "--data-dir", str(folder))
    assert "Wrote" in platewire("backup", str(file), *where)
    assert oct(file.stat().st_mode)[-3:] == "600"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    with database(folder) as engine, transaction(engine) as session:
        sealed = Vault(secret_key(folder)).seal({"kind": "upload"})
        session.add(Camera(name="Later", kind="upload", source=sealed))

    assert "made by this site" in platewire("restore", str(file), *where)
    with pytest.raises(subprocess.CalledProcessError):
        platewire("restore", str(file), "--replace", "--apply", *where, typed="n\n")
    with database(folder) as engine, transaction(engine) as session:
        session.execute(delete(Camera).where(Camera.name == "Later"))
    assert "Restored" not in platewire("restore", str(file), "--replace", "--apply", "--yes", *where)
    phrase.write_text("another passphrase")
    assert "does not open this backup" in refused("restore", str(file), *where)
    other = tmp_path / "letter.txt"
    other.write_text("dear")
    assert "not written over" in refused("backup", str(other), *where)
    assert "Give the passphrase by" in refused("backup", str(file), "--data-dir", str(folder))
