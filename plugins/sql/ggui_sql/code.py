"""Compiled components by their content, in a database, with the newest ones at hand."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from typing import Final

from ggui_core.database import Database, Transaction

AT_HAND_BYTES: Final = 16 * 1024 * 1024
"""Bytes of modules that this process keeps, so that a render reads none from the disk."""

_PUT: Final = "INSERT INTO ggui_code (address, module) VALUES (?, ?) ON CONFLICT (address) DO NOTHING"
_GET: Final = "SELECT module FROM ggui_code WHERE address = ?"


class SqlCodeStore:
    """Implements :class:`~ggui_core.stores.CodeStore`. Modules never change, so what is at hand is never stale."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._at_hand: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    async def put(self, code: str) -> str:
        module = code.encode()
        address = sha256(module).hexdigest()
        if address in self._at_hand:
            self._at_hand.move_to_end(address)
            return address

        async def fact(tx: Transaction) -> None:
            await tx.run(_PUT, address, module)

        await self._database.write(fact)
        self._keep(address, module)
        return address

    async def get(self, address: str) -> str | None:
        if address in self._at_hand:
            self._at_hand.move_to_end(address)
            return self._at_hand[address].decode()
        if not address.isascii() or "\0" in address:
            return None

        async def fact(tx: Transaction) -> bytes | None:
            row = await tx.one(_GET, address)
            return None if row is None else bytes(row[0])

        module = await self._database.read(fact)
        if module is None:
            return None
        self._keep(address, module)
        return module.decode()

    def _keep(self, address: str, module: bytes) -> None:
        if len(module) > AT_HAND_BYTES or address in self._at_hand:
            return
        self._at_hand[address] = module
        self._size += len(module)
        while self._size > AT_HAND_BYTES:
            _, gone = self._at_hand.popitem(last=False)
            self._size -= len(gone)
