"""How a plugin declares a route, and what a handler can ask of its request.

The kernel checks origin, size, CSRF, identity and rate before the handler runs; a handler only sees requests
that its declaration admits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from aiohttp import web

from ggui_core.auth import AuthChain, Plane, Principal, Source
from ggui_core.errors import RequestError
from ggui_core.http.calls import Call
from ggui_core.limits import Window

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ErrorFamily = Literal["nested", "flat", "jsonrpc", "text", "empty"]
"""The shape of error bodies (spec 03 section 6.7)."""
Cors = Literal["listed", "any"]
"""Whose pages may read an answer: those of the allowed origins, or all, the opaque ones of sandboxes included."""


class Access(Enum):
    """Who may call a route."""

    OPEN = "open"
    """Everybody; no identity is resolved."""
    BEARER = "bearer"
    """Whoever an auth adapter recognises."""
    OPTIONAL = "optional"
    """Everybody; a valid credential keeps its identity, anything else is anonymous."""
    BUILDER = "builder"
    """A builder or the operator; other identities get 403."""
    OPERATOR = "operator"
    """The operator (admin token or session) only; builders too in the any-bearer mode."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path.

    Attributes:
        path: aiohttp path pattern, such as ``/admin/pair/{pairing_id}/revoke``.
        plane: Which credentials count; ``operator`` and ``viewer`` routes also know the admin token, and only
            ``viewer`` routes know the credential of a viewer page.
        family: How this route words its errors.
        limit: Requests per client address and window, whatever their outcome; ``None`` for no limit of its own.
        limit_scope: Routes with the same scope share one count.
        body_bytes: Of a body at most; ``None`` for what the operator allows everywhere. For routes that anybody may
            send to: a large body takes time to decode.
        csrf_exempt: True where a session cookie must not be needed to prove anything (pairing, login start).
        frameable: True for pages that hosts embed; they get no ``X-Frame-Options``.
        cors: ``any`` for what needs no credential, or carries its own in the address: every page may read it, and
            no answer depends on a cookie.
        bearer_query: Query parameter that may carry the bearer where there is no ``Authorization`` header: a
            browser cannot set one on a WebSocket.
        ticket_query: Query parameter that may carry another proof, such as a signed token: a request that brings
            it is asked for no credential, and the handler judges the proof before anything else.
        auth: A chain for this route alone; ``None`` asks the server's chain.
        refuse: Sources of credentials that this route turns away with 403.
    """

    method: str
    path: str
    handler: Handler
    access: Access
    plane: Plane = "data"
    family: ErrorFamily = "nested"
    limit: Window | None = None
    limit_scope: str = ""
    body_bytes: int | None = None
    csrf_exempt: bool = False
    frameable: bool = False
    cors: Cors = "listed"
    bearer_query: str = ""
    ticket_query: str = ""
    auth: AuthChain | None = None
    refuse: frozenset[Source] = frozenset()

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods it answers: ``HEAD`` comes with ``GET``."""
        return ("GET", "HEAD") if self.method == "GET" else (self.method,)


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """A cookie that stands for a credential: unsafe requests that carry it need the CSRF header.

    Returned from ``ggui_policies`` by the plugin whose auth adapter reads the cookie.
    """

    name: str


CALL = web.RequestKey("CALL", Call)


def call_of(request: web.Request) -> Call:
    """What the pipeline knows of this request: its id, its caller, whether the client is still there."""
    return request[CALL]


def principal_of(request: web.Request) -> Principal:
    """The caller of a route that is not :attr:`Access.OPEN`.

    Raises:
        LookupError: the route is open, so nobody was identified.
    """
    principal = request[CALL].principal
    if principal is None:
        raise LookupError("this route resolves no identity; declare another access")
    return principal


async def json_object(request: web.Request) -> Mapping[str, Any]:
    """The JSON object in the body, or an empty mapping when there is no body.

    Raises:
        RequestError: the body is JSON but no object (400 ``bad_request``).
    """
    body = request[CALL].json
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise RequestError("The request body must be a JSON object.")
    return body
