"""What an installer decides about one barrier: which relay opens it, for how long, on which terms, and who says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from shared.certificates import ClientCertificate, ClientKey, Fingerprint, OwnAuthority, check_own

Port = Annotated[int, Field(ge=0, le=65535)]
Number = Annotated[int, Field(ge=0, le=65535)]
Text = Annotated[str, Field(max_length=2000)]
DriverName = Literal["sunapi", "onvif", "shelly", "shelly_gen1", "modbus", "gpio", "http", "mqtt"]
FeedbackName = Literal["none", "device", "sunapi", "shelly", "modbus", "gpio", "http"]
NEEDS_HOST = frozenset({"sunapi", "onvif", "shelly", "shelly_gen1", "modbus", "mqtt"})
_FIELD = re.compile(r"\{([^{}\s\"':,]*)\}")
FIELDS = frozenset({"command_id", "seconds"})


class Settings(BaseModel):
    """One barrier. What a driver does not name is not looked at by it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    driver: DriverName = Field(title="Relay", description="What switches the barrier")
    host: str = Field(
        default="", title="Address", description="IP address or name of the relay, camera or broker", max_length=255
    )
    port: Port = Field(default=0, title="Port", description="0 is the usual one")
    tls: bool = Field(default=False, title="TLS", description="https, or MQTT over TLS")
    user: str = Field(default="", title="User", description="Of the device or broker", max_length=200)
    password: SecretStr = Field(default=SecretStr(""), title="Password", description="Of the device or broker")
    ca: OwnAuthority = ""
    fingerprint: Fingerprint = ""
    timeout: float = Field(default=1.5, title="Timeout", description="Seconds that one request may take", ge=0.3, le=5)

    pulse: float = Field(default=2.0, title="Pulse", description="Seconds for which the relay is on", ge=0.2, le=15)
    deadline: float = Field(
        default=5.0, title="Deadline", description="Seconds after the last frame until which it may open", ge=1, le=10
    )
    pause: float = Field(default=1.0, title="Pause", description="Seconds between two orders", ge=0, le=60)
    cool_down: float = Field(
        default=5.0, title="Cool-down", description="Seconds in which it opens once for a plate", ge=0, le=3600
    )
    interlock: str = Field(
        default="",
        title="Interlock",
        description="Barriers that name the same group are never open together",
        max_length=64,
    )
    open_seconds: float = Field(
        default=15.0,
        title="Stays open",
        description="Seconds after an order for which the interlock takes it for open",
        ge=1,
        le=600,
    )

    output: int = Field(default=1, title="Alarm output", description="SUNAPI: number from 1", ge=1, le=64)
    recorder: bool = Field(
        default=False, title="Recorder", description="SUNAPI: an NVR, which does not end a pulse by itself"
    )
    relay: str = Field(
        default="", title="Relay token", description="ONVIF: as the device names it; empty = its first", max_length=64
    )
    path: str = Field(
        default="/onvif/device_service", title="ONVIF path", description="Of the device service", max_length=255
    )
    switch: Annotated[int, Field(ge=0, le=15)] = Field(default=0, title="Switch", description="Shelly: number from 0")
    unit: Annotated[int, Field(ge=0, le=255)] = Field(default=1, title="Unit", description="Modbus: unit identifier")
    coil: Number = Field(
        default=0, title="Coil address", description="Modbus: from 0, so what a manual calls coil 1 is 0"
    )
    pulse_register: Number | None = Field(
        default=None, title="Pulse register", description="Modbus: a register that starts a pulse of the board's own"
    )
    pulse_value: Number = Field(default=1, title="Pulse value", description="Modbus: what is written to that register")
    chip: str = Field(
        default="/dev/gpiochip0",
        title="GPIO chip",
        description="GPIO: device of the chip",
        pattern=r"^/dev/gpiochip\d+$",
    )
    line: Number = Field(default=0, title="GPIO line", description="GPIO: offset of the line")
    active_low: bool = Field(default=False, title="Active low", description="GPIO: on is a low level")
    on_url: Text = Field(default="", title="URL for on", description="HTTP: may hold {command_id} and {seconds}")
    off_url: Text = Field(
        default="", title="URL for off", description="HTTP: empty = the device ends the pulse by itself"
    )
    method: Literal["GET", "POST", "PUT"] = Field(default="GET", title="Method", description="HTTP: of both requests")
    on_body: Text = Field(default="", title="Body for on", description="HTTP: with the fields of the URL")
    off_body: Text = Field(default="", title="Body for off", description="HTTP: with the fields of the URL")
    content_type: str = Field(
        default="application/json", title="Content type", description="HTTP: of the bodies", max_length=100
    )
    auth: Literal["none", "basic", "digest"] = Field(
        default="none", title="Authentication", description="HTTP: how user and password are sent"
    )
    expects: str = Field(
        default="", title="Answer", description="HTTP: regular expression that a good answer matches", max_length=200
    )
    state_url: Text = Field(
        default="", title="URL of the state", description="HTTP: tells whether the relay is on (feedback `device`)"
    )
    state_on: str = Field(
        default="true", title="State on", description="HTTP: regular expression that says on", max_length=200
    )
    topic: str = Field(default="", title="Topic", description="MQTT: of the relay's commands", max_length=500)
    on_payload: Text = Field(default="ON", title="Payload for on", description="MQTT: may hold {seconds}")
    off_payload: Text = Field(
        default="OFF", title="Payload for off", description="MQTT: empty = the device ends the pulse by itself"
    )
    client_certificate: ClientCertificate = ""
    client_key: ClientKey = SecretStr("")
    mqtt_version: Literal["5", "3.1.1"] = Field(
        default="5", title="MQTT version", description="5 lets the broker drop an order that is too old"
    )

    feedback: FeedbackName = Field(
        default="none", title="Feedback", description="Who says that it opened: the relay itself, or an input"
    )
    feedback_seconds: float = Field(
        default=10.0, title="Feedback within", description="Seconds in which it must come", ge=0.5, le=60
    )
    feedback_host: str = Field(default="", title="Feedback address", description="Empty = the relay's", max_length=255)
    feedback_port: Port = Field(default=0, title="Feedback port", description="0 is the usual one")
    feedback_user: str = Field(
        default="",
        title="Feedback user",
        description="Empty = the relay's, at the relay's address only",
        max_length=200,
    )
    feedback_password: SecretStr = Field(
        default=SecretStr(""), title="Feedback password", description="Empty = the relay's, at the relay's address only"
    )
    feedback_input: Number = Field(
        default=1, title="Feedback input", description="Alarm input from 1; Shelly, discrete input, GPIO line from 0"
    )
    feedback_inverted: bool = Field(
        default=False, title="Feedback inverted", description="The input is active while the barrier is shut"
    )
    feedback_url: Text = Field(
        default="", title="Feedback URL", description="For feedback `http`; `state_on` says open"
    )

    @field_validator("host", "feedback_host")
    @classmethod
    def _host(cls, host: str) -> str:
        if host and not re.fullmatch(r"[A-Za-z0-9._:-]+", host):
            raise ValueError("enter an IP address or a name, without http:// and path")
        return host

    @field_validator("on_url", "off_url", "state_url", "feedback_url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        if url and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname):
            raise ValueError("enter a whole address, http:// or https://")
        if url and "@" in urlsplit(url).netloc:
            raise ValueError("enter user and password in their own fields, not in the address")
        return url

    @field_validator("on_url", "off_url", "on_body", "off_body", "on_payload", "off_payload")
    @classmethod
    def _known_fields(cls, text: str) -> str:
        if unknown := sorted(set(_FIELD.findall(text)) - FIELDS - {""}):
            raise ValueError(f"there is no field {{{unknown[0]}}}; there are {{command_id}} and {{seconds}}")
        return text

    @field_validator("expects", "state_on")
    @classmethod
    def _expression(cls, expression: str) -> str:
        try:
            re.compile(expression)
        except re.error:
            raise ValueError("this is no regular expression") from None
        return expression

    @field_validator("topic")
    @classmethod
    def _one_topic(cls, topic: str) -> str:
        if any(letter in topic for letter in "#+\0"):
            raise ValueError("enter one topic, without # and +")
        return topic

    @model_validator(mode="after")
    def _whole(self) -> Self:
        needed = {
            "an address": self.driver in NEEDS_HOST and not self.host,
            "the URL for on": self.driver == "http" and not self.on_url,
            "a topic": self.driver == "mqtt" and not self.topic,
            "the URL of the state": self.driver == "http" and self.feedback == "device" and not self.state_url,
            "a feedback URL": self.feedback == "http" and not self.feedback_url,
            "a feedback address": self.feedback in {"sunapi", "shelly", "modbus"}
            and not (self.feedback_host or self.host),
        }
        for what, lacking in needed.items():
            if lacking:
                raise ValueError(f"{self.driver} with feedback {self.feedback} needs {what}")
        if self.driver == "sunapi" and not self.recorder and self.pulse != round(self.pulse):
            raise ValueError("a camera's alarm output takes whole seconds, 1 to 15, as pulse")
        check_own(self.client_certificate, self.client_key.get_secret_value(), tls=self.tls)
        if self.driver == "mqtt" and self.feedback == "device":
            raise ValueError("a relay behind MQTT cannot be asked: choose another feedback")
        return self


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its fields filled in."""
    return _FIELD.sub(lambda found: values.get(found[1], found[0]), text)
