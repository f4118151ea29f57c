"""The SUNAPI side of a recorder: shows and sets its text devices, and streams what they show; behind Digest (MD5).

Knows nothing of Platewire's code. What it shows is what `NvrText` received, while the device is in use and the
channel has video: `with NvrText() as nvr, NvrSunapi(nvr) as sunapi: ...`.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import unquote, urlsplit

from simulators.nvr_text import NvrText

REALM, NONCE = "iPolis_00-09-18-52-39-00", "0123456789abcdef0123456789abcdef"


@dataclass
class NvrSunapi:
    """`form` is how it answers: json or text. `devices` are its text devices as SUNAPI names their members."""

    nvr: NvrText
    user: str = "admin"
    password: str = "s3cret!"
    form: str = "json"
    has_video: bool = True
    error: str = ""
    """Answered, with status 200, instead of what was asked for."""
    requests: list[str] = field(default_factory=list)
    devices: list[dict[str, object]] = field(default_factory=list)
    wrong: int = 0
    one_use: bool = False
    """Each nonce is good for one request, and the next is told that it is stale."""
    nonce: str = NONCE
    certificate: tuple[str, str] | None = None
    """Files of a certificate and its key: then it speaks HTTPS."""
    wanted_port: int = 0
    """0 is any free one."""

    def __enter__(self) -> Self:
        self.devices = self.devices or [
            {
                "DeviceID": number,
                "DeviceName": f"TEXT {number + 1:02d}",
                "Enable": True,
                "Port": port,
                "ReceiptStart": "<LPR>",
                "ReceiptEnd": "</LPR>",
                "EncodingType": "US-ASCII",
                "ChannelIDList": [number],
            }
            for number, port in enumerate(self.nvr.ports)
        ]
        self._stopping = threading.Event()
        self._server = _Server((self.nvr.host, self.wanted_port), _Handler)
        self._server.daemon_threads = True
        self._server.sim = self
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def stopping(self) -> threading.Event:
        return self._stopping

    def lets_in(self, method: str, target: str, authorization: str) -> bool:
        found = dict(re.findall(r'(\w+)="?([^",]+)"?', authorization))
        if not authorization.startswith("Digest ") or found.get("uri") != target:
            return False
        secret = _md5(f"{self.user}:{REALM}:{self.password}")
        middle = f"{self.nonce}:{found.get('nc')}:{found.get('cnonce')}:auth"
        return found.get("response") == _md5(f"{secret}:{middle}:{_md5(f'{method}:{target}')}")

    def set(self, asked: dict[str, str]) -> None:
        device = self.devices[int(asked["DeviceID"])]
        names = ("ReceiptStart", "ReceiptEnd", "EncodingType", "DeviceType")
        device.update({name: asked[name] for name in names if name in asked})
        device["Enable"] = asked.get("Enable", "True") == "True"

    def listing(self) -> str:
        if self.form == "json":
            return json.dumps({"POSDevices": self.devices})
        lines = [f"DeviceID.{d['DeviceID']}.{name}={value}" for d in self.devices for name, value in d.items()]
        return "\r\n".join(lines)

    def parts(self) -> list[str]:
        """What the devices show of what came so far."""
        told = []
        for receipt in list(self.nvr.receipts):
            device = next(d for d in self.devices if d["Port"] == receipt.port)
            if not (device["Enable"] and self.has_video):
                continue
            at, number = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), device["DeviceID"]
            if self.form == "json":
                told.append(json.dumps({"ReceivedDate": at, "DeviceID": number, "Receipt": receipt.text}))
            else:
                told.append(f"ReceivedDate={at}\r\nDeviceID={number}\r\nReceipt=\r\n{receipt.text}")
        return told


class _Server(ThreadingHTTPServer):
    sim: NvrSunapi


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        sim, query = self.server.sim, urlsplit(self.path).query
        sim.requests.append(self.path)
        if not sim.lets_in("GET", self.path, self.headers.get("Authorization", "")):
            self._refuse(sim)
            return
        if sim.one_use:
            sim.nonce = secrets.token_hex(16)
        asked = {k: unquote(v) for k, v in (pair.split("=", 1) for pair in query.split("&"))}
        if sim.error:
            self._say(sim.error)
        elif asked["msubmenu"] == "posdata":
            self._stream(sim)
        elif asked["action"] == "set":
            sim.set(asked)
            self._say("OK")
        else:
            self._say(sim.listing())

    def _refuse(self, sim: NvrSunapi) -> None:
        authorization = self.headers.get("Authorization", "")
        stale = sim.one_use and bool(authorization) and sim.nonce not in authorization
        sim.wrong += bool(authorization) and not stale
        self.send_response(490 if sim.wrong >= 5 else 401)
        self.send_header(
            "WWW-Authenticate", f'Digest realm="{REALM}", nonce="{sim.nonce}", qop="auth"' + ", stale=true" * stale
        )
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _say(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def _stream(self, sim: NvrSunapi) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=SamsungTechwin")
        self.end_headers()
        self.wfile.flush()
        told = len(sim.parts())
        while not sim.stopping.wait(0.02):
            parts = sim.parts()
            for part in parts[told:]:
                kind = "application/json" if sim.form == "json" else "text/plain"
                try:
                    self.wfile.write(f"--SamsungTechwin\r\nContent-type:{kind}\r\n\r\n{part}\r\n".encode())
                except OSError:
                    return
            told = len(parts)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
