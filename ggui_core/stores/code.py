"""Compiled components by their content: what ``/code/<hash>.js`` serves."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from typing import Final, Protocol

CAPACITY_BYTES: Final = 256 * 1024 * 1024
"""What the store in memory keeps by default."""


class CodeStore(Protocol):
    """Keeps module texts under their SHA-256; the same text is kept once."""

    async def put(self, code: str) -> str:
        """Keep a module and return its address: 64 hex digits of the SHA-256 of its UTF-8 bytes."""
        ...

    async def get(self, address: str) -> str | None:
        """The module at an address, or ``None``."""
        ...


class MemoryCodeStore:
    """Keeps modules in this process, in UTF-8; those that were not asked for longest make room.

    The newest one is kept even when it is larger than ``capacity_bytes`` alone.
    """

    def __init__(self, capacity_bytes: int = CAPACITY_BYTES) -> None:
        self._capacity = capacity_bytes
        self._modules: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return self._size

    async def put(self, code: str) -> str:
        module = code.encode()
        address = sha256(module).hexdigest()
        if address not in self._modules:
            self._modules[address] = module
            self._size += len(module)
        self._modules.move_to_end(address)
        while self._size > self._capacity and len(self._modules) > 1:
            _, evicted = self._modules.popitem(last=False)
            self._size -= len(evicted)
        return address

    async def get(self, address: str) -> str | None:
        module = self._modules.get(address)
        if module is None:
            return None
        self._modules.move_to_end(address)
        return module.decode()
