"""Host and Origin checks against DNS rebinding, and the CORS headers that follow from them.

Spec 02 sections 1.4 and 1.5, spec 03 sections 6.2 and 6.3. Only the raw ``Host`` and ``Origin`` headers count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from multidict import CIMultiDict

from ggui_core.errors import RequestError

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_DEFAULT_HEADERS: Final = (
    "Authorization, Content-Type, Accept, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-ID"
)


_AUTHORITY: Final = re.compile(
    r"(?:\[(?P<bracketed>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._~!$&'()*+,;=%-]+))(?::(?P<port>[0-9]{0,5}))?",
    re.ASCII,
)
_BARE_IPV6: Final = re.compile(r"[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*", re.ASCII)
_ORIGIN: Final = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#\s]+)", re.ASCII)
_DEFAULT_PORT: Final = {"http": "80", "https": "443"}


def host_name(authority: str) -> str | None:
    """The name in ``name:port``, lower-cased, without the brackets of an IPv6 address.

    ``None`` for anything that is no RFC 3986 ``host[:port]``: what follows a colon or bracket must be a port, so
    that neither ``localhost:x@evil.com`` nor ``[::1]evil.com`` passes for this machine.
    """
    authority = authority.strip().lower()
    if _BARE_IPV6.fullmatch(authority):
        return authority
    found = _AUTHORITY.fullmatch(authority)
    return (found["bracketed"] or found["name"]) if found is not None else None


def _normal(origin: str) -> str | None:
    """An origin in lower case and without its scheme's default port; ``None`` for what is no origin."""
    found = _ORIGIN.fullmatch(origin.strip().lower())
    if found is None or host_name(found["authority"]) is None:
        return None
    authority = found["authority"].removesuffix(f":{_DEFAULT_PORT.get(found['scheme'], '')}")
    return f"{found['scheme']}://{authority}"


def is_loopback(host: str) -> bool:
    """True for the names and addresses of this machine that the policy knows."""
    return host_name(host) in LOOPBACK


@dataclass(frozen=True, slots=True)
class OriginPolicy:
    """Which hosts and browser origins this server answers.

    Attributes:
        check_host: True when the server is bound to loopback, where another Host means a rebound name.
        public_host: Host name of the public base URL, if any.
        origins: Further browser origins, the public base URL's among them.
        mcp_paths: Paths, lower-cased, at and below which a foreign Origin is refused.
    """

    check_host: bool
    public_host: str | None
    origins: frozenset[str]
    mcp_paths: tuple[str, ...]

    @classmethod
    def of(
        cls, host: str, public_base_url: str | None, browser_origins: Iterable[str], mcp_paths: Iterable[str]
    ) -> OriginPolicy:
        """The policy for a bind address, a public base URL and extra browser origins."""
        known = [origin.strip().rstrip("/") for origin in browser_origins]
        public_host = None
        if public_base_url is not None:
            url = urlsplit(public_base_url)
            known.append(f"{url.scheme}://{url.netloc}")
            public_host = host_name(url.netloc)
        origins = frozenset(normal for origin in known if (normal := _normal(origin)) is not None)
        return cls(is_loopback(host), public_host, origins, tuple(path.lower() for path in mcp_paths))

    def is_mcp(self, path: str) -> bool:
        """True for an MCP path or anything below one; the comparison ignores case."""
        path = path.lower()
        return any(path == mcp or path.startswith(mcp + "/") for mcp in self.mcp_paths)

    def host_allowed(self, host: str | None) -> bool:
        """Whether the ``Host`` header may reach this server."""
        if not self.check_host:
            return True
        if not host:
            return False
        name = host_name(host)
        return name in LOOPBACK or (self.public_host is not None and name == self.public_host)

    def origin_allowed(self, origin: str | None, host: str | None) -> bool:
        """Whether a browser page of ``origin`` may call MCP paths; no ``Origin`` is no browser."""
        if origin is None:
            return True
        normal = _normal(origin)
        if normal is None:
            return False  # the literal "null" ends here too
        authority = normal.partition("://")[2]
        if host_name(authority) in LOOPBACK or normal in self.origins:
            return True
        scheme = normal.partition("://")[0]
        return host is not None and _normal(f"{scheme}://{host}") == normal

    def check(self, request: web.Request) -> None:
        """Refuse a request from a foreign host, and one from a foreign page on an MCP path or for a WebSocket.

        Browsers open WebSockets to any server, cookies included, and ask nobody: only the server can refuse. The
        origin ``null`` of sandboxed frames passes there when a ``wsToken`` proves the page (spec 02 section 1.4).

        Raises:
            RequestError: 403, worded as JSON-RPC whatever the route; a refused upgrade has no body.
        """
        host = request.headers.get("Host")
        if not self.host_allowed(host):
            raise RequestError(f"Invalid Host header: {_printable(host)}", status=403, code="invalid_host")
        framed = request.headers.get("Origin") == "null" and bool(request.query.get("wsToken"))
        if self.is_mcp(request.path) or (is_upgrade(request) and not framed):
            self.check_origin(request)

    def check_origin(self, request: web.Request) -> None:
        """Refuse a request that a foreign page sent.

        Raises:
            RequestError: 403 ``invalid_origin``.
        """
        origin = request.headers.get("Origin")
        if not self.origin_allowed(origin, request.headers.get("Host")):
            raise RequestError(
                f"Invalid Origin header: {_printable(origin)}", status=403, code="invalid_origin"
            )

    def cors_headers(self, request: web.Request, headers: CIMultiDict[str]) -> None:
        """Add the CORS headers of an allowed origin; a preflight gets what it may ask for."""
        origin = request.headers.get("Origin")
        if origin is None or not self.origin_allowed(origin, request.headers.get("Host")):
            return
        headers["Access-Control-Allow-Origin"] = origin
        headers.add("Vary", "Origin")
        headers["Access-Control-Expose-Headers"] = "Mcp-Session-Id, WWW-Authenticate"
        if request.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE, OPTIONS"
            headers["Access-Control-Allow-Headers"] = request.headers.get(
                "Access-Control-Request-Headers", _DEFAULT_HEADERS
            )
            headers["Access-Control-Max-Age"] = "600"


def is_upgrade(request: web.Request) -> bool:
    """Whether the request asks for a WebSocket (RFC 6455 section 4.1)."""
    return any("websocket" in value.lower() for value in request.headers.getall("Upgrade", ()))


def _printable(value: str | None) -> str:
    return "(missing)" if value is None else value[:200]
