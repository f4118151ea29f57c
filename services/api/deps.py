"""What endpoints work with: the servers behind the application, a transaction, and typed ways to ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Self

import redis
from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared import streams
from shared.db.session import connect, transaction
from shared.errors import Conflict
from shared.media import MediaStore
from shared.secrets import Vault
from shared.settings import Settings


@dataclass(frozen=True)
class State:
    """Everything outside the process that the API uses; lives in `app.state.platewire`."""

    settings: Settings
    engine: Engine
    events: redis.Redis
    frames: redis.Redis
    media: MediaStore
    vault: Vault

    @classmethod
    def open(cls, settings: Settings) -> Self:
        return cls(
            settings=settings,
            engine=connect(settings.sqlalchemy_url, pool=10),
            events=streams.connect(settings.redis_events_url),
            frames=streams.connect(settings.redis_frames_url),
            media=MediaStore(settings.media_dir),
            vault=Vault(settings.secret_key.get_secret_value()),
        )

    def close(self) -> None:
        self.engine.dispose()
        self.events.close()
        self.frames.close()


def state_of(request: Request) -> State:
    state: State = request.app.state.platewire
    return state


def _session_of(state: Annotated[State, Depends(state_of)]) -> Iterator[Session]:
    with transaction(state.engine) as session:
        yield session


Site = Annotated[State, Depends(state_of)]
# Scope "function": committed before the answer leaves, so that what was answered is true.
Db = Annotated[Session, Depends(_session_of, scope="function")]


@contextmanager
def no_double(sentence: str) -> Iterator[None]:
    """Turns the database's refusal of a second row of that name into a Conflict with this sentence."""
    try:
        yield
    except IntegrityError:
        raise Conflict(sentence) from None
