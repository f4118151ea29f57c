"""What a consumer reads before it follows events: schemas, installed apps, attributes, the device itself; pure.

After SUNAPI 2.6.2: event (5.1), open SDK (2, 6), attributes, system. Each document exists as JSON and as lines of text.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from services.integrations.ssm.message import Document
from services.integrations.ssm.profile import Profile

INSTALLED = "2021-04-21T00:00:00Z"
_ERRORS = {
    600: "Submenu Error", 601: "Action Error", 602: "Parameter Error", 603: "Missing Parameter",
    604: "Invalid Input Value(s)", 608: "Not Implemented", 609: "Not Authorized", 610: "Cannot Access",
    614: "Service Not Ready",
}  # fmt: skip
Lines = list[str]


def refusal(code: int) -> tuple[Lines, Document]:
    """Errors come with status 200, in words."""
    words = _ERRORS[code]
    lines = ["NG", f"Error Code: {code}", "Error Details:", words]
    return lines, {"Response": "Fail", "Error": {"Code": code, "Details": words}}


def event_schema(profile: Profile) -> Document:
    """The item of eventstatusschema that describes our events."""
    names = ["OpenSDK"] if "gen1" in profile.generations else []
    names += [profile.event_name] if "gen2" in profile.generations else []
    text = {"type": "string"}
    data: Document = {"State": {"type": "boolean"}} | dict.fromkeys(profile.data, text)
    if "gen1" in profile.generations:
        data["Info"] = text
    of: Document = {"Channel": {"type": "integer"}, "RuleIndex": {"type": "integer"}, "Type": {"enum": _types(profile)}}
    of |= dict.fromkeys(("AppName", "AppID", "AppEvent", "VideoSourceToken", "RuleName"), text)
    return {
        "type": "object",
        "properties": {
            "Time": text,
            "EventName": {"enum": names},
            "Source": {"type": "object", "properties": of},
            "Data": {"type": "object", "properties": data},
        },
    }


def _types(profile: Profile) -> list[str]:
    return ["Event", "Meta"] if "gen1" in profile.generations else ["Event"]


def event_schema_lines(profile: Profile, number: int) -> Lines:
    """The same as text; `number` is the event's place among the device's."""
    base = f"Channel.<int>.{profile.event_name}"
    fields = [("", "<boolean>")]
    if "gen2" in profile.generations:
        fields += [(".<int>", "<boolean>"), (".<int>.VideoSourceToken", "<string>"), (".<int>.RuleName", "<string>")]
        fields += [(".<int>.State", "<int>"), *((f".<int>.{name}", "<string>") for name in profile.data)]
    lines = [f"EventStatus.{number}.Name={profile.event_name}"]
    for place, (tail, kind) in enumerate(fields, 1):
        lines.append(f"EventStatus.{number}.Schema.{place}.Name={base}{tail}")
        lines.append(f"EventStatus.{number}.Schema.{place}.Value={kind}")
    return lines


def topic_schema(profile: Profile) -> str:
    """ONVIF's description of the topic, as apps hand it to a camera."""
    app, event = profile.app.name, profile.app.event
    described = "".join(f'<tt:SimpleItemDescription Name="{name}" Type="xsd:string"/>' for name in profile.data)
    return (
        f'<tns1:{profile.onvif.topic_root}><{app}><{event} wstop:topic="true"><tt:MessageDescription IsProperty="true">'
        '<tt:Source><tt:SimpleItemDescription Name="VideoSourceToken" Type="tt:ReferenceToken"/>'
        '<tt:SimpleItemDescription Name="RuleName" Type="xsd:string"/></tt:Source>'
        f'<tt:Data><tt:SimpleItemDescription Name="State" Type="xsd:boolean"/>{described}</tt:Data>'
        f"</tt:MessageDescription></{event}></{app}></tns1:{profile.onvif.topic_root}>"
    )


def metadata_schema(profile: Profile) -> Document:
    return {"EventName": profile.event_name, "EventTopic": profile.topic, "EventSchema": topic_schema(profile)}


def event_info(profile: Profile) -> list[Document]:
    """Entries of opensdkeventinfo: one for each type that is sent."""
    app = {"AppName": profile.app.name, "AppEvent": profile.app.event}
    tail = {"EventTopic": profile.topic, "EventSchema": topic_schema(profile)}
    return [app | {"Type": kind} | tail for kind in _types(profile)]


def installed_app(profile: Profile) -> Document:
    return {
        "AppID": profile.app.id, "Status": "Running", "InstalledDate": INSTALLED, "Version": profile.app.version,
        "Permission": ["Device", "Network"], "AutoStart": True, "Priority": "High", "Channel": "0",
    }  # fmt: skip


def installed_app_lines(profile: Profile) -> Lines:
    app = installed_app(profile)
    name = app.pop("AppID")
    return [f"{name}.{key}={as_text(value)}" for key, value in app.items()]


def numbered_lines(name: str, entries: list[Document], first: int = 1) -> Lines:
    """Documents as lines: `Name.1.Key=value`."""
    return [
        f"{name}.{number}.{key}={as_text(value)}"
        for number, entry in enumerate(entries, first)
        for key, value in entry.items()
    ]


def device_info(profile: Profile) -> Document:
    device = profile.device
    return {
        "Model": device.model, "SerialNumber": device.serial, "FirmwareVersion": device.firmware,
        "DeviceType": device.type, "ConnectedMACAddress": device.mac, "CGIVersion": device.cgi_version,
        "OpenSDKVersion": device.opensdk_version, "DeviceName": device.model,
    }  # fmt: skip


def first_steps(profile: Profile, channels: int) -> Document:
    """What pw_init tells before anybody signed in: the device has a password."""
    return {
        "Initialized": True, "Language": "English", "MaxChannel": channels, "SpecialType": "none",
        "NewPasswordPolicy": True, "MaxPasswordLength": 64, "Manufacturer": profile.device.manufacturer,
    }  # fmt: skip


def date(at: datetime) -> Document:
    utc = f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    return {"LocalTime": utc, "UTCTime": utc, "SyncType": "NTP", "DSTEnable": False, "POSIXTimeZone": "STWT0"}


def as_lines(document: Document) -> Lines:
    return [f"{key}={as_text(value)}" for key, value in document.items()]


def as_text(value: Any) -> str:
    """As cameras write values in text: True, csv."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def attributes(channels: int) -> ET.Element:
    """What tells that apps and their events exist: groups, categories, attributes."""
    root = ET.Element("attributes")
    add_attributes(root)
    system = group(root, "System")
    _attribute(group(system, "Property", "category"), "MaxChannel", "int", str(channels))
    return root


def add_attributes(root: ET.Element) -> None:
    """Puts ours into a device's attributes; what it says itself of the same name is replaced."""
    system, sources = group(root, "System"), group(root, "Eventsource")
    _attribute(group(system, "Support", "category"), "OpenSDK", "bool", "True")
    _attribute(group(system, "Limit", "category"), "OpenSDK.MaxApps", "int", "3")
    support = group(sources, "Support", "category")
    _attribute(support, "OpenSDK", "bool", "True")
    _attribute(support, "DynamicRule", "bool", "True")
    _attribute(group(sources, "Property", "category"), "OpenSDK.EventActions", "csv", "AlarmOutput,SMTP,FTP")


def group(parent: ET.Element, name: str, tag: str = "group") -> ET.Element:
    """The child of that name, made where there is none."""
    for child in parent.iter(tag):
        if child.get("name", "").lower() == name.lower():
            return child
    return ET.SubElement(parent, tag, {"name": name})


def _attribute(parent: ET.Element, name: str, kind: str, value: str) -> None:
    for known in [one for one in parent.findall("attribute") if one.get("name") == name]:
        parent.remove(known)
    ET.SubElement(parent, "attribute", {"name": name, "type": kind, "value": value, "accesslevel": "guest"})


def cgis(profile: Profile) -> ET.Element:
    """What may be asked: the part of eventstatus that names our events."""
    root = ET.Element("cgis")
    submenu = group(group(root, "eventstatus", "cgi"), "eventstatus", "submenu")
    for action in ("check", "monitor", "monitordiff"):
        parameter = group(group(submenu, action, "action"), "Channel.#.EventType", "parameter")
        parameter.attrib.update(request="true", response="true")
        ET.SubElement(ET.SubElement(parameter, "dataType"), "csv")
    return add_event_types(root, profile)


def add_event_types(root: ET.Element, profile: Profile) -> ET.Element:
    """Names OpenSDK and our event wherever a device lists the types of a channel's events."""
    for parameter in root.iter("parameter"):
        name = parameter.get("name", "")
        if name.startswith("Channel.") and name.endswith(".EventType"):
            for values in [*parameter.iter("csv"), *parameter.iter("enum")]:
                known = {entry.get("value") for entry in values.findall("entry")}
                for value in [one for one in ("OpenSDK", profile.event_name) if one not in known]:
                    ET.SubElement(values, "entry", {"value": value})
    return root


def part_of(root: ET.Element, words: list[str]) -> ET.Element | None:
    """The part that a path under attributes.cgi/attributes names; None when there is no such part."""
    found: ET.Element | None = root
    for word in words:
        found = next((child for child in found if word.lower() in _keys(child)), None) if found is not None else None
    return found


def described(profile: Profile, channels: int, words: list[str]) -> ET.Element | None:
    """What attributes.cgi tells under a path; None when there is no such part."""
    whole = ET.Element("capabilities")
    whole.extend((attributes(channels), cgis(profile)))
    if not words:
        return whole
    of_cgi = whole.find("cgis") if words[0] not in ("attributes", "cgis") else None
    if of_cgi is not None:
        return part_of(of_cgi, words)
    root = whole.find(words[0])
    return None if root is None else part_of(root, words[1:])


def _keys(element: ET.Element) -> set[str]:
    return {element.get(key, "").lower() for key in ("name", "number")}


def xml(root: ET.Element) -> bytes:
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
