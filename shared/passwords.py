"""What a password must be, and how it is kept: long, not one of those that everybody tries first, as Argon2id."""

from __future__ import annotations

import re
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.errors import Invalid

MIN_PASSWORD, MAX_PASSWORD = 12, 1000
"""Shorter ones are guessed; longer ones only cost time."""
FEWEST_DIFFERENT = 5
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Argon2id with OWASP's minimum (Password Storage Cheat Sheet): 19 MiB, 2 rounds, 1 lane."""
_NOBODY = _hasher.hash(secrets.token_hex())

_LEET = str.maketrans("013457@$!|", "oieastasil")
_ROWS = (
    "qwertyuiopasdfghjklzxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "abcdefghijklmnopqrstuvwxyz",
    "йцукенгшщзхъфывапролджэячсмитьбю",
)
_WORDS = frozenset(
    """
    access account admin administrator anpr barrier baseball batman camera changeme changeit charlie computer
    default dragon flower football forever gate guard guest hello hikvision iloveyou incorrect internet killer
    letmein login manager master michael monday monkey mustang mypassword newpassword nothing numberok
    operator parking pass passphrase passwd password passwort platewire pokemon princess root samsung secret
    security server shadow starwars summer sunshine superman system temp temporary test testing thispassword
    trustno unknown user username viewer welcome whatever winter yourpassword пароль привет админ
    """.split()  # noqa: SIM905  a list of sixty quoted words reads worse
)


def check_password(password: str, name: str = "") -> None:
    """Raises Invalid with what is wrong; `name` is whose password it shall be."""
    if len(password) < MIN_PASSWORD:
        raise Invalid(f"A password needs at least {MIN_PASSWORD} characters", "password")
    if len(password) > MAX_PASSWORD:
        raise Invalid(f"A password has at most {MAX_PASSWORD} characters", "password")
    if is_common(password, name):
        raise Invalid("This password is among those that are tried first, take several words of your own", "password")


def is_common(password: str, name: str = "") -> bool:
    """Whether nothing is left of it without words, runs and years that everybody uses."""
    text = password.lower()
    if len(set(text)) < FEWEST_DIFFERENT:
        return True
    return any(not _own_letters(variant, name.lower()) for variant in (text, text.translate(_LEET)))


def _own_letters(text: str, name: str) -> str:
    """The letters that belong to no run of the keyboard and to no common word; digits at the edges do not count."""
    words = _WORDS | ({name} if len(name) > 2 else frozenset())
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, " ")
    letters = re.sub(r"[\W\d_]+", " ", text).split()
    return "".join(run for run in letters if not _is_run(run) and len(run) > 2)


def _is_run(text: str) -> bool:
    return any(text in row or text in row[::-1] for row in _ROWS) or len(set(text)) == 1


def hash_password(password: str, name: str = "") -> str:
    """Raises Invalid for a password that is too short or too common."""
    check_password(password, name)
    return _hasher.hash(password)


def fits(stored: str | None, password: str) -> bool:
    """Takes as long without a stored password as with a wrong one, so that names cannot be found out."""
    try:
        _hasher.verify(stored or _NOBODY, password[:MAX_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return bool(stored)


def stronger_hash(stored: str, password: str) -> str | None:
    """The password that fitted, hashed anew, when the stored hash was made with other parameters than today's."""
    return _hasher.hash(password) if _hasher.check_needs_rehash(stored) else None
