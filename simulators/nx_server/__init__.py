"""A Network Optix server (Nx Witness, WAVE) that stores what it is told and can misbehave; knows nothing of our code.

In a test: `with NxServer("v3") as nx: ... nx.state.bookmarks, nx.requests`. As a process, one JSON line for a request:
`python -m simulators.nx_server --profile v3 --port 7001 --log requests.jsonl [--https]`.

Written after public sources only: the vendor's OpenAPI of REST v4, the open server code (result.cpp, auth_result.h),
its test client, and the apidoc of the legacy calls. What is a guess there is a guess here.
"""

from __future__ import annotations

from simulators.nx_server.state import PROFILES, Device, Profile, State, User
from simulators.nx_server.wire import Fault, NxServer, Request

__all__ = ["PROFILES", "Device", "Fault", "NxServer", "Profile", "Request", "State", "User"]
