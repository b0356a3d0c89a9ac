"""What a route must know before it sets a cookie that stands for a credential."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web


def over_tls(request: web.Request, base_url: str) -> bool:
    """Whether the browser came over TLS, directly or through a proxy: its cookies get ``Secure`` then.

    The forwarded header is believed from anybody: whoever forges it only harms the cookie it gets.
    """
    if request.secure or request.headers.get("X-Forwarded-Proto", "").strip().lower() == "https":
        return True
    base = urlsplit(base_url)
    return base.scheme == "https" and request.host.lower() == base.netloc.lower()
