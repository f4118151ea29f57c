"""Devices by HTTP Digest: the answer must fit, be fresh, and be used once."""

from __future__ import annotations

import redis
from sqlalchemy import select

from services.api.deps import State
from services.api.sign_in import rate
from services.api.sign_in.queries import is_locked
from services.api.webapi.digest import MOST_USES, NONCE_LIFE, Answer, Nonces, fits
from services.api.webapi.guesses import wrong_answer
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import User
from shared.device_accounts import DIGEST_HASHES, REALM, device_hashes, ha1

_NOBODY = {name: ha1(name, "nobody", "nothing") for name in DIGEST_HASHES}


class Stale(Exception):
    """The answer was right, but its nonce is too old or was used with this count already."""


def device_user(state: State, nonces: Nonces, answer: Answer, method: str, origin: str) -> User | None:
    """Whose answer this is. Raises Stale, and TooMany for who tries too often."""
    moment = now()
    age = nonces.age(answer.nonce, moment)
    if age is None or answer.realm != REALM or not answer.user.isprintable():
        return None
    # Before it is judged: behind too many wrong answers even a right one opens nothing for a while.
    rate.check(state.events, origin)
    with transaction(state.engine) as session:
        user = session.scalar(select(User).where(User.name == answer.user))
        kept = device_hashes(session, state.vault, user) if user else None
    right = fits(answer, (kept or _NOBODY)[answer.algorithm], method)
    if user is None or kept is None or not right:
        wrong_answer(state, answer.user, origin)
        return None
    if not user.enabled or is_locked(user, moment):
        return None
    if age > NONCE_LIFE or not first_use(state.events, answer):
        raise Stale
    return user


def first_use(client: redis.Redis, answer: Answer) -> bool:
    """One bit for each count of a nonce: requests may overtake each other, but none comes twice."""
    if not 0 < answer.count <= MOST_USES:
        return False
    key = f"webapi:nonce:{answer.nonce}"
    with client.pipeline() as pipe:
        pipe.setbit(key, answer.count, 1)
        pipe.expire(key, NONCE_LIFE * 2)
        return not pipe.execute()[0]
