"""What somebody decides about one broker: where it is, and what is said on which topics."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from shared.certificates import ClientCertificate, ClientKey, Fingerprint, Own, OwnAuthority, Trust, check_own
from shared.peer_mqtt import Broker, Will
from shared.wording import Wording


def _no_wildcards(topic: str) -> str:
    if any(character in topic for character in "#+\0") or topic.startswith(("/", "$")) or topic.endswith("/"):
        raise ValueError("a topic has no # and +, and no / at its ends; it looks like platewire/{camera}")
    return topic


Topic = Annotated[str, AfterValidator(_no_wildcards), Field(min_length=1, max_length=200)]


class Settings(BaseModel):
    """One broker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(title="Broker", description="Its name or address", min_length=1, max_length=255)
    port: int = Field(default=0, title="Port", description="0 is 1883, with TLS 8883", ge=0, le=65_535)
    user: str = Field(default="", title="User", description="Where the broker asks for one", max_length=200)
    password: SecretStr = Field(default=SecretStr(""), title="Password", description="Where the broker asks for one")
    tls: bool = Field(default=False, title="TLS", description="The broker's certificate is verified")
    ca: OwnAuthority = ""
    fingerprint: Fingerprint = ""
    client_certificate: ClientCertificate = ""
    client_key: ClientKey = SecretStr("")
    mqtt_version: Literal["5", "3.1.1"] = Field(
        default="5", title="MQTT version", description="As the broker speaks it"
    )
    topic: Annotated[Wording, AfterValidator(_no_wildcards)] = Field(
        default="platewire/{camera}",
        title="Topic",
        description="Where a camera's messages go; /event, /plate, /attributes and /picture are put behind it",
        min_length=1,
        max_length=200,
    )
    picture: bool = Field(
        default=False, title="Send the picture", description="The plate's crop as JPEG, on /picture, before the event"
    )
    retain: bool = Field(
        default=False,
        title="Keep the last plate at the broker",
        description="Whoever subscribes later sees the last plate too; events are never kept",
    )
    discovery: Literal["device", "entities", "off"] = Field(
        default="device",
        title="Home Assistant",
        description="Each camera as a device (Home Assistant 2024.12 and newer), as single entities (older), or not",
    )
    discovery_prefix: Topic = Field(
        default="homeassistant", title="Discovery prefix", description="As it is set in Home Assistant"
    )
    status_topic: Topic = Field(
        default="platewire/status", title="Status topic", description="online and offline are kept there"
    )
    timeout: float = Field(default=10.0, title="Timeout", description="Seconds for each step of a try", ge=1, le=60)
    allow_private: bool = Field(
        default=True,
        title="Private addresses",
        description="Whether the broker may be on a private network; off where it is on the internet",
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.password.get_secret_value() and not self.user:
            raise ValueError("a password needs a user")
        check_own(self.client_certificate, self.client_key.get_secret_value(), tls=self.tls)
        return self

    def broker(self, client_id: str = "", *, with_will: bool = False) -> Broker:
        """Without an id the session is one of many; with the will, its end is told on the status topic."""
        return Broker(
            self.host,
            self.port,
            user=self.user,
            password=self.password.get_secret_value(),
            tls=self.tls,
            trust=Trust(self.ca, self.fingerprint),
            own=Own(self.client_certificate, self.client_key.get_secret_value()),
            version=self.mqtt_version,
            timeout=self.timeout,
            allow_private=self.allow_private,
            client_id=client_id,
            will=Will(self.status_topic, "offline") if with_will else None,
        )
