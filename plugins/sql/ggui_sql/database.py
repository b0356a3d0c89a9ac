"""One way to speak to both databases: a fact is a coroutine that gets a transaction.

A *fact* is written once. On PostgreSQL its statements travel over a connection of the pool; on SQLite none of them
ever waits, so the whole fact runs at once on the event loop, and only the commit, which waits for the disk, leaves it.

Statements are written for both: ``?`` stands for a parameter, ``{lock}`` for what locks the rows that a ``SELECT``
found until the transaction ends. Rows are tuples.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

from ggui_core.errors import GguiError

T = TypeVar("T")
Row = Sequence[Any]


class Transaction(Protocol):
    """Statements that count together or not at all."""

    async def one(self, statement: str, *parameters: Any) -> Row | None:
        """The first row a statement returns, or ``None``."""
        ...

    async def all(self, statement: str, *parameters: Any) -> Sequence[Row]:
        """Every row a statement returns."""
        ...

    async def run(self, statement: str, *parameters: Any) -> int:
        """Run a statement; returns how many rows it changed."""
        ...


Fact = Callable[[Transaction], Awaitable[T]]


class StorageUnavailable(GguiError):
    """The database cannot be read or written at the moment: the disk is full, or the connection is gone."""

    code = "storage_unavailable"
    http_status = 503

    def __init__(self, cause: str) -> None:
        super().__init__(
            f"The server cannot reach its storage: {cause}.",
            hint="Nothing was changed. Try again in a moment; the server's log tells the operator the cause.",
        )


class OutcomeUnknown(StorageUnavailable):
    """The connection went away while the database was told to keep a change: nobody can say whether it did."""

    def __init__(self) -> None:
        super().__init__("the connection was lost while a change was being kept")
        self.hint = (
            "The change may have been made. Look with ggui_get_session before you repeat it; a gesture may be sent "
            "again under the same actionId at once, it counts only once."
        )


class Database(Protocol):
    """Where facts are kept.

    Attributes:
        name: ``sqlite`` or ``postgres``.
        sole: Whether this process is the only one that changes it while it runs: what was read may be remembered
            until it is written again.
        place: Where it is, for people: a path, or a URL without its password.
        trouble: Why a write did not succeed, or ``None``. Only a trial that succeeds ends it
            (:class:`~ggui_sql.trial.Trial`): a full disk may still have room for small rows.
    """

    name: str
    sole: bool
    place: str
    trouble: str | None

    async def write(self, fact: Fact[T]) -> T:
        """Run a fact and return once it is durable.

        Raises:
            StorageUnavailable: it is not, and nothing of it was kept; after :class:`OutcomeUnknown` it may be.
        """
        ...

    async def read(self, fact: Fact[T]) -> T:
        """Run a fact that changes nothing. It sees every write that returned before.

        Raises:
            StorageUnavailable: the database does not answer.
        """
        ...

    def when_changed_elsewhere(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` when it turns out that somebody else changed a database which is ours alone."""
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of the database."""
        ...
