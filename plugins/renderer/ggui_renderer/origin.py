"""The server's own origins, as content-security policies name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class ServerOrigin:
    """Where views reach this server: ``http`` is the origin of pages and assets, ``ws`` that of its sockets."""

    http: str
    ws: str

    @classmethod
    def of(cls, base_url: str) -> ServerOrigin:
        """The origins behind an absolute base URL, which may have a path."""
        parts = urlsplit(base_url)
        socket_scheme = "wss" if parts.scheme == "https" else "ws"
        return cls(f"{parts.scheme}://{parts.netloc}", f"{socket_scheme}://{parts.netloc}")

    @property
    def csp(self) -> Mapping[str, tuple[str, ...]]:
        """What a document needs of this server (spec 05 section 1.1)."""
        return {"connectDomains": (self.http, self.ws), "resourceDomains": (self.http,)}
