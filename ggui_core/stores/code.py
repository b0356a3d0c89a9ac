"""Compiled components by their content: what ``/code/<hash>.js`` serves."""

from __future__ import annotations

from typing import Protocol


class CodeStore(Protocol):
    """Keeps module texts under their SHA-256; the same text is kept once."""

    async def put(self, code: str) -> str:
        """Keep a module and return its address: 64 hex digits of the SHA-256 of its UTF-8 bytes."""
        ...

    async def get(self, address: str) -> str | None:
        """The module at an address, or ``None``."""
        ...
