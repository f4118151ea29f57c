"""Answers ONVIF's device and event services, as far as a consumer of events needs them.

After ONVIF Core (device management, event handling) and WS-BaseNotification 1.3; signed in by WS-UsernameToken or HTTP
Digest.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from services.integrations.ssm import documents
from services.integrations.ssm.board import Board
from services.integrations.ssm.digest import Doorkeeper, User, Verdict
from services.integrations.ssm.message import State, escaped, simple_items, source
from services.integrations.ssm.onvif import soap
from services.integrations.ssm.onvif.soap import Call, Fault
from services.integrations.ssm.onvif.subscriptions import Subscription, Subscriptions, duration, until
from services.integrations.ssm.profile import Profile
from services.integrations.ssm.wire import Answer, Request
from shared.clock import now

DEVICE, EVENTS, PULL = "/onvif/device_service", "/onvif/event_service", "/onvif/subscription/"
LONGEST_PULL, MOST_MESSAGES = 60.0, 100
LARGEST = 256 * 1024
_SOAP12, _SOAP11 = "application/soap+xml; charset=utf-8", "text/xml; charset=utf-8"
_DIALECT = "http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet"
_OPEN_TO_ALL = frozenset({"GetSystemDateAndTime"})


class OnvifService:
    """All of ONVIF at one server."""

    def __init__(self, board: Board, profile: Profile, door: Doorkeeper) -> None:
        self._profile, self._door = profile, door
        self.subscriptions = Subscriptions(board, profile)
        self._operations: dict[str, Callable[[Call, Request], str]] = {
            "GetSystemDateAndTime": lambda _call, _request: _date(now()),
            "GetDeviceInformation": self._device,
            "GetCapabilities": self._capabilities,
            "GetServices": self._services,
            "GetScopes": self._scopes,
            "GetServiceCapabilities": lambda _call, _request: _event_capabilities("tev:GetServiceCapabilitiesResponse"),
            "GetEventProperties": self._properties,
            "CreatePullPointSubscription": self._create,
            "PullMessages": self._pull,
            "SetSynchronizationPoint": self._synchronise,
            "Renew": self._renew,
            "Unsubscribe": self._unsubscribe,
        }

    def consumers(self) -> list[dict[str, str]]:
        """Who follows by ONVIF."""
        return [
            {"client": one.client, "asks": "ONVIF PullPoint", "since": one.follower.since.isoformat()}
            for one in self.subscriptions.all()
        ]

    def answer(self, request: Request) -> Answer:
        """One operation's answer, or a fault in its form."""
        legacy = False
        try:
            if request.method != "POST" or len(request.body) > LARGEST:
                raise Fault("ter:WellFormed", "Post a SOAP envelope of at most 256 KiB")
            call = soap.read(request.body)
            legacy = call.legacy
            if call.name not in _OPEN_TO_ALL and (refusal := self._judge(call, request)):
                return refusal
            if call.name not in self._operations:
                raise Fault("ter:ActionNotSupported", f"{call.name} is not supported here", 500)
            body = self._operations[call.name](call, request)
        except Fault as error:
            return Answer(error.status, _kind(legacy=legacy), soap.fault(error, legacy=legacy), told=error.sentence)
        made = soap.envelope(body, _action(call), call.message_id, legacy=legacy)
        return Answer(200, _kind(legacy=legacy), made, told=f"{call.name} is answered")

    def _judge(self, call: Call, request: Request) -> Answer | None:
        """None when who asks may."""
        if call.token:
            verdict, user = self._door.judge_token(call.token, request.client)
        else:
            verdict, user = self._door.judge(
                request.method, request.target, request.header("authorization"), request.client
            )
        if isinstance(user, User):
            return None
        if not call.token:
            return refused(self._door, verdict)
        raise Fault("ter:NotAuthorized", "The user or password is wrong, or the clocks differ by minutes")

    def _device(self, _call: Call, _request: Request) -> str:
        device = self._profile.device
        values = {
            "Manufacturer": device.manufacturer, "Model": device.model, "FirmwareVersion": device.firmware,
            "SerialNumber": device.serial, "HardwareId": device.model,
        }  # fmt: skip
        told = "".join(f"<tds:{name}>{escaped(value)}</tds:{name}>" for name, value in values.items())
        return f"<tds:GetDeviceInformationResponse>{told}</tds:GetDeviceInformationResponse>"

    def _capabilities(self, _call: Call, request: Request) -> str:
        events = (
            f"<tt:XAddr>{_address(request, EVENTS)}</tt:XAddr>"
            "<tt:WSSubscriptionPolicySupport>false</tt:WSSubscriptionPolicySupport>"
            "<tt:WSPullPointSupport>true</tt:WSPullPointSupport>"
            "<tt:WSPausableSubscriptionManagerInterfaceSupport>false</tt:WSPausableSubscriptionManagerInterfaceSupport>"
        )
        device = f"<tt:Device><tt:XAddr>{_address(request, DEVICE)}</tt:XAddr></tt:Device>"
        return (
            f"<tds:GetCapabilitiesResponse><tds:Capabilities>{device}<tt:Events>{events}</tt:Events>"
            "</tds:Capabilities></tds:GetCapabilitiesResponse>"
        )

    def _services(self, _call: Call, request: Request) -> str:
        told = "".join(
            f"<tds:Service><tds:Namespace>{soap.SPACES[space]}</tds:Namespace>"
            f"<tds:XAddr>{_address(request, path)}</tds:XAddr>"
            "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>"
            for space, path in (("tds", DEVICE), ("tev", EVENTS))
        )
        return f"<tds:GetServicesResponse>{told}</tds:GetServicesResponse>"

    def _scopes(self, _call: Call, _request: Request) -> str:
        words = (f"hardware/{self._profile.device.model}", f"name/{self._profile.device.model}", "type/Network_Video")
        told = "".join(
            "<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef>"
            f"<tt:ScopeItem>onvif://www.onvif.org/{escaped(word.replace(' ', '_'))}</tt:ScopeItem></tds:Scopes>"
            for word in words
        )
        return f"<tds:GetScopesResponse>{told}</tds:GetScopesResponse>"

    def _properties(self, _call: Call, _request: Request) -> str:
        return (
            "<tev:GetEventPropertiesResponse>"
            "<tev:TopicNamespaceLocation>http://www.onvif.org/onvif/ver10/topics/topicns.xml</tev:TopicNamespaceLocation>"
            "<wsnt:FixedTopicSet>true</wsnt:FixedTopicSet>"
            f"<wstop:TopicSet>{documents.topic_schema(self._profile)}</wstop:TopicSet>"
            "<wsnt:TopicExpressionDialect>http://docs.oasis-open.org/wsn/t-1/TopicExpression/Concrete"
            f"</wsnt:TopicExpressionDialect><wsnt:TopicExpressionDialect>{_DIALECT}</wsnt:TopicExpressionDialect>"
            "<tev:MessageContentFilterDialect>http://www.onvif.org/ver10/tev/messageContentFilter/ItemFilter"
            "</tev:MessageContentFilterDialect>"
            "<tev:MessageContentSchemaLocation>http://www.onvif.org/onvif/ver10/schema/onvif.xsd"
            "</tev:MessageContentSchemaLocation></tev:GetEventPropertiesResponse>"
        )

    def _create(self, call: Call, request: Request) -> str:
        ends = until(call.text("InitialTerminationTime"))
        made = self.subscriptions.create(request.client, ends, call.text("TopicExpression"))
        address = _address(request, PULL + made.identity)
        return (
            "<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference>"
            f"<wsa5:Address>{address}</wsa5:Address></tev:SubscriptionReference>{_times(made, 'wsnt')}"
            "</tev:CreatePullPointSubscriptionResponse>"
        )

    def _pull(self, call: Call, request: Request) -> str:
        subscription = self._asked(request)
        seconds = min(duration(call.text("Timeout") or "PT5S").total_seconds(), LONGEST_PULL)
        limit = call.text("MessageLimit") or "10"
        if not limit.isdecimal() or int(limit) < 1:
            raise Fault("ter:InvalidArgVal", "MessageLimit is a number from 1")
        told = self.subscriptions.pull(subscription, seconds, min(int(limit), MOST_MESSAGES))
        messages = "".join(notification(state, operation, self._profile) for state, operation in told)
        return f"<tev:PullMessagesResponse>{_times(subscription, 'tev')}{messages}</tev:PullMessagesResponse>"

    def _synchronise(self, _call: Call, request: Request) -> str:
        self.subscriptions.synchronise(self._asked(request))
        return "<tev:SetSynchronizationPointResponse/>"

    def _renew(self, call: Call, request: Request) -> str:
        subscription = self._asked(request)
        subscription.ends = until(call.text("TerminationTime"))
        return f"<wsnt:RenewResponse>{_times(subscription, 'wsnt', reverse=True)}</wsnt:RenewResponse>"

    def _unsubscribe(self, _call: Call, request: Request) -> str:
        self.subscriptions.end(self._asked(request))
        return "<wsnt:UnsubscribeResponse/>"

    def _asked(self, request: Request) -> Subscription:
        return self.subscriptions.get(request.path.removeprefix(PULL))


def notification(state: State, operation: str, profile: Profile) -> str:
    """One message, laid out as current cameras do."""
    of = source(state, profile)
    items = simple_items((name, str(of[name])) for name in profile.onvif.source)
    data = simple_items([("State", str(state.on).lower()), *state.fields])
    return (
        f'<wsnt:NotificationMessage><wsnt:Topic Dialect="{_DIALECT}">{profile.topic}</wsnt:Topic><wsnt:Message>'
        f'<tt:Message UtcTime="{_utc(state.at)}" PropertyOperation="{operation}"><tt:Source>{items}</tt:Source>'
        f"<tt:Key></tt:Key><tt:Data>{data}</tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>"
    )


def refused(door: Doorkeeper, verdict: Verdict) -> Answer:
    """Why somebody may not ask, with fresh challenges unless they would be of no use."""
    if verdict is Verdict.BLOCKED:
        return Answer(490, body=b"The account is blocked after wrong passwords: wait", told="the account is blocked")
    challenges = door.challenges(stale=verdict is Verdict.STALE)
    headers = [("WWW-Authenticate", challenge) for challenge in challenges]
    return Answer(401, body=b"Sign in", headers=headers, told=f"sign in ({verdict.value})")


def _kind(*, legacy: bool) -> str:
    return _SOAP11 if legacy else _SOAP12


def _action(call: Call) -> str:
    """WS-Addressing's name of the answer."""
    space = call.operation.tag.partition("}")[0].removeprefix("{")
    ports = {
        soap.SPACES["tds"]: f"{soap.SPACES['tds']}/{call.name}Response",
        soap.SPACES["wsnt"]: f"http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/{call.name}Response",
    }
    port = "PullPointSubscription" if call.name in ("PullMessages", "SetSynchronizationPoint") else "EventPortType"
    return ports.get(space) or f"{soap.SPACES['tev']}/{port}/{call.name}Response"


def _address(request: Request, path: str) -> str:
    """As whoever asks reaches us."""
    return escaped(f"http://{request.header('host') or 'localhost'}{path}")


def _times(subscription: Subscription, space: str, *, reverse: bool = False) -> str:
    told = [
        f"<{space}:CurrentTime>{_utc(now())}</{space}:CurrentTime>",
        f"<{space}:TerminationTime>{_utc(subscription.ends)}</{space}:TerminationTime>",
    ]
    return "".join(reversed(told) if reverse else told)


def _utc(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _date(at: datetime) -> str:
    at = at.astimezone(UTC)
    clock = f"<tt:Hour>{at.hour}</tt:Hour><tt:Minute>{at.minute}</tt:Minute><tt:Second>{at.second}</tt:Second>"
    day = f"<tt:Year>{at.year}</tt:Year><tt:Month>{at.month}</tt:Month><tt:Day>{at.day}</tt:Day>"
    return (
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>"
        "<tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>UTC0</tt:TZ></tt:TimeZone>"
        f"<tt:UTCDateTime><tt:Time>{clock}</tt:Time><tt:Date>{day}</tt:Date></tt:UTCDateTime>"
        "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def _event_capabilities(tag: str) -> str:
    told = 'WSSubscriptionPolicySupport="false" WSPullPointSupport="true" MaxPullPoints="32"'
    return f"<{tag}><tev:Capabilities {told}/></{tag}>"
