"""An ONVIF camera: it answers WS-Discovery on the loopback interface, and tells its streams by the Media service."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from tests.simulators.onvif_relay import OnvifRelay

GROUP, PORT, LOOPBACK = "239.255.255.250", 3702, "127.0.0.1"
MEDIA = "http://www.onvif.org/ver10/media/wsdl"
STREAMS = (("main", "H264", 3840, 2160), ("second", "H264", 1920, 1080), ("third", "JPEG", 640, 360))
ANSWER = (
    '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header><a:RelatesTo>{question}</a:RelatesTo>'
    "</s:Header><s:Body><d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:{identity}</a:Address>"
    "</a:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>"
    "onvif://www.onvif.org/name/{name} onvif://www.onvif.org/hardware/XNO-6080R</d:Scopes>"
    "<d:XAddrs>http://10.9.8.7/onvif/device_service http://127.0.0.1:{port}/onvif/device_service</d:XAddrs>"
    "</d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"
)


@dataclass
class OnvifCamera(OnvifRelay):
    """`has_media` is off for a device that is no camera; `tells` is the address in its stream URIs."""

    name: str = "Gate%20in"
    identity: str = "0f0f0f0f-1111-2222-3333-00166cc39d44"
    has_media: bool = True
    tells: str = "192.168.1.100:554"
    probes: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Self:
        super().__enter__()
        self._group = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._group.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._group.bind((GROUP, PORT))
        membership = struct.pack("4s4si", socket.inet_aton(GROUP), bytes(4), socket.if_nametoindex("lo"))
        self._group.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        self._group.settimeout(0.2)
        self._answers = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._answers.bind((LOOPBACK, 0))
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *told: object) -> None:
        super().__exit__(*told)
        self._group.close()
        self._answers.close()

    def operations(self, body: str) -> dict[str, Callable[[], str]]:
        return super().operations(body) | {
            "GetDeviceInformation": self._information,
            "GetServices": self._media_service if self.has_media else super()._services,
            "GetProfiles": self._profiles,
            "GetStreamUri": lambda: self._uri(body),
        }

    def _listen(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(OSError):
                probe, asking = self._group.recvfrom(65_535)
                self.probes.append(probe)
                question = re.search(rb"MessageID>([^<]+)<", probe)
                if question and b"NetworkVideoTransmitter" in probe:
                    told = {"question": question[1].decode(), "identity": self.identity, "name": self.name}
                    self._answers.sendto(ANSWER.format(port=self.port, **told).encode(), asking)

    def _information(self) -> str:
        told = "<tds:Manufacturer>Hanwha</tds:Manufacturer><tds:Model>XNO-6080R</tds:Model>"
        return f"<tds:GetDeviceInformationResponse>{told}</tds:GetDeviceInformationResponse>"

    def _media_service(self) -> str:
        return (
            f"<tds:GetServicesResponse><tds:Service><tds:Namespace>{MEDIA}</tds:Namespace>"
            "<tds:XAddr>http://10.9.8.7/onvif/media_service</tds:XAddr></tds:Service></tds:GetServicesResponse>"
        )

    def _profiles(self) -> str:
        parts = [
            f'<trt:Profiles token="{name}&amp;1" xmlns:trt="{MEDIA}"><tt:Name>{name}</tt:Name>'
            f"<tt:VideoEncoderConfiguration><tt:Name>enc</tt:Name><tt:Encoding>{encoding}</tt:Encoding><tt:Resolution>"
            f"<tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height></tt:Resolution><tt:RateControl>"
            "<tt:FrameRateLimit>25</tt:FrameRateLimit></tt:RateControl></tt:VideoEncoderConfiguration></trt:Profiles>"
            for name, encoding, width, height in STREAMS
        ]
        return f'<trt:GetProfilesResponse xmlns:trt="{MEDIA}">{"".join(parts)}</trt:GetProfilesResponse>'

    def _uri(self, body: str) -> str:
        token = (re.search(r"ProfileToken>([^<]+)<", body) or ["", ""])[1]
        uri = f"rtsp://{self.tells}/{token}"
        return (
            f'<trt:GetStreamUriResponse xmlns:trt="{MEDIA}"><trt:MediaUri><tt:Uri>{uri}</tt:Uri></trt:MediaUri>'
            "</trt:GetStreamUriResponse>"
        )
