"""What an installer decides about one receiver of JSON over HTTP(S)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.web_receiver import WebReceiver

PartName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\[\]-]{1,64}$")]


class Settings(WebReceiver):
    """One receiver."""

    camera_id: str = Field(
        default="",
        title="Camera ID",
        description="Sent as sensorProviderID. Leave it empty when several cameras send here: each then sends its own",
        max_length=64,
    )
    lat: float | None = Field(default=None, title="Geo latitude", description="Degrees north", ge=-90, le=90)
    lon: float | None = Field(default=None, title="Geo longitude", description="Degrees east", ge=-180, le=180)
    picture: Literal["crop", "full"] = Field(
        default="crop", title="Send frame", description="The plate's crop or the full frame"
    )
    crop_format: Literal["png", "jpeg"] = Field(
        default="png", title="Format of the crop", description="A full frame is always JPEG"
    )
    body: Literal["multipart", "json_with_pictures", "json_only"] = Field(
        default="multipart",
        title="Body",
        description="Form with JSON and picture as files, JSON with the picture in base64, or JSON without picture",
    )
    event_part: PartName = Field(default="event", title="Name of the JSON part", description="Multipart only")
    image_part: PartName = Field(default="image", title="Name of the picture part", description="Multipart only")
    profile: Literal["example", "table"] = Field(
        default="example",
        title="Value types",
        description="As the guide's example (all strings) or as its table (numbers, and times in UTC)",
    )
    times: Literal["local", "utc"] = Field(
        default="local", title="Times", description="In the camera's time zone or in UTC"
    )
