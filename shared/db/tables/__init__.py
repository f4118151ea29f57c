"""All tables, one file a subject; importing this package fills `Base.metadata`."""

from shared.db.tables.base import Base
from shared.db.tables.cameras import Camera, CameraProgress, Track
from shared.db.tables.deliveries import Command, DeliveryRow, Destination, IntegrationKind
from shared.db.tables.events import EventRow, Plate
from shared.db.tables.lists import ListEntry, PlateList, ReactionRule
from shared.db.tables.people import ApiKey, Audit, LoginSession, User
from shared.db.tables.site import SiteSetting
from shared.db.tables.webapi import DeviceAccount, LastSearch

__all__ = [
    "ApiKey",
    "Audit",
    "Base",
    "Camera",
    "CameraProgress",
    "Command",
    "DeliveryRow",
    "Destination",
    "DeviceAccount",
    "EventRow",
    "IntegrationKind",
    "LastSearch",
    "ListEntry",
    "LoginSession",
    "Plate",
    "PlateList",
    "ReactionRule",
    "SiteSetting",
    "Track",
    "User",
]
