"""The operator's database, for plugins that have tables of their own (``ggui_migrations`` makes those).

A *fact* is a coroutine that gets a transaction. It is written once, whatever database the operator chose: ``?``
stands for a parameter, ``{lock}`` for what locks the rows that a ``SELECT`` found until the transaction ends. Rows are
tuples. Parameters and columns are ``str``, ``int``, ``float``, ``bytes`` and ``None``, which both databases take alike.
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
"""Awaits statements of its transaction and nothing else: it may run again, and holds others up while it runs."""


class StorageUnavailable(GguiError):
    """The database cannot be read or written at the moment: the disk is full, or the connection is gone.

    Attributes:
        may_be_kept: Whether the change may have been made all the same: the connection went away while the database
            was told to keep it, and nobody can say whether it did.
    """

    code = "storage_unavailable"
    http_status = 503
    may_be_kept = False

    def __init__(self, cause: str) -> None:
        super().__init__(
            f"The server cannot reach its storage: {cause}.",
            hint="Nothing was changed. Try again in a moment; the server's log tells the operator the cause.",
        )


class Database(Protocol):
    """Where a server keeps its state. There is none where everything is kept in memory.

    Attributes:
        name: ``sqlite`` or ``postgres``, for the statement that cannot be written alike.
    """

    name: str

    async def write(self, fact: Fact[T]) -> T:
        """Run a fact in a transaction and return once it is durable. It finishes when its caller leaves.

        What the fact raises undoes it, and is raised here.

        Raises:
            StorageUnavailable: it is not durable; nothing of it was kept unless ``may_be_kept``.
        """
        ...

    async def read(self, fact: Fact[T]) -> T:
        """Run a fact that changes nothing. It sees every write that returned before.

        Raises:
            StorageUnavailable: the database does not answer.
        """
        ...
