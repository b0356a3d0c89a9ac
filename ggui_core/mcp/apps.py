"""What plugins say about apps on the MCP routes: a path for each, and how often each may be called.

The kernel knows apps as tenants only. Which apps there are, and whose, is the business of the plugin that returns
these policies from ``ggui_policies``; without one there are no per-app routes (spec 02 section 1.1).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from ggui_core.auth import Principal
from ggui_core.errors import BootError, GguiError, RequestError, ToolError
from ggui_core.http.errors import forbidden, internal
from ggui_core.http.routes import Access, Handler, Route, call_of
from ggui_core.limits import Rate, RateLimiter, Window
from ggui_core.mcp.tools import Tool, ToolContext

if TYPE_CHECKING:
    from ggui_core.mcp.transport import McpEndpoint

DEFAULT_PREFIX: Final = "/apps"
APP_ID: Final = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,126}[A-Za-z0-9])?"
"""What the id of an app looks like in an address, unless a policy says otherwise."""

_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9_-]+)+")


@dataclass(frozen=True, slots=True)
class AppRouting:
    """Serves what ``/mcp`` serves at ``{prefix}/{appId}`` too, in the app that the address names.

    Attributes:
        authorise: ``async (app_id, principal) -> bool``: whether this caller may work in this app. It must not
            tell a missing app from somebody else's.
        prefix: Where the paths start.
        pattern: Regular expression that an id must match completely; anything else is a 404 before anybody is asked.
    """

    authorise: Callable[[str, Principal], Awaitable[bool]]
    prefix: str = DEFAULT_PREFIX
    pattern: str = APP_ID


@dataclass(frozen=True, slots=True)
class AppRate:
    """Bounds how often agents may call tools in one app, all its callers together.

    Attributes:
        rule: ``async (app_id) -> Rate | Window | None``; ``None`` for an app without a limit of its own.
    """

    rule: Callable[[str], Awaitable[Rate | Window | None]]


class AppQuota:
    """Counts the calls of every app against its rates.

    What people and their cards send (runtime tools) is not counted: an agent that polls too often must not keep a
    person's click from arriving.
    """

    def __init__(self, limiter: RateLimiter, rates: Sequence[AppRate]) -> None:
        self._limiter = limiter
        self._rates = rates

    async def take(self, tool: Tool[Any, Any], context: ToolContext) -> None:
        """Count one call.

        Raises:
            ToolError: ``rate_limited``, it is one too many; nothing has happened yet (spec 02 section 1.6).
        """
        if tool.audience != "agent":
            return
        for rate in self._rates:
            rule = await rate.rule(context.app_id)
            if rule is None:
                continue
            denied = await self._limiter.take(f"app:{context.app_id}", rule)
            if denied is not None:
                wait_ms = denied.retry_after_s * 1000
                raise ToolError(
                    f"Rate limit exceeded — retry after {wait_ms}ms.",
                    code="rate_limited",
                    hint="This app has a limit of calls per minute; the operator sets it.",
                    retryable=True,
                    retry_after_ms=wait_ms,
                )


def app_routes(routing: AppRouting, endpoint: McpEndpoint) -> list[Route]:
    """The paths of every app, served by the endpoint of ``/mcp``."""
    return [
        Route(
            "POST",
            f"{routing.prefix}/{{app_id:(?:{routing.pattern})}}",
            _in_app(routing, endpoint),
            Access.BEARER,
            family="jsonrpc",
        ),
        Route("POST", f"{routing.prefix}{{rest:(?s:/.*)?}}", _no_app, Access.OPEN, family="flat"),
    ]


def check_routings(routings: Iterable[AppRouting], reserved: Iterable[str]) -> None:
    """Refuse per-app paths that are impossible or stand in the way of others.

    Raises:
        BootError: one problem for each.
    """
    problems: list[str] = []
    seen: set[str] = set()
    others = [path for path in reserved if path != DEFAULT_PREFIX]
    for routing in routings:
        prefix = routing.prefix.lower()
        who = f"the per-app routes below {routing.prefix!r}"
        if not _PREFIX.fullmatch(routing.prefix):
            problems.append(f"{who}: a prefix is made of /letters, digits, - and _, without a trailing slash")
        problems += [
            f"{who}: everything below {path} is reserved; choose another prefix"
            for path in others
            if prefix == path or prefix.startswith(path + "/") or path.startswith(prefix + "/")
        ]
        if prefix in seen:
            problems.append(f"{who} are declared twice; disable one of the plugins that do")
        seen.add(prefix)
        try:
            re.compile(routing.pattern)
        except re.error as error:
            problems.append(f"{who}: {routing.pattern!r} is no regular expression: {error}")
    if problems:
        raise BootError(*problems)


def _in_app(routing: AppRouting, endpoint: McpEndpoint) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        call, app_id = call_of(request), request.match_info["app_id"]
        principal = call.principal
        assert principal is not None, "these routes always resolve a principal"
        try:
            admitted = await routing.authorise(app_id, principal)
        except GguiError:
            raise
        except Exception as error:  # whatever it is, no fault of a policy may look like one of the caller
            raise internal() from error
        if not admitted:
            raise forbidden()
        call.principal = replace(principal, acting_app=app_id)
        return await endpoint(request)

    return handle


async def _no_app(request: web.Request) -> web.StreamResponse:
    raise RequestError("", status=404, code="not_found")
