"""Asks one ONVIF camera what it is and which streams it has (ONVIF Media specification, ver10)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from services.api.onvif.schemas import CameraAsked, OnvifStream
from shared.errors import Reject, Trouble
from shared.onvif import TDS, local, soap
from shared.onvif_device import OnvifDevice

MEDIA = "http://www.onvif.org/ver10/media/wsdl"
_SCHEMA = "http://www.onvif.org/ver10/schema"
TIMEOUT = 4.0
MOST = 8
"""Streams that are asked for; a camera rarely has more than three that differ."""
ENOUGH = 1920
"""Pixels: a wider picture costs more than it shows of a plate that is framed well."""


@dataclass(frozen=True)
class Told:
    model: str
    streams: list[OnvifStream]


def ask(asked: CameraAsked) -> Told:
    """Raises NotSent, Retry, Reject, Unauthorised."""
    host = f"[{asked.host}]" if ":" in asked.host else asked.host
    base, secret = f"http://{host}:{asked.port}", asked.password.get_secret_value()
    device = OnvifDevice(base, asked.path, asked.user, secret, TIMEOUT)
    model = _model(device.ask(f'<GetDeviceInformation xmlns="{TDS}"/>', "GetDeviceInformation"))
    path = device.service(MEDIA)
    if not path:
        raise Reject("The device has no video to give", trouble=Trouble.WRONG_DEVICE)
    profiles = device.ask(f'<GetProfiles xmlns="{MEDIA}"/>', "GetProfiles", MEDIA, path)
    found = [profile for profile in soap(profiles).iter() if local(profile) == "Profiles"][:MOST]
    streams = [_stream(device, path, profile, host) for profile in found]
    best = _best(streams)
    return Told(model, [stream.model_copy(update={"best": stream is best}) for stream in streams])


def _stream(device: OnvifDevice, path: str, profile: Element, host: str) -> OnvifStream:
    token = profile.get("token", "")
    body = (
        f'<GetStreamUri xmlns="{MEDIA}"><StreamSetup><Stream xmlns="{_SCHEMA}">RTP-Unicast</Stream>'
        f'<Transport xmlns="{_SCHEMA}"><Protocol>RTSP</Protocol></Transport></StreamSetup>'
        f"<ProfileToken>{escape(token)}</ProfileToken></GetStreamUri>"
    )
    answer = device.ask(body, "GetStreamUri", MEDIA, path)
    told = next((e.text or "" for e in soap(answer).iter() if local(e) == "Uri"), "").strip()
    encoder = next((e for e in profile.iter() if local(e) == "VideoEncoderConfiguration"), None)
    known = {} if encoder is None else {local(e): (e.text or "").strip() for e in encoder.iter()}
    return OnvifStream(
        name=next((e.text or "" for e in profile.iter() if local(e) == "Name"), "").strip()[:100] or token[:100],
        url=_reachable(told, host),
        encoding=known.get("Encoding", "")[:20],
        width=_whole(known.get("Width", "")),
        height=_whole(known.get("Height", "")),
        rate=_whole(known.get("FrameRateLimit", "")),
        best=False,
    )


def _reachable(uri: str, host: str) -> str:
    """With the host that we reached it by: a camera tells the address that it believes to have."""
    parts = urlsplit(uri)
    if parts.scheme not in {"rtsp", "rtsps"} or not parts.hostname:
        raise Reject("The device gives no RTSP address", trouble=Trouble.WRONG_DEVICE)
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=host + port).geturl()


def _best(streams: list[OnvifStream]) -> OnvifStream | None:
    """The widest that is not too wide, of those that are video."""
    video = [stream for stream in streams if stream.encoding.upper() != "JPEG"] or streams
    fitting = [stream for stream in video if stream.width <= ENOUGH]
    if fitting:
        return max(fitting, key=lambda stream: stream.width)
    return min(video, key=lambda stream: stream.width, default=None)


def _model(text: str) -> str:
    told = {local(e): (e.text or "").strip() for e in soap(text).iter()}
    return " ".join(filter(None, (told.get("Manufacturer"), told.get("Model"))))[:200]


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
