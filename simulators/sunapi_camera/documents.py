"""What a simulated camera says of itself and of its own event."""

from __future__ import annotations

import json

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40 + b"\xff\xd9"
ATTRIBUTES = (
    b'<?xml version="1.0"?><capabilities><attributes><group name="System"><category name="Support">'
    b'<attribute name="OpenSDK" type="bool" value="False" accesslevel="guest"/>'
    b'<attribute name="PTZ" type="bool" value="True" accesslevel="guest"/></category></group></attributes>'
    b'<cgis><cgi name="eventstatus"><submenu name="eventstatus"><action name="monitor">'
    b'<parameter name="Channel.#.EventType"><dataType><csv><entry value="MotionDetection"/></csv></dataType>'
    b"</parameter></action></submenu></cgi></cgis></capabilities>"
)


def document(submenu: str, model: str, state: str, *, wants_json: bool) -> tuple[str, bytes]:
    """What a submenu tells; JSON has a comma too many where apps are known to write one."""
    documents = {
        "eventstatus": (state, state),
        "deviceinfo": (f"Model={model}\r\nSerialNumber=SIM1\r\n", json.dumps({"Model": model})),
        "eventstatusschema": (
            "EventStatus.7.Name=MotionDetection\r\nEventStatus.7.Schema.1.Name=Channel.<int>.MotionDetection\r\n",
            '{"type":"array","items":[{"properties":{"EventName":{"enum":["MotionDetection"]}}}]}',
        ),
        "metadataschema": ("MetaDataSchema.1.EventName=Motion", '{"MetaDataSchema":[{"EventName":"Motion"}]}'),
        "opensdkeventinfo": ("OpenSDKEventInfo.1.AppName=WiseAI", '{"OpenSDKEventInfo":[{"AppName":"WiseAI"}]}'),
        "apps": (
            "InstalledApps=1\r\nWiseAI.Status=Running\r\nWiseAI.Version=1.0\r\n",
            '{"InstalledApps":1,"Apps":[{"AppID":"WiseAI","Status":"Running",}]}',
        ),
    }
    text = documents.get(submenu, ("OK\r\n", '{"Response":"Success"}'))[wants_json]
    return "application/json" if wants_json else "text/plain", text.encode()


def state_as(motion: bool, *, wants_json: bool, schema: bool, config: bool = False) -> str:
    if not wants_json:
        changed = "SystemEvent.ConfigChange=True\r\nChangedConfigURI=eventsources.cgi?msubmenu=x\r\n"
        return changed if config else f"Channel.0.MotionDetection={motion}\r\n"
    if config:
        return '{"SystemEvent":{"ConfigChange":true}}'
    if schema:
        entry = {"EventName": "MotionDetection", "Source": {"Channel": 0}, "Data": {"State": motion}}
        return json.dumps({"EventStatus": [entry]}, indent=1)
    return json.dumps({"ChannelEvent": [{"Channel": 0, "MotionDetection": motion}]})
