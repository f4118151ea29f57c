"""Which documents we answer ourselves, alone or put into the camera's; pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.integrations.ssm import documents, merging
from services.integrations.ssm.message import Document
from services.integrations.ssm.profile import Profile
from shared.clock import now


@dataclass(frozen=True)
class Made:
    """A document as JSON and as lines, and how it is put into a camera's own."""

    json: Document
    lines: list[str]
    into_json: Callable[[Document], Document]
    into_text: Callable[[str], str]


Maker = Callable[[Profile, int], Made]
"""Makes a document of a profile and the number of channels."""


def _event_schema(profile: Profile, channels: int) -> Made:  # noqa: ARG001
    alone: Document = {"type": "array", "items": [documents.event_schema(profile)]}
    return Made(
        alone,
        documents.event_schema_lines(profile, 1),
        lambda theirs: merging.schema_json(theirs, profile),
        lambda theirs: merging.schema_text(theirs, profile),
    )


def _metadata_schema(profile: Profile, channels: int) -> Made:  # noqa: ARG001
    return _list("MetaDataSchema", [documents.metadata_schema(profile)], profile)


def _event_info(profile: Profile, channels: int) -> Made:  # noqa: ARG001
    return _list("OpenSDKEventInfo", documents.event_info(profile), profile)


def _list(key: str, entries: list[Document], profile: Profile) -> Made:
    return Made(
        {key: entries},
        documents.numbered_lines(key, entries),
        merging.listed(key, entries),
        merging.listed_text(key, entries, profile),
    )


def _apps(profile: Profile, channels: int) -> Made:  # noqa: ARG001
    return Made(
        {"InstalledApps": 1, "Apps": [documents.installed_app(profile)]},
        ["InstalledApps=1", *documents.installed_app_lines(profile)],
        lambda theirs: merging.apps_json(theirs, profile),
        lambda theirs: merging.apps_text(theirs, profile),
    )


def _device_info(profile: Profile, channels: int) -> Made:  # noqa: ARG001
    return _theirs_first(documents.device_info(profile))


def _date(profile: Profile, channels: int) -> Made:  # noqa: ARG001
    return _theirs_first(documents.date(now()))


def _theirs_first(document: Document) -> Made:
    """Where a camera says it itself, its word counts."""
    return Made(document, documents.as_lines(document), lambda theirs: theirs, lambda theirs: theirs)


DOCUMENTS: dict[tuple[str, str, str], Maker] = {
    ("eventstatus", "eventstatusschema", "view"): _event_schema,
    ("eventstatus", "metadataschema", "view"): _metadata_schema,
    ("opensdk", "opensdkeventinfo", "view"): _event_info,
    ("opensdk", "apps", "view"): _apps,
    ("system", "deviceinfo", "view"): _device_info,
    ("system", "date", "view"): _date,
}
"""By cgi, submenu and action."""
