"""A delivery as the state of an event, and such a state in every form in which cameras tell it; pure.

The forms follow SUNAPI 2.6.2, eventstatus.cgi (5.1, 5.1.7) and the layouts of Open Platform apps on current firmware.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from services.integrations.ssm.profile import Profile
from services.integrations.ssm.settings import Settings
from shared.messages import Delivery

Document = dict[str, Any]
_OPEN, _CLOSE = "\ue000", "\ue001"


@dataclass(frozen=True)
class State:
    """What is told of one channel's event.

    Attributes:
        at: of the plate, or of the end of its pulse; aware.
        fields: names and values on the wire, only while it is on.
    """

    channel: int
    on: bool
    at: datetime
    camera: str = ""
    fields: tuple[tuple[str, str], ...] = ()


def state(delivery: Delivery, settings: Settings) -> State:
    """The state that a plate brings about."""
    event, card = delivery.event, delivery.camera
    values = {
        "plate": event.plate,
        "country": event.country,
        "confidence": f"{event.confidence:.2f}",
        "camera": card.name,
        "list": ", ".join(event.lists),
        "direction": event.direction.value,
        "event_id": str(event.event_id),
        "delivery_id": str(delivery.delivery_id),
        "time": stamp(event.read_at),
    }
    fields = tuple((name, clean(values[value])) for name, value in settings.names.data.items())
    channel = settings.channels.get(card.name, settings.channel)
    return State(channel, True, event.read_at, clean(card.name), fields)


def clean(text: str) -> str:
    """Without anything that would end a line or that XML forbids."""
    return "".join(character for character in text if character.isprintable())


def stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+00:00"


def one_line(document: Document) -> str:
    """JSON in ASCII on one line; braces inside texts are escaped, since some readers count braces."""
    text = json.dumps(_hidden(document), separators=(",", ":"))
    return text.replace(r"\ue000", r"\u007b").replace(r"\ue001", r"\u007d")


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("{", _OPEN).replace("}", _CLOSE)
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    return {key: _hidden(item) for key, item in value.items()} if isinstance(value, dict) else value


def source(told: State, profile: Profile, kind: str = "Event") -> Document:
    """Gen2's Source, which ONVIF carries too."""
    places = {"{camera}": told.camera, "{channel}": str(told.channel)}
    return {
        "Channel": told.channel,
        "AppName": profile.app.name,
        "AppID": profile.app.id,
        "AppEvent": profile.app.event,
        "Type": kind,
        "RuleIndex": profile.source.rule_index,
        "VideoSourceToken": _filled(profile.source.video_source_token, places),
        "RuleName": _filled(profile.source.rule_name, places),
    }


def _filled(template: str, places: Mapping[str, str]) -> str:
    for place, value in places.items():
        template = template.replace(place, value)
    return template


def events(told: State, profile: Profile, generation: str, *, meta: bool) -> list[Document]:
    """The entries of EventStatus in one generation; Gen1 has a Meta with the plate beside the Event."""
    if generation == "gen2":
        return [_event(profile.event_name, told, source(told, profile), {"State": told.on} | dict(told.fields))]
    short = {key: value for key, value in source(told, profile).items() if key in _GEN1_SOURCE}
    found = [_event("OpenSDK", told, short, {"State": told.on})]
    if meta and told.on:
        found.append(_event("OpenSDK", told, short | {"Type": "Meta"}, {"Info": _info(told, profile)}))
    return found


_GEN1_SOURCE = ("Channel", "AppName", "AppID", "AppEvent", "Type")


def _event(name: str, told: State, of: Document, data: Document) -> Document:
    return {"EventName": name, "Time": stamp(told.at), "Source": of, "Data": data}


def _info(told: State, profile: Profile) -> str:
    token = _filled(profile.source.gen1_token, {"{channel}": str(told.channel)})
    items = simple_items(told.fields)
    return (
        f"<tt:Message><tt:Source>{simple_items([('VideoSourceToken', token)])}</tt:Source>"
        f"<tt:Data>{items}</tt:Data></tt:Message>"
    )


def simple_items(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<tt:SimpleItem Name="{escaped(name)}" Value="{escaped(value)}"/>' for name, value in pairs)


def escaped(text: str) -> str:
    """For an XML attribute in double quotes, or for content."""
    return escape(text, {'"': "&quot;"})


def plain_line(told: State, profile: Profile) -> str:
    """The line of the plain status, which has no room for a plate."""
    return f"Channel.{told.channel}.{profile.event_name}={told.on}"


def schema_lines(told: State, profile: Profile) -> list[str]:
    """The lines of a SchemaBased status in text."""
    name = f"Channel.{told.channel}.{profile.event_name}.{profile.source.rule_index}"
    of = source(told, profile)
    values = {key: of[key] for key in ("VideoSourceToken", "RuleName")} | {"State": int(told.on)} | dict(told.fields)
    return [f"{name}={told.on}", *(f"{name}.{key}={value}" for key, value in values.items())]


def plain_json(told: State, profile: Profile) -> Document:
    """The channel's entry in the plain status as JSON."""
    return {"Channel": told.channel, "OpenSDK": {profile.app.name: {profile.app.event: told.on}}}
