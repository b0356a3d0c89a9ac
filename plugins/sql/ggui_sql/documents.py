"""JSON values that many rows share: kept once, under the hash of their text.

Agents render the same contract again and again. Its text is written to the database once, and parsed once in this
process; rows hold its digest.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

from ggui_sql.database import Transaction
from ggui_sql.values import dump, load

USED_STEP_MS: Final = 3_600_000
"""How exactly the database knows when a document was last used."""
KEPT_MS: Final = 24 * 3_600_000
"""How long a document stays that no row refers to."""
REMEMBERED: Final = 2_048
LARGEST_REMEMBERED: Final = 256 * 1024

_PUT: Final = (
    "INSERT INTO ggui_document (digest, body, used_at_ms) VALUES (?, ?, ?) ON CONFLICT (digest) DO UPDATE SET "
    "used_at_ms = excluded.used_at_ms WHERE ggui_document.used_at_ms < excluded.used_at_ms - ?"
)
_GET: Final = "SELECT body FROM ggui_document WHERE digest = ?"
_SWEEP: Final = """
DELETE FROM ggui_document WHERE digest IN (
    SELECT digest FROM ggui_document WHERE used_at_ms < ?
    AND NOT EXISTS (SELECT 1 FROM ggui_session WHERE contract = digest)
    AND NOT EXISTS (SELECT 1 FROM ggui_session WHERE props_schema = digest)
    AND NOT EXISTS (SELECT 1 FROM ggui_session WHERE source = digest)
    AND NOT EXISTS (SELECT 1 FROM ggui_handshake WHERE contract = digest)
    AND NOT EXISTS (SELECT 1 FROM ggui_handshake WHERE props_schema = digest)
    ORDER BY used_at_ms LIMIT ?
)"""


class Draft:
    """A value on its way into the database."""

    __slots__ = ("digest", "text", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.text = dump(value)
        self.digest = sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


class Documents:
    """Puts documents into transactions and remembers those that were parsed."""

    def __init__(self) -> None:
        self._parsed: OrderedDict[str, Any] = OrderedDict()
        self._put: OrderedDict[str, int] = OrderedDict()

    async def put(self, tx: Transaction, drafts: Iterable[Draft], now_ms: int) -> None:
        """Have these documents in the database when the transaction counts."""
        for draft in drafts:
            if now_ms - self._put.get(draft.digest, -USED_STEP_MS) >= USED_STEP_MS:
                await tx.run(_PUT, draft.digest, draft.text, now_ms, USED_STEP_MS)

    def remember(self, drafts: Iterable[Draft], now_ms: int) -> None:
        """The transaction counted: these need not be put again for a while, nor be read."""
        for draft in drafts:
            if now_ms - self._put.get(draft.digest, -USED_STEP_MS) >= USED_STEP_MS:
                _keep(self._put, draft.digest, now_ms)
            if len(draft.text) <= LARGEST_REMEMBERED:
                _keep(self._parsed, draft.digest, draft.value)

    async def get(self, tx: Transaction, digest: str) -> Any:
        """The value under a digest; every caller gets the same object, which nobody changes in place."""
        if digest in self._parsed:
            self._parsed.move_to_end(digest)
            return self._parsed[digest]
        row = await tx.one(_GET, digest)
        if row is None:
            raise LookupError(f"the database refers to the document {digest}, which is not there")
        value = load(row[0])
        if len(row[0]) <= LARGEST_REMEMBERED:
            _keep(self._parsed, digest, value)
        return value


async def sweep(tx: Transaction, now_ms: int, limit: int) -> int:
    """Forget documents that nothing has referred to for a day; returns how many."""
    return await tx.run(_SWEEP, now_ms - KEPT_MS, limit)


def _keep(shelf: OrderedDict[str, Any], digest: str, value: Any) -> None:
    shelf[digest] = value
    shelf.move_to_end(digest)
    while len(shelf) > REMEMBERED:
        shelf.popitem(last=False)
