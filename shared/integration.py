"""The contract that every folder under services/integrations fulfils; it is discovered, never registered.

A folder holds `__init__.py` (one `integration = Integration(...)`), `settings.py` (a pydantic model, every field with
title and description), `message.py` (pure: a Delivery becomes what goes on the wire), `deliver.py` (I/O), `README.md`,
and whatever modules these need. The folder's name is the destination's kind everywhere: in the database, in queues and
in the API.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Engine

from shared.messages import Delivery
from shared.status import CameraState, CameraStatus


@dataclass(frozen=True)
class Pictures:
    """The pictures of a delivery's event, read on demand; None when retention took them."""

    frame: Callable[[], bytes | None]
    crop: Callable[[], bytes | None]
    frame_url: str = ""
    crop_url: str = ""


@dataclass(frozen=True)
class Receipt:
    """What the peer answered to a delivery that succeeded."""

    status: int | None = None
    answer: str = ""


SettingsT = TypeVar("SettingsT", bound=BaseModel)
SettingsIn = TypeVar("SettingsIn", bound=BaseModel, contravariant=True)


class Deliver(Protocol[SettingsIn]):
    """Sends one delivery.

    Raises:
        Retry: try again later (timeout, connection, 408/425/429/5xx).
        Unauthorised: the peer refuses the credentials.
        Reject: the peer refuses this message for good.
    """

    def __call__(self, delivery: Delivery, pictures: Pictures, settings: SettingsIn) -> Receipt: ...


class Check(Protocol[SettingsIn]):
    """Tries the connection without leaving a trace at the peer where that is possible. Raises as Deliver does."""

    def __call__(self, settings: SettingsIn) -> Receipt: ...


@dataclass(frozen=True)
class Standing:
    """What a destination's standing work is given.

    Attributes:
        folder: of this destination alone; what is in it outlives restarts.
        engine: the site's database, for what comes back from a peer.
        stopping: set when the work must end, within a second or so.
        camera: how a camera is doing now; silent while nobody can tell.
    """

    destination_id: UUID
    name: str
    folder: Path
    engine: Engine
    stopping: threading.Event
    camera: Callable[[UUID], CameraStatus] = lambda _camera_id: CameraStatus(state=CameraState.SILENT)


class Keep(Protocol[SettingsIn]):
    """Keeps something open for a destination between its deliveries: a server, a session, a heartbeat.

    It has a thread of its own from when the destination is enabled until `stopping` is set, in the process that also
    delivers; changed settings stop it and begin it anew. Raises as Deliver does: the reason is shown at the
    destination, and it is begun again after a pause.
    """

    def __call__(self, standing: Standing, settings: SettingsIn) -> None: ...


@dataclass(frozen=True)
class Order:
    """One command that is ours to carry out, once.

    Attributes:
        left: seconds until its deadline.
        acted: to be called when the relay has taken it, where that is not the end of `drive`.
        stopping: set when the worker must end; what is switched on is switched off at once then.
    """

    command_id: UUID
    destination_id: UUID
    left: Callable[[], float]
    acted: Callable[[], None]
    stopping: threading.Event


class Drive(Protocol[SettingsIn]):
    """Carries out one command. The engine never calls it twice for one command unless it raised NotSent.

    Raises:
        NotSent: the peer certainly did nothing, and another try may help.
        Reject: the peer certainly did nothing, and another try would not help (credentials, a wrong number).
        anything else: nobody can tell what the peer did.
    """

    def __call__(self, order: Order, settings: SettingsIn) -> Receipt: ...


class Watch(Protocol[SettingsIn]):
    """Looks once whether what was ordered has happened. Raises as Deliver does."""

    def __call__(self, destination_id: UUID, settings: SettingsIn) -> bool: ...


@dataclass(frozen=True)
class Terms:
    """On which terms a destination's commands are carried out; all in seconds.

    Attributes:
        deadline: after the vehicle was last seen, or the person asked.
        longest: that carrying one out can take; a worker that takes longer is taken for dead.
        pause: between two commands of a destination.
        cool_down: in which one plate, with its look-alikes, is let in once.
        interlock: destinations that name the same group never hold at the same time; empty = none.
        holds: how long it holds after a command.
        watched: how long it is watched whether it happened; 0 = not.
    """

    deadline: float
    longest: float
    pause: float = 0.0
    cool_down: float = 0.0
    interlock: str = ""
    holds: float = 0.0
    watched: float = 0.0


@dataclass(frozen=True)
class Commands(Generic[SettingsT]):
    """What makes a kind of destination one that is ordered, at most once, instead of told."""

    drive: Drive[SettingsT]
    terms: Callable[[SettingsT], Terms]
    watch: Watch[SettingsT]


@dataclass(frozen=True)
class Integration(Generic[SettingsT]):
    """What the engine must know of one kind of destination."""

    name: str
    title: str
    version: str
    settings: type[SettingsT]
    deliver: Deliver[SettingsT]
    check: Check[SettingsT]
    lanes: int = field(default=1)
    """Deliveries to one destination that may be under way at once; 1 keeps their order."""
    live: bool = field(default=False)
    """Late is wrong (an overlay): expires after 15 s instead of being retried for days."""
    keep: Keep[SettingsT] | None = field(default=None)
    commands: Commands[SettingsT] | None = None
    """Given, destinations of this kind get commands and no deliveries."""
