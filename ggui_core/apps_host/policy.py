"""The content-security policy that a host puts around a card (MCP Apps, "Sandbox proxy"; spec 05 section 4.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

# A host source of CSP level 3, or a scheme: nothing that could end a directive.
_SOURCE: Final = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?(?://)?[\w.*:\[\]/%~-]*", re.IGNORECASE | re.ASCII)
_RESTRICTIONS: Final = {"full-csp", "no-blob", "no-data", "no-inline", "no-websocket", "relay-only"}


def content_policy(declared: Mapping[str, Any], on: Set[str], proxy_script: str) -> str | None:
    """The policy of the page that holds a card; the card's ``srcdoc`` frame inherits it.

    Args:
        declared: ``_meta.ui.csp`` of the card's document.
        on: Names of switches.
        proxy_script: Address of the script of the page itself.

    Returns:
        The header, or ``None`` where a host sets no policy at all.
    """
    if not on & (_RESTRICTIONS | {"ignore-declared-csp", "no-loopback"}):
        return None
    connect, resources, frames = (
        _admitted(declared.get(name), on) for name in ("connectDomains", "resourceDomains", "frameDomains")
    )
    local = [scheme for scheme, off in (("blob:", "no-blob"), ("data:", "no-data")) if off not in on]
    inline = [] if "no-inline" in on else ["'unsafe-inline'"]
    directives = {
        "default-src": [],
        "script-src": [proxy_script, *inline, *local, *resources],
        "style-src": ["'unsafe-inline'", *local, *resources],
        "img-src": [*local, *resources],
        "font-src": [*local, *resources],
        "media-src": [*local, *resources],
        "connect-src": connect,
        "worker-src": local,
        "frame-src": frames,
        "base-uri": [],
        "form-action": [],
    }
    return "; ".join(
        f"{name} {' '.join(sources) or chr(39) + 'none' + chr(39)}" for name, sources in directives.items()
    )


def _admitted(sources: object, on: Set[str]) -> list[str]:
    if on & {"ignore-declared-csp", "relay-only"} or not isinstance(sources, list):
        return []
    return [
        source
        for source in _rewritten(filter(_is_source, sources), on)
        if not ("no-websocket" in on and source.startswith(("ws:", "wss:")))
        and not ("no-loopback" in on and _is_loopback(source))
    ]


def _is_source(source: object) -> bool:
    return isinstance(source, str) and source != "" and _SOURCE.fullmatch(source) is not None


def _rewritten(sources: Iterable[str], on: Set[str]) -> Iterable[str]:
    for source in sources:
        secure = re.sub(r"^(ws|wss|http)://", "https://", source) if "no-loopback" in on else source
        yield secure


def _is_loopback(source: str) -> bool:
    host = urlsplit(source if "//" in source else f"//{source}").hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
