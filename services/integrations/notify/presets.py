"""The services that take a message: what somebody copies from each of them, taken apart."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal
from urllib.parse import parse_qs, quote, unquote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

_SLACK = re.compile(r"(.*)/([A-Za-z0-9]+)/([A-Za-z0-9]+)/([A-Za-z0-9]+)")
_DISCORD = re.compile(r"(.*/webhooks)/([0-9]+)/([A-Za-z0-9._-]+)")
_TEAMS = re.compile(
    r"(?P<power>/powerautomate/automations/direct(?:/cu/(?P<route>[0-9]+))?)?"
    r"/workflows/(?P<workflow>[A-Za-z0-9_-]+)/triggers/manual/paths/invoke"
)


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii() or not url.isprintable():
        raise ValueError("the URL looks like https://chat.example")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("the URL has no user, no ? and no #")
    return url.rstrip("/")


def _server(url: str) -> str:
    if urlsplit(_web_address(url)).path.strip("/"):
        raise ValueError("the URL of a server has no path: it looks like https://ntfy.example")
    return url.rstrip("/")


def _matches(pattern: re.Pattern[str], looks_like: str) -> AfterValidator:
    """The sentence never quotes what was entered: it is a secret."""

    def check(secret: SecretStr) -> SecretStr:
        parts = urlsplit(secret.get_secret_value())
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
        if not whole or not secret.get_secret_value().isascii() or not pattern.fullmatch(parts.path):
            raise ValueError(f"this is not what the service shows; it looks like {looks_like}")
        return secret

    return AfterValidator(check)


def _token(pattern: str, looks_like: str) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        if not re.fullmatch(pattern, secret.get_secret_value()):
            raise ValueError(f"this is not such a token; it looks like {looks_like}")
        return secret

    return AfterValidator(check)


def _signed(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", parse_qs(urlsplit(secret.get_secret_value()).query).get("sig", [""])[0]):
        raise ValueError("the address ends with &sig= and a signature: copy all of it")
    return secret


Address = Annotated[str, Field(max_length=500), AfterValidator(_web_address)]
Server = Annotated[str, Field(max_length=500), AfterValidator(_server)]


class Preset(BaseModel):
    """One place to send to. `titles` is how people call the service."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    titles: ClassVar[str]
    takes_picture: ClassVar[bool] = True
    credential_in_path: ClassVar[bool] = True
    """Then 404 says that it is not, or no longer, one that the service knows."""

    def secrets(self) -> list[str]:
        """Everything of it that no sentence may hold."""
        found = [value.get_secret_value() for value in vars(self).values() if isinstance(value, SecretStr)]
        return [text for text in found if text]


class _Webhook(Preset):
    webhook: SecretStr

    def secrets(self) -> list[str]:
        """Also the pieces: a service's answer may quote the path alone."""
        url = self.webhook.get_secret_value()
        parts = urlsplit(url)
        pieces = [piece for piece in parts.path.split("/") if len(piece) >= 8]
        return [url, f"{parts.path}?{parts.query}", parts.path, *parse_qs(parts.query).get("sig", []), *pieces]

    def origin(self) -> str:
        """Scheme, name and port."""
        parts = urlsplit(self.webhook.get_secret_value())
        return f"{parts.scheme}://{parts.netloc}"


class Slack(_Webhook):
    """An incoming webhook; takes no pictures."""

    titles = "Slack"
    takes_picture = False

    preset: Literal["slack"] = Field(title="Service", description="Slack by an incoming webhook, without pictures")
    webhook: Annotated[SecretStr, _matches(_SLACK, "https://hooks.slack.com/services/T000/B000/XXXX")] = Field(
        title="Webhook URL", description="As Slack shows it at the app's incoming webhooks"
    )

    def pieces(self) -> tuple[str, str, str, str]:
        """What stands before the three tokens, and these."""
        found = _SLACK.fullmatch(urlsplit(self.webhook.get_secret_value()).path)
        assert found, "validated"
        return self.origin() + found[1], found[2], found[3], found[4]


class SlackBot(Preset):
    """A bot's token; takes pictures."""

    titles = "Slack"
    credential_in_path = False

    preset: Literal["slack_bot"] = Field(title="Service", description="Slack by a bot, with pictures")
    bot_token: Annotated[SecretStr, _token(r"xox[bp]-[A-Za-z0-9-]+", "xoxb-1234-5678-AbCdEf")] = Field(
        title="Bot token", description="Begins with xoxb-; the app has the scopes chat:write and files:write"
    )
    channel: str = Field(
        title="Channel",
        description="Its id, such as C0123456789, which the bot was invited to",
        pattern=r"^[CGDU][A-Z0-9]{5,30}$",
    )
    url: Address = Field(default="https://slack.com/api", title="Address", description="Of Slack's API")


class Teams(_Webhook):
    """A workflow of Microsoft Teams; takes no pictures."""

    titles = "Microsoft Teams"
    takes_picture = False

    preset: Literal["teams"] = Field(title="Service", description="Microsoft Teams by a workflow, without pictures")
    webhook: Annotated[
        SecretStr, _matches(_TEAMS, "https://….logic.azure.com/workflows/…/invoke?…&sig=…"), AfterValidator(_signed)
    ] = Field(
        title="Workflow URL", description="As the workflow shows it at “When a Teams webhook request is received”"
    )

    def pieces(self) -> dict[str, str | bool | None]:
        """What Apprise calls the parts of such an address."""
        parts = urlsplit(self.webhook.get_secret_value())
        found, query = _TEAMS.fullmatch(parts.path), parse_qs(parts.query)
        assert found, "validated"
        return {
            "workflow": found["workflow"],
            "routing_id": found["route"],
            "power_automate": bool(found["power"]),
            "signature": query.get("sig", [""])[0],
            "version": query.get("api-version", [None])[0],
        }


class Telegram(Preset):
    """A bot that writes into a chat."""

    titles = "Telegram"

    preset: Literal["telegram"] = Field(title="Service", description="Telegram by a bot, with pictures")
    telegram_token: Annotated[SecretStr, _token(r"[0-9]+:[A-Za-z0-9_-]+", "123456:AbC-dEf")] = Field(
        title="Bot token", description="As BotFather tells it, such as 123456:AbC-dEf"
    )
    chat_id: str = Field(
        title="Chat",
        description="Number of the chat, for groups negative, or @name of a channel",
        pattern=r"^(-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{2,60})$",
    )
    topic_id: int | None = Field(default=None, title="Topic", description="Number of a topic in a group", ge=1)
    silent: bool = Field(default=False, title="Silent", description="The message makes no sound")
    url: Address = Field(
        default="https://api.telegram.org", title="Address", description="Of Telegram's Bot API or your own server"
    )


class Ntfy(Preset):
    """A topic at ntfy.sh or at a server of one's own."""

    titles = "ntfy"
    credential_in_path = False

    preset: Literal["ntfy"] = Field(title="Service", description="ntfy, the public one or your own, with pictures")
    topic: str = Field(
        title="Topic",
        description="Whoever knows it can read it, unless the server asks for a sign-in",
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
    )
    access_token: Annotated[SecretStr, _token(r"[!-~]*", "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2")] = Field(
        default=SecretStr(""), title="Access token", description="Begins with tk_; empty where the server wants none"
    )
    priority: Literal["min", "low", "default", "high", "max"] = Field(
        default="default", title="Priority", description="How loud it is on the phone"
    )
    url: Server = Field(default="https://ntfy.sh", title="Address", description="Of the server")


class Discord(_Webhook):
    """A webhook of a channel."""

    titles = "Discord"

    preset: Literal["discord"] = Field(title="Service", description="Discord by a webhook, with pictures")
    webhook: Annotated[SecretStr, _matches(_DISCORD, "https://discord.com/api/webhooks/123/AbC-dEf")] = Field(
        title="Webhook URL", description="As Discord shows it at the channel's integrations"
    )

    def pieces(self) -> tuple[str, str, str]:
        """What stands before number and token, and these."""
        found = _DISCORD.fullmatch(urlsplit(self.webhook.get_secret_value()).path)
        assert found, "validated"
        return self.origin() + found[1], found[2], found[3]

    def thread(self) -> str | None:
        """A webhook's address may name a thread of the channel."""
        return parse_qs(urlsplit(self.webhook.get_secret_value()).query).get("thread_id", [None])[0]


AnyPreset = Slack | SlackBot | Teams | Telegram | Ntfy | Discord


def spellings(secret: str) -> set[str]:
    """How a secret may stand in a text: as it is, and as in a URL."""
    return {secret, quote(secret), quote(secret, safe=""), unquote(secret)}
