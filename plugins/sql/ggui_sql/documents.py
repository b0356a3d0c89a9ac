"""JSON values that many rows share: kept once, under the hash of their text.

Agents render the same contract again and again. Its text is written to the database once, and parsed once in this
process; rows hold its digest.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

from ggui_core.database import Transaction
from ggui_core.protocol.session import Session
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
    """A value on its way into the database.

    Args:
        digest: The hash of its text, where it is known: then it may never have to be written down.
    """

    __slots__ = ("_text", "digest", "value")

    def __init__(self, value: Any, digest: str | None = None) -> None:
        self.value = value
        self._text = None if digest is not None else dump(value)
        self.digest = digest or sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def text(self) -> str:
        """The value as JSON."""
        if self._text is None:
            self._text = dump(self.value)
        return self._text


class Documents:
    """Puts documents into transactions and remembers those that were parsed.

    Nobody changes a JSON value in place, so one that is remembered is known by being the same object.
    """

    def __init__(self) -> None:
        self._parsed: OrderedDict[str, Any] = OrderedDict()
        self._digests: dict[int, str] = {}
        """Of the values in ``_parsed``, by their identity."""
        self._put: OrderedDict[str, int] = OrderedDict()

    def draft(self, value: Any) -> Draft:
        """A value on its way into the database; the same object is written down and hashed once."""
        return Draft(value, self._digests.get(id(value)))

    def drafts_of(self, session: Session) -> list[Draft]:
        """What a session shares with others: its contract, its props schema, its source if it has a component."""
        shared = [self.draft(session.contract), self.draft(session.props_schema)]
        if session.component is not None:
            shared.append(self.draft(session.component.source))
        return shared

    async def put(self, tx: Transaction, drafts: Iterable[Draft], now_ms: int) -> None:
        """Have these documents in the database when the transaction counts."""
        for draft in drafts:
            if now_ms - self._put.get(draft.digest, -USED_STEP_MS) >= USED_STEP_MS:
                await tx.run(_PUT, draft.digest, draft.text, now_ms, USED_STEP_MS)

    def remember(self, drafts: Iterable[Draft], now_ms: int) -> None:
        """The transaction counted: these need not be put again for a while, nor be read."""
        for draft in drafts:
            if now_ms - self._put.get(draft.digest, -USED_STEP_MS) >= USED_STEP_MS:
                self._put[draft.digest] = now_ms
                self._put.move_to_end(draft.digest)
                while len(self._put) > REMEMBERED:
                    self._put.popitem(last=False)
            self._keep(draft.digest, draft.value, draft)

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
            self._keep(digest, value)
        return value

    def _keep(self, digest: str, value: Any, draft: Draft | None = None) -> None:
        if digest in self._parsed:
            self._parsed.move_to_end(digest)
            return
        if draft is not None and len(draft.text) > LARGEST_REMEMBERED:
            return
        self._parsed[digest] = value
        self._digests[id(value)] = digest
        while len(self._parsed) > REMEMBERED:
            _, gone = self._parsed.popitem(last=False)
            self._digests.pop(id(gone), None)


async def sweep(tx: Transaction, now_ms: int, limit: int) -> int:
    """Forget documents that nothing has referred to for a day; returns how many."""
    return await tx.run(_SWEEP, now_ms - KEPT_MS, limit)
