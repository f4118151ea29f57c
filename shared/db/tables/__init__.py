"""All tables, one file a subject; importing this package fills `Base.metadata`."""

from shared.db.tables.base import Base
from shared.db.tables.cameras import Camera, CameraProgress, Track
from shared.db.tables.deliveries import Command, DeliveryRow, Destination, IntegrationKind
from shared.db.tables.events import EventRow, Plate
from shared.db.tables.exports import EventExport
from shared.db.tables.lists import ListChange, ListEntry, PlateList
from shared.db.tables.marks import EventNote, EventTag, SavedSearch
from shared.db.tables.meta import MetaList, MetaListPage, MetaSite, MetaSource
from shared.db.tables.people import ApiKey, Audit, AuditAnchor, AuditLink, LoginSession, User
from shared.db.tables.pushes import PushContact, PushedPassage, PushRow
from shared.db.tables.reactions import CoolDown, ReactionRule
from shared.db.tables.repeats import KeptAnswer
from shared.db.tables.site import SiteSetting
from shared.db.tables.transfers import ListImport, ListMirror
from shared.db.tables.webapi import DeviceAccount, LastSearch

__all__ = [
    "ApiKey",
    "Audit",
    "AuditAnchor",
    "AuditLink",
    "Base",
    "Camera",
    "CameraProgress",
    "Command",
    "CoolDown",
    "DeliveryRow",
    "Destination",
    "DeviceAccount",
    "EventExport",
    "EventNote",
    "EventRow",
    "EventTag",
    "IntegrationKind",
    "KeptAnswer",
    "LastSearch",
    "ListChange",
    "ListEntry",
    "ListImport",
    "ListMirror",
    "LoginSession",
    "MetaList",
    "MetaListPage",
    "MetaSite",
    "MetaSource",
    "Plate",
    "PlateList",
    "PushContact",
    "PushRow",
    "PushedPassage",
    "ReactionRule",
    "SavedSearch",
    "SiteSetting",
    "Track",
    "User",
]
