"""Files that browsers fetch: compressed beforehand, conditional, and cached for good where their name allows it."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from ggui_renderer.encoding import preferred

IMMUTABLE: Final = "public, max-age=31536000, immutable"
NO_CACHE: Final = "no-cache"
"""Kept, but asked about each time."""
JAVASCRIPT: Final = "application/javascript; charset=utf-8"
CSS: Final = "text/css; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"

_MIN_COMPRESSED: Final = 1024
"""Bytes below which compression saves nothing that a packet would notice."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file and its compressed forms.

    Attributes:
        content_type: The whole header.
        plain: The bytes.
        packed: The bytes by content coding, in the order in which the server prefers them.
        digest: 64 hex digits of the SHA-256 of ``plain``.
    """

    content_type: str
    plain: bytes
    packed: Mapping[str, bytes] = field(default_factory=dict)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", hashlib.sha256(self.plain).hexdigest())

    @property
    def hash12(self) -> str:
        """What stands for the content in file names."""
        return self.digest[:12]

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self.plain) + sum(map(len, self.packed.values()))

    @classmethod
    def zipped(cls, content_type: str, text: str) -> Asset:
        """An asset of ``text``, compressed now; takes milliseconds, so not on the event loop."""
        plain = text.encode()
        packed = {"gzip": gzip.compress(plain, 6, mtime=0)} if len(plain) >= _MIN_COMPRESSED else {}
        return cls(content_type, plain, packed)

    def answer(self, request: web.Request, cache_control: str) -> web.Response:
        """200 with the form that the client prefers, or 304 when it has that one already."""
        coding = preferred(request.headers.get("Accept-Encoding"), self.packed)
        tag = f"{self.digest[:32]}-{coding}" if coding else self.digest[:32]
        headers = {"Cache-Control": cache_control, "ETag": f'"{tag}"'}
        if self.packed:
            headers["Vary"] = "Accept-Encoding"
        if any(known.value in (tag, "*") for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = self.content_type
        if coding:
            headers["Content-Encoding"] = coding
        return web.Response(body=self.packed[coding] if coding else self.plain, headers=headers)
