"""What plugins say about tables of their own: ``ggui_migrations`` (ARCHITECTURE section 4).

Nothing of a database is imported here: whether the tables are up to date is seen by comparing ``head`` with a row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ggui_core.errors import BootError

if TYPE_CHECKING:
    from ggui_core.plugins import Plugins

VERSION_TABLE: Final = "schema_version"
"""What the name of a version table ends with, after the prefix."""

_LABEL: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_PREFIX: Final = re.compile(r"[a-z][a-z0-9_]{0,28}_")


@dataclass(frozen=True, slots=True)
class Migrations:
    """The history of a plugin's tables, as Alembic revisions.

    Attributes:
        package: Dotted name of the package whose modules are the revisions. Its first one has the label among its
            ``branch_labels``.
        label: The word for these tables in ``ggui db``; of one plugin alone. ``a-z``, ``0-9`` and ``-``.
        prefix: What the name of every table starts with; ends with ``_``, and no other plugin's prefix begins alike.
        head: The newest revision: a server whose tables are at it starts without Alembic.
    """

    package: str
    label: str
    prefix: str
    head: str

    @property
    def version_table(self) -> str:
        """The table that holds the revision of these tables."""
        return self.prefix + VERSION_TABLE


def table_histories(plugins: Plugins) -> tuple[Migrations, ...]:
    """What the enabled plugins answer to ``ggui_migrations``, in their order.

    Raises:
        BootError: an answer is none, or two plugins would take each other's tables. One problem line for each.
    """
    found: list[tuple[str, Migrations]] = []
    problems: list[str] = []
    for plugin, answer in plugins.collect("ggui_migrations"):
        faults = _faults(answer)
        problems += (f'plugin "{plugin}": {fault}' for fault in faults)
        if not faults:
            problems += (
                _clash(other, theirs, plugin, answer) for other, theirs in found if _meet(theirs, answer)
            )
            found.append((plugin, answer))
    if problems:
        raise BootError(*problems)
    return tuple(migrations for _, migrations in found)


def _faults(answer: object) -> Sequence[str]:
    if not isinstance(answer, Migrations):
        return (
            f"ggui_migrations returned {type(answer).__name__}; return one ggui_core.migrations.Migrations",
        )
    faults = []
    if not _LABEL.fullmatch(answer.label):
        faults.append(
            f"the label {answer.label!r} in ggui_migrations() is not one: it starts with a letter and goes on with "
            "a-z, 0-9 and -, at most 40 characters; the name of the plugin is a good one"
        )
    if not _PREFIX.fullmatch(answer.prefix) or answer.prefix.startswith(("sqlite_", "pg_")):
        faults.append(
            f"the prefix {answer.prefix!r} in ggui_migrations() is not one: it starts with a letter, goes on with a-z, "
            '0-9 and _, ends with _, has at most 30 characters and begins with neither "sqlite_" nor "pg_"'
        )
    if not answer.head:
        faults.append("head is empty in ggui_migrations(); name the newest revision of the package")
    return faults


def _meet(one: Migrations, other: Migrations) -> bool:
    return (
        one.label == other.label or one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)
    )


def _clash(one: str, theirs: Migrations, other: str, answer: Migrations) -> str:
    if theirs.label == answer.label:
        shared = f'the label "{answer.label}"'
        remedy = "choose another label in the one that is yours"
    else:
        shared = f'tables that begin alike ("{theirs.prefix}" and "{answer.prefix}")'
        remedy = "choose a prefix in the one that is yours with which no other begins"
    return (
        f'the plugins "{one}" and "{other}" both claim {shared} in ggui_migrations(); {remedy}, '
        f"or switch one off: ggui plugins disable {other}"
    )
