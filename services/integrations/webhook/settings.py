"""What somebody decides about one webhook: where it goes and what it says."""

from __future__ import annotations

import json
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from shared.web_receiver import HEADER, OURS, WebReceiver
from shared.wording import FIELDS, HELP, Wording, fill

BODY = """{
  "type": "vehicle.{moment}",
  "timestamp": "{utc}",
  "data": {
    "event_id": "{event_id}", "plate": "{plate}", "country": "{country}", "confidence": {confidence},
    "camera": "{camera}", "direction": "{direction}", "zone": {zone}, "list": "{list}",
    "frame_url": "{frame_url}", "crop_url": "{crop_url}"
  }
}"""
"""The members that Standard Webhooks recommends: type, timestamp, data."""
NUMBERS = {"confidence": "0.5", "zone": "1", "car_id": "1"}


class Settings(WebReceiver):
    """One webhook."""

    method: Literal["POST", "PUT", "PATCH", "GET"] = Field(
        default="POST", title="Method", description="GET has no body: put the fields into the URL's query"
    )
    query: Wording = Field(
        default="", title="Query", description=f"Added to the URL, such as plate={{plate}}; {HELP}", max_length=2000
    )
    content_type: Literal["json", "form", "text", "xml"] = Field(
        default="json", title="Form of the body", description="Decides how what is filled in is escaped"
    )
    body: Wording = Field(default=BODY, title="Body", description=f"What is sent; filled in: {HELP}", max_length=20_000)
    headers: dict[str, Annotated[Wording, Field(max_length=1000)]] = Field(
        default={}, title="More headers", description="Name and value, which may have fields; no secrets", max_length=20
    )

    @field_validator("headers")
    @classmethod
    def _headers(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not HEADER.fullmatch(name) or name.lower() in OURS:
                raise ValueError(f"{name[:40]} cannot be the name of a header")
            if not value.isprintable():
                raise ValueError(f"the header {name} has more than one line")
        return headers

    @model_validator(mode="after")
    def _json_stays_json(self) -> Self:
        if self.content_type == "json" and self.method != "GET":
            try:
                json.loads(fill(self.body, {name: NUMBERS.get(name, "x") for name in FIELDS}))
            except ValueError as error:
                raise ValueError(f"the body is no JSON once it is filled in: {error}") from None
        return self
