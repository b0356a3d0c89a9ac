"""The way of every request, in the order the specification fixes (spec 02 section 1.2, spec 03 section 6.1)."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware
from aiohttp.web_urldispatcher import AbstractRoute

from ggui_core.auth import (
    AuthChain,
    AuthRequest,
    BuilderIdentity,
    Principal,
    anonymous,
    parse_bearer,
)
from ggui_core.config import LimitsSection
from ggui_core.errors import GguiError, RequestError
from ggui_core.http.addresses import client_block, forwarded_address
from ggui_core.http.body import DECODED_EARLY_BYTES, decode, is_json, read_body
from ggui_core.http.calls import Call, Calls
from ggui_core.http.csrf import LIFETIME_HINT_S, SAFE, TOKEN_HEADER, Csrf, CsrfRequired
from ggui_core.http.errors import (
    error_response,
    forbidden,
    internal,
    json_response,
    not_found,
    rate_limited,
    shutting_down,
    unauthenticated,
)
from ggui_core.http.origin import OriginPolicy, is_upgrade
from ggui_core.http.routes import CALL, Access, ErrorFamily, Route
from ggui_core.limits import Rate, RateLimiter

log = structlog.get_logger("ggui.http")

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]
_MAX_REQUEST_ID: Final = 128


DECLARED: Final = web.AppKey("DECLARED", dict[AbstractRoute, Route])
"""The application's declared routes by the router's own."""


class Pipeline:
    """Checks every request before its handler runs, and words every failure in its route's family."""

    def __init__(
        self,
        *,
        origin: OriginPolicy,
        csrf: Csrf,
        auth: AuthChain,
        limiter: RateLimiter,
        limits: LimitsSection,
        calls: Calls,
        trust_proxy: bool,
    ) -> None:
        self._origin = origin
        self._csrf = csrf
        self._auth = auth
        self._limiter = limiter
        self._limits = limits
        self._calls = calls
        self._trust_proxy = trust_proxy
        self._caller_rate = Rate(limits.calls_per_second, limits.burst)
        self._anonymous_rate = Rate(limits.anonymous_per_second, limits.anonymous_burst)

    @property
    def middleware(self) -> Middleware:
        """The pipeline as aiohttp takes it."""

        @web.middleware
        async def pipeline(request: web.Request, handler: Next) -> web.StreamResponse:
            return await self._run(request, handler)

        return pipeline

    async def _run(self, request: web.Request, handler: Next) -> web.StreamResponse:
        started = time.perf_counter()
        call = Call(_request_id(request), self._remote_address(request))
        request[CALL] = call
        self._calls.opened(call)
        route = _route(request)
        status = 499
        try:
            response = await self._answer(request, call, route, handler)
            status = response.status
            return response
        except web.HTTPException as redirect:
            status = redirect.status
            raise
        except asyncio.CancelledError:
            call.end("disconnected")  # aiohttp cancels the handler when the client hangs up
            raise
        finally:
            self._calls.closed(call)
            _log(request, call, route, status, time.perf_counter() - started)

    async def _answer(
        self, request: web.Request, call: Call, route: Route | None, handler: Next
    ) -> web.StreamResponse:
        family: ErrorFamily = "empty" if is_upgrade(request) else "jsonrpc"
        try:
            self._origin.check(request)
            if request.method == "OPTIONS":
                return web.Response(status=204)
            family = self._family(request, route)
            if route is None:
                raise _no_route(request, mcp=self._origin.is_mcp(request.path))
            if self._calls.stopping:
                raise shutting_down()
            most = self._limits.body_bytes
            call.body = await read_body(
                request,
                json_bytes=most if route.body_bytes is None else min(most, route.body_bytes),
                form_bytes=self._limits.form_bytes,
            )
            has_json = bool(call.body) and is_json(request.content_type)
            long = len(call.body) > DECODED_EARLY_BYTES
            if has_json and not long:
                call.json = decode(call.body)
            if not route.csrf_exempt:
                self._csrf.check(request)
            await self._own_limit(route, call)
            await self._identify(request, call, route)
            if has_json and long:
                call.json = decode(call.body)
            try:
                return await self._handle(request, handler)
            except BaseException:
                call.handovers.fail()  # whatever is answered now, it is not what the handler had to hand over
                raise
        except CsrfRequired as error:
            return error_response(error, "nested")
        except GguiError as error:
            if error.http_status >= 500:
                log.exception("request_failed", request_id=call.request_id, code=error.code)
            return error_response(error, family)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return error_response(_from_aiohttp(error), family)
        except ConnectionError:
            call.end("disconnected")
            raise
        except Exception:
            log.exception("request_crashed", request_id=call.request_id, path=request.path)
            return error_response(internal(), family)

    async def _handle(self, request: web.Request, handler: Next) -> web.StreamResponse:
        """Run the handler; one that may write runs to its end although the client hangs up (law 6)."""
        if request.method in SAFE or self._origin.is_mcp(request.path):
            return await handler(request)  # nothing is written, or the MCP transport owns the task itself
        task = asyncio.ensure_future(handler(request))
        self._calls.own(task)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_report_orphan)
            raise

    async def _own_limit(self, route: Route, call: Call) -> None:
        if route.limit is None:
            return
        scope = route.limit_scope or route.path
        denied = await self._limiter.take(f"{scope}:{client_block(call.remote_address)}", route.limit)
        if denied is not None:
            raise rate_limited(denied.retry_after_s)

    async def _identify(self, request: web.Request, call: Call, route: Route) -> None:
        if route.access is Access.OPEN or (route.ticket_query and request.query.get(route.ticket_query)):
            return
        revocations = self._calls.revocations
        principal = await self._resolve(request, call, route)
        if principal is None:
            if route.access is not Access.OPTIONAL:
                raise unauthenticated()
            principal = anonymous(client_block(call.remote_address))
        if principal.source == "dev" and request.method not in SAFE:
            # Whoever reaches the port is the builder here, also a browser that a page of another site sends.
            self._origin.check_origin(request)
        _admit(principal, route)
        await self.charge(principal)
        while revocations != self._calls.revocations and not principal.is_anonymous:
            # Some credential was revoked meanwhile, when this call could not be ended yet: is it still good?
            revocations = self._calls.revocations
            again = await self._resolve(request, call, route)
            if again is None or again.credential_id != principal.credential_id:
                raise unauthenticated()
        call.principal = principal
        self._calls.identified(call)

    async def _resolve(self, request: web.Request, call: Call, route: Route) -> Principal | None:
        if len(request.headers.getall("Authorization", ())) > 1:
            return None  # two readers of such a request could see two different callers
        bearer = parse_bearer(request.headers.get("Authorization"))
        if route.bearer_query and "Authorization" not in request.headers:
            bearer = request.query.get(route.bearer_query, "").strip() or None
        seen = AuthRequest(
            bearer=bearer,
            headers={name.lower(): value for name, value in request.headers.items()},
            remote_address=call.remote_address,
            plane=route.plane,
            cookies=request.cookies,
        )
        return await (route.auth or self._auth).resolve(seen)

    async def charge(self, principal: Principal) -> None:
        """Count one call of ``principal``.

        The any-bearer mode on a loopback address that has no public name is a developer's own machine, where one
        identity stands for every agent, page and load test at once: there is nobody to protect from anybody.

        Raises:
            RequestError: 429 when it is one too many.
        """
        if principal.source == "dev" and self._origin.check_host and self._origin.public_host is None:
            return
        rule = self._anonymous_rate if principal.is_anonymous else self._caller_rate
        denied = await self._limiter.take(f"calls:{principal.credential_id}", rule)
        if denied is not None:
            raise rate_limited(denied.retry_after_s)

    def _family(self, request: web.Request, route: Route | None) -> ErrorFamily:
        if route is not None:
            return route.family
        mcp_method = self._origin.is_mcp(request.path) and _method_not_allowed(request) is not None
        return "jsonrpc" if mcp_method else "nested"

    def _remote_address(self, request: web.Request) -> str:
        if self._trust_proxy:
            # The last entry is the one the trusted proxy wrote, on a line of its own or at the end of one;
            # whatever stands before it came from outside.
            lines = request.headers.getall("X-Forwarded-For", [""])
            forwarded = lines[-1].rpartition(",")[2].strip()
            if forwarded:
                return forwarded_address(forwarded[:64])
        return request.remote or "unknown"

    async def finish_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """Signal handler that completes the headers of every response, streamed ones included."""
        headers = response.headers
        headers.pop("Server", None)
        call = request.get(CALL)
        if call is None:
            return
        headers["X-Request-Id"] = call.request_id
        route = _route(request)
        readable_by_all = route is not None and route.cors == "any"
        if readable_by_all:
            headers["Access-Control-Allow-Origin"] = "*"
        else:
            self._origin.cors_headers(request, headers)
        if not self._origin.is_mcp(request.path) and not (route is not None and route.frameable):
            headers.setdefault("X-Frame-Options", "DENY")
            headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
            headers.setdefault("X-Content-Type-Options", "nosniff")
            if request.method in SAFE and not readable_by_all:
                session = self._csrf.session(request)
                if session is not None:
                    headers[TOKEN_HEADER] = self._csrf.mint(session)

    async def csrf_token(self, request: web.Request) -> web.StreamResponse:
        """``GET /ggui/csrf-token``."""
        token = self._csrf.mint(self._csrf.session(request))
        expires_at = int((time.time() + LIFETIME_HINT_S) * 1000)
        return json_response({"token": token, "expiresAt": expires_at}, headers={"Cache-Control": "no-store"})


def _report_orphan(task: asyncio.Future[web.StreamResponse]) -> None:
    """Look at the outcome of a handler whose client is gone; only a crash is worth a line."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, (GguiError, web.HTTPException, ConnectionError)):
        log.error("request_crashed", after="hang-up", exc_info=error)


def _route(request: web.Request) -> Route | None:
    return request.app[DECLARED].get(request.match_info.route)


def _method_not_allowed(request: web.Request) -> web.HTTPMethodNotAllowed | None:
    missing = request.match_info.http_exception
    return missing if isinstance(missing, web.HTTPMethodNotAllowed) else None


def _no_route(request: web.Request, *, mcp: bool) -> RequestError:
    wrong_method = _method_not_allowed(request)
    if wrong_method is None:
        return not_found()
    allowed = ", ".join(sorted(wrong_method.allowed_methods))
    message = (
        "Method not allowed (stateless server)."
        if mcp
        else f"This path answers {allowed}, not {request.method}."
    )
    return RequestError(message, status=405, code="method_not_allowed", headers={"Allow": allowed})


def _from_aiohttp(error: web.HTTPException) -> RequestError:
    headers = {name: value for name, value in error.headers.items() if not name.startswith("Content-")}
    code = error.reason.lower().replace(" ", "_")
    return RequestError(error.reason, status=error.status, code=code, headers=headers)


def _admit(principal: Principal, route: Route) -> None:
    if principal.source in route.refuse:
        raise forbidden("federated identities are not permitted on this route")
    builder = isinstance(principal.identity, BuilderIdentity)
    if route.access is Access.BUILDER and not (builder or principal.operator):
        raise forbidden("This route is for the operator's own devices.")
    if route.access is Access.OPERATOR and not (principal.operator or principal.source == "dev"):
        raise forbidden("This route is for the operator; use the admin token.")


def _request_id(request: web.Request) -> str:
    given = request.headers.get("X-Request-Id", "")
    if 0 < len(given) <= _MAX_REQUEST_ID and given.isascii() and given.isprintable():
        return given
    return _new_id()


def _new_id() -> str:
    """A random UUID (RFC 9562 version 4), written without an object in between: every request needs one."""
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _log(request: web.Request, call: Call, route: Route | None, status: int, elapsed_s: float) -> None:
    facts: Mapping[str, object] = {
        "request_id": call.request_id,
        "method": request.method,
        "route": route.path if route is not None else "(none)",
        "status": status,
        "ms": round(elapsed_s * 1000, 2),
        "principal": call.principal.source if call.principal is not None else None,
        **call.notes,
    }
    log.info("request", **facts)
