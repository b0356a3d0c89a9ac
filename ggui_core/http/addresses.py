"""Client addresses: what a proxy wrote, and what counts as one client (spec 03 section 6.6)."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

_WITH_PORT: Final = re.compile(r"\[(?P<bracketed>[^\]]*)\](?::\d+)?|(?P<plain>[^:]*):\d+")
_SITE_BITS: Final = 64


def forwarded_address(entry: str) -> str:
    """The address in an entry of ``X-Forwarded-For``, which some proxies write with the client's port."""
    found = _WITH_PORT.fullmatch(entry)
    return entry if found is None else found["bracketed"] or found["plain"] or entry


def client_block(address: str) -> str:
    """The addresses that count as one client: an IPv4 address, or the /64 that one IPv6 subscriber is given.

    Limits by single IPv6 addresses limit nothing: everybody has 2**64 of them. What is no address stands for
    itself.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _SITE_BITS), strict=False))
