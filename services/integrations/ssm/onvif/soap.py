"""SOAP as ONVIF uses it: what a request says, and envelopes of answers and faults; pure."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from services.integrations.ssm.merging import element
from services.integrations.ssm.message import escaped

SPACES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "wsa5": "http://www.w3.org/2005/08/addressing",
    "wsnt": "http://docs.oasis-open.org/wsn/b-2",
    "wstop": "http://docs.oasis-open.org/wsn/t-1",
    "tds": "http://www.onvif.org/ver10/device/wsdl",
    "tev": "http://www.onvif.org/ver10/events/wsdl",
    "tt": "http://www.onvif.org/ver10/schema",
    "tns1": "http://www.onvif.org/ver10/topics",
    "ter": "http://www.onvif.org/ver10/error",
    "xsd": "http://www.w3.org/2001/XMLSchema",
}
_DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in SPACES.items())


class Fault(Exception):
    """What is asked cannot be done; `subcode` is ONVIF's or WS-Notification's word for it."""

    def __init__(self, subcode: str, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.subcode, self.sentence, self.status = subcode, sentence, status


@dataclass(frozen=True)
class Call:
    """One operation that is asked for."""

    operation: ET.Element
    name: str
    message_id: str
    token: dict[str, str]
    """Of WS-UsernameToken: Username, Password, Nonce, Created; empty without."""
    legacy: bool
    """SOAP 1.1, which is answered in kind."""

    def text(self, name: str) -> str:
        """Of the first element of that name, wherever it is."""
        return next(((found.text or "").strip() for found in self.operation.iter() if local(found) == name), "")


def read(body: bytes) -> Call:
    """Raises Fault for what is no envelope with one operation."""
    envelope = element(body)
    if envelope is None or local(envelope) != "Envelope":
        raise Fault("ter:WellFormed", "This is no SOAP envelope")
    parts = {local(child): child for child in envelope}
    operation = next(iter(parts["Body"]), None) if "Body" in parts else None
    if operation is None:
        raise Fault("ter:WellFormed", "The envelope asks for nothing")
    told = {local(found): (found.text or "").strip() for found in parts.get("Header", ET.Element("Header")).iter()}
    names = ("Username", "Password", "Nonce", "Created")
    token: dict[str, str] = {name: told[name] for name in names if name in told} if "Username" in told else {}
    legacy = "schemas.xmlsoap.org" in envelope.tag
    return Call(operation, local(operation), told.get("MessageID", ""), token, legacy)


def local(found: ET.Element) -> str:
    return found.tag.rpartition("}")[2]


def envelope(body: str, action: str = "", relates_to: str = "", *, legacy: bool = False) -> bytes:
    head = f"<wsa5:Action>{escaped(action)}</wsa5:Action>" if action else ""
    head += f"<wsa5:RelatesTo>{escaped(relates_to)}</wsa5:RelatesTo>" if relates_to else ""
    declared = _DECLARED.replace(SPACES["s"], "http://schemas.xmlsoap.org/soap/envelope/") if legacy else _DECLARED
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope {declared}>'
        f"<s:Header>{head}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def fault(error: Fault, *, legacy: bool = False) -> bytes:
    if legacy:
        body = f"<faultcode>s:Client</faultcode><faultstring>{escaped(error.sentence)}</faultstring>"
    else:
        body = (
            f"<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{error.subcode}</s:Value></s:Subcode></s:Code>"
            f'<s:Reason><s:Text xml:lang="en">{escaped(error.sentence)}</s:Text></s:Reason>'
        )
    return envelope(f"<s:Fault>{body}</s:Fault>", legacy=legacy)
