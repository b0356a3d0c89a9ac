"""The database as this plugin keeps it: the seam of the kernel, and what its upkeep has to know besides.

On PostgreSQL the statements of a fact travel over a connection of the pool; on SQLite none of them ever waits, so the
whole fact runs at once on the event loop, and only the commit, which waits for the disk, leaves it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from ggui_core.database import Database, StorageUnavailable


class OutcomeUnknown(StorageUnavailable):
    """The connection went away while the database was told to keep a change: nobody can say whether it did."""

    may_be_kept = True

    def __init__(self) -> None:
        super().__init__("the connection was lost while a change was being kept")
        self.hint = (
            "The change may have been made. Look with ggui_get_session before you repeat it; a gesture may be sent "
            "again under the same actionId at once, it counts only once."
        )


class OpenDatabase(Database, Protocol):
    """A database that this plugin opened.

    Attributes:
        sole: Whether this process is the only one that changes it while it runs: what was read may be remembered
            until it is written again.
        place: Where it is, for people: a path, or a URL without its password.
        trouble: Why a write did not succeed, or ``None``. Only a trial that succeeds ends it
            (:class:`~ggui_sql.trial.Trial`): a full disk may still have room for small rows.
    """

    sole: bool
    place: str
    trouble: str | None

    def when_changed_elsewhere(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` when it turns out that somebody else changed a database which is ours alone."""
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of the database."""
        ...


_TOKENS: Final = re.compile(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")|(\?)|(\{lock\})")


def translated(statement: str, placeholder: Callable[[int], str], lock: str) -> str:
    """A statement of a fact in the words of a database; what stands in quotes stays as it is.

    Args:
        placeholder: How the parameter of a number, from 1, is written.
        lock: What ``{lock}`` becomes.
    """
    numbers: Iterator[int] = iter(range(1, statement.count("?") + 1))

    def word(found: re.Match[str]) -> str:
        quoted, parameter, _ = found.groups()
        if quoted is not None:
            return str(quoted)
        return placeholder(next(numbers)) if parameter is not None else lock

    return _TOKENS.sub(word, statement)
