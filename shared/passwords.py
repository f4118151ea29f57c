"""What a password must be, and how it is kept: long, not one of those that everybody tries first, as Argon2id."""

from __future__ import annotations

import re
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.errors import Invalid

MIN_PASSWORD, MAX_PASSWORD = 12, 1000
"""Shorter ones are guessed; longer ones only cost time."""
FEWEST_DIFFERENT, OWN_LETTERS, RUN = 5, 4, 3
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Argon2id with OWASP's minimum (Password Storage Cheat Sheet): 19 MiB, 2 rounds, 1 lane."""
_NOBODY = _hasher.hash(secrets.token_hex())

_LEET = str.maketrans("013457@$!|", "oieastasil")
_ROWS = (
    "qwertyuiopasdfghjklzxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "abcdefghijklmnopqrstuvwxyz",
    "йцукенгшщзхъфывапролджэячсмитьбю",
    "01234567890",
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
    """Whether little is left of it without the words and runs that everybody uses."""
    text = password.lower()
    if len(set(text)) < FEWEST_DIFFERENT:
        return True
    words = _WORDS | ({name.lower()} if len(name) > 2 else frozenset())
    return any(_is_made_of(words, variant) for variant in (text, text.translate(_LEET)))


def _is_made_of(words: frozenset[str], text: str) -> bool:
    """Whether there are such words or runs in a text, and fewer than four letters besides; digits are no secret."""
    rest = text
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, " ")
    pieces = re.sub(r"[\W\d_]+", " ", rest).split()
    own = sum(len(piece) for piece in pieces if not _is_run(piece))
    return own < OWN_LETTERS and (rest != text or any(_is_run(text[i : i + RUN]) for i in range(len(text) - RUN + 1)))


def _is_run(text: str) -> bool:
    return len(text) >= RUN and (len(set(text)) == 1 or any(text in row or text in row[::-1] for row in _ROWS))


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
