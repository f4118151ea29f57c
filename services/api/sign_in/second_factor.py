"""The second factor of one user: begun, confirmed, asked for at sign-in, taken away."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

import cv2

from shared import totp
from shared.db.tables import User
from shared.errors import Conflict, Invalid
from shared.secrets import Vault


@dataclass(frozen=True)
class Enrolment:
    """What a phone needs. `qr` is a picture of the address, as data URL."""

    secret: str
    address: str
    qr: str


def begin(user: User, vault: Vault) -> Enrolment:
    """A new secret, which counts once it is confirmed. Raises Conflict when there is a confirmed one."""
    if user.totp_confirmed_at:
        raise Conflict("There is a second factor already, take it away first")
    secret = totp.new_secret()
    user.totp_secret = vault.seal({"secret": secret})
    address = totp.address(secret, user.name)
    return Enrolment(secret, address, _qr(address))


def confirm(user: User, vault: Vault, code: str, moment: datetime) -> list[str]:
    """Makes the secret count and returns the recovery codes, this once. Raises Conflict, Invalid."""
    if user.totp_confirmed_at or not user.totp_secret:
        raise Conflict("There is no second factor to confirm")
    if not _takes_code(user, vault, code, moment):
        raise Invalid("The code does not fit, is the phone's clock right?", "code")
    user.totp_confirmed_at = moment
    codes = totp.recovery_codes()
    user.recovery_codes = [totp.recovery_hash(one) for one in codes]
    return codes


def takes(user: User, vault: Vault, code: str, moment: datetime) -> bool:
    """Whether a code, or a recovery code, opens the door; it never does twice."""
    if _takes_code(user, vault, code, moment):
        return True
    hashed = totp.recovery_hash(code)
    if hashed not in user.recovery_codes:
        return False
    user.recovery_codes = [one for one in user.recovery_codes if one != hashed]
    return True


def take_away(user: User) -> None:
    user.totp_secret = user.totp_confirmed_at = None
    user.recovery_codes = []


def _takes_code(user: User, vault: Vault, code: str, moment: datetime) -> bool:
    secret: str = vault.open(user.totp_secret or b"")["secret"]
    step = totp.step_of(secret, code, moment, user.totp_used)
    user.totp_used = step or user.totp_used
    return step is not None


def _qr(text: str) -> str:
    modules = cv2.QRCodeEncoder.create().encode(text)
    enlarged = cv2.resize(modules, None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST)
    png = cv2.imencode(".png", enlarged)[1].tobytes()
    return "data:image/png;base64," + base64.b64encode(png).decode()
