"""A consumer of ONVIF events by PullPoint that writes its own SOAP; knows nothing of Platewire's code.

Signs in by WS-UsernameToken, as most do. For HTTP Digest use it through ssm_client.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

NS = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "wsa": "http://www.w3.org/2005/08/addressing",
    "wsnt": "http://docs.oasis-open.org/wsn/b-2",
    "tds": "http://www.onvif.org/ver10/device/wsdl",
    "tev": "http://www.onvif.org/ver10/events/wsdl",
    "tt": "http://www.onvif.org/ver10/schema",
    "tns1": "http://www.onvif.org/ver10/topics",
    "ter": "http://www.onvif.org/ver10/error",
}
DEVICE, EVENTS = "/onvif/device_service", "/onvif/event_service"


@dataclass(frozen=True)
class Notified:
    """One message."""

    topic: str
    operation: str
    time: str
    source: dict[str, str]
    data: dict[str, str]


@dataclass
class OnvifConsumer:
    """Asks one device."""

    port: int
    user: str = "admin"
    password: str = "s3cret-pw"
    skew: float = 0.0
    """Seconds that its clock is ahead."""
    nonce: bytes = b""
    """Used again with each request when it is set, as a thief would."""

    def ask(self, path: str, operation: str, *, signed: bool = True) -> tuple[int, ET.Element]:
        """Status and the operation's answer or the fault."""
        spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
        head = f"<wsa:MessageID>urn:uuid:{secrets.token_hex(8)}</wsa:MessageID>" + (self._token() if signed else "")
        body = f"<s:Envelope {spaces}><s:Header>{head}</s:Header><s:Body>{operation}</s:Body></s:Envelope>"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", path, body.encode(), {"Content-Type": "application/soap+xml; charset=utf-8"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status in (401, 490):
            return answer.status, ET.Element("refused")
        found = ET.fromstring(text).find("s:Body", NS)
        assert found is not None
        return answer.status, found[0]

    def subscribe(self, topics: str = "", ends: str = "PT60S") -> str:
        """The pull point's path."""
        chosen = f"<tev:Filter><wsnt:TopicExpression>{topics}</wsnt:TopicExpression></tev:Filter>" if topics else ""
        wish = f"<tev:InitialTerminationTime>{ends}</tev:InitialTerminationTime>"
        status, answer = self.ask(
            EVENTS, f"<tev:CreatePullPointSubscription>{chosen}{wish}</tev:CreatePullPointSubscription>"
        )
        assert status == 200, ET.tostring(answer)
        return urlsplit(answer.findtext(".//wsa:Address", "", NS)).path

    def pull(self, path: str, timeout: str = "PT10S", limit: int = 10) -> list[Notified]:
        wish = f"<tev:Timeout>{timeout}</tev:Timeout><tev:MessageLimit>{limit}</tev:MessageLimit>"
        status, answer = self.ask(path, f"<tev:PullMessages>{wish}</tev:PullMessages>")
        assert status == 200, ET.tostring(answer)
        return [_notified(message) for message in answer.findall("wsnt:NotificationMessage", NS)]

    def _token(self) -> str:
        nonce = self.nonce or secrets.token_bytes(16)
        created = f"{datetime.now(UTC) + timedelta(seconds=self.skew):%Y-%m-%dT%H:%M:%SZ}"
        digest = base64.b64encode(hashlib.sha1(nonce + created.encode() + self.password.encode()).digest()).decode()
        wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-"
        kind = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
        return (
            f'<Security xmlns="{wsse}secext-1.0.xsd"><UsernameToken><Username>{self.user}</Username>'
            f'<Password Type="{kind}">{digest}</Password><Nonce>{base64.b64encode(nonce).decode()}</Nonce>'
            f'<Created xmlns="{wsse}utility-1.0.xsd">{created}</Created></UsernameToken></Security>'
        )


def _notified(message: ET.Element) -> Notified:
    told = message.find("wsnt:Message/tt:Message", NS)
    assert told is not None
    items = {
        part: {item.get("Name", ""): item.get("Value", "") for item in told.findall(f"tt:{part}/tt:SimpleItem", NS)}
        for part in ("Source", "Data")
    }
    topic = message.findtext("wsnt:Topic", "", NS)
    return Notified(topic, told.get("PropertyOperation", ""), told.get("UtcTime", ""), items["Source"], items["Data"])
