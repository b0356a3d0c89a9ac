"""Where state is kept: ``ggui.json#storage`` (spec 03 section 5.1, ruling 16)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ggui_core.config import ConfigSection, Section
from ggui_core.setup import Setup

FILE: Final = "ggui.db"
"""The name of the database file in the persistent directory."""

IN_MEMORY: Final = ":memory:"
"""A path that stands for memory, as SQLite writes it."""


class MemoryStorage(Section):
    """Nothing outlives the process."""

    driver: Literal["memory"]


class SqliteStorage(Section):
    """One file."""

    driver: Literal["sqlite"]
    path: Annotated[str, StringConstraints(min_length=1)] | None = Field(
        None, description="a file, relative to ggui.json; ggui.db in the persistent directory when left out"
    )


class PostgresStorage(Section):
    """A PostgreSQL server."""

    driver: Literal["postgres"]
    url: Annotated[str, StringConstraints(pattern=r"^postgres(ql)?://")] = Field(
        description="an address that starts with postgresql://"
    )


Slot = Annotated[MemoryStorage | SqliteStorage | PostgresStorage, Field(discriminator="driver")]
_SLOT: Final = '{"driver": "memory"}, {"driver": "sqlite", "path": ...} or {"driver": "postgres", "url": ...}'


class StorageSection(Section):
    """``storage``: one database, and which of the three slots live in it.

    ``renders`` holds everything that no other slot does. There is one database, because what one call does is one
    transaction: a slot is in it, or in memory.
    """

    url: Annotated[str, StringConstraints(pattern=r"^(postgres(ql)?://|sqlite:///)")] | None = Field(
        None, description="an address that starts with postgresql:// or sqlite:///, for every slot"
    )
    renders: Slot | None = Field(None, description=_SLOT)
    vectors: Slot | None = Field(None, description=_SLOT)
    threads: Slot | None = Field(None, description=_SLOT)

    @model_validator(mode="after")
    def _is_one_database(self) -> Self:
        named = {name: slot for name, slot in self._named().items() if not isinstance(slot, MemoryStorage)}
        (first, database), *others = named.items() or [("renders", SqliteStorage(driver="sqlite"))]
        for name, other in others:
            if other != database:
                raise ValueError(
                    f"{name} and {first} name two databases; what one call does is one transaction, so there is one: "
                    "give them the same, or name it once as storage.url"
                )
        return self

    def slot(self, name: Literal["renders", "vectors", "threads"]) -> Slot:
        """Where a slot is kept: as it says itself, else as ``url`` says, else where another slot is, else SQLite."""
        named = self._named()
        if name in named:
            return named[name]
        databases = [slot for slot in named.values() if not isinstance(slot, MemoryStorage)]
        return databases[0] if databases else SqliteStorage(driver="sqlite")

    @property
    def database(self) -> SqliteStorage | PostgresStorage | None:
        """The database of this server; ``None`` where renders are kept in memory."""
        renders = self.slot("renders")
        return None if isinstance(renders, MemoryStorage) else renders

    def _named(self) -> Mapping[str, Slot]:
        """The slots that say where they are, and ``url`` for those that do not."""
        slots = {"renders": self.renders, "vectors": self.vectors, "threads": self.threads}
        named = {name: _plain(slot) for name, slot in slots.items() if slot is not None}
        if self.url is not None:
            named = dict.fromkeys(slots, _of_url(self.url)) | named
        return named


STORAGE: Final = "storage"
SECTION: Final = ConfigSection(
    STORAGE,
    StorageSection,
    default=StorageSection(),
    description="an object that says where sessions, components and small values are kept",
)


def is_kept(setup: Setup) -> bool:
    """Whether state outlives the process; nothing of a database is imported otherwise."""
    section: StorageSection = setup.config.section(STORAGE)
    return section.database is not None and not setup.server.ephemeral


def sqlite_path(storage: SqliteStorage, project_root: Path, persistent_dir: Path) -> Path:
    """The file of a SQLite storage."""
    return persistent_dir / FILE if storage.path is None else project_root / storage.path


def _plain(slot: Slot) -> Slot:
    """A slot as it is meant: SQLite has a name for memory."""
    if isinstance(slot, SqliteStorage) and slot.path == IN_MEMORY:
        return MemoryStorage(driver="memory")
    return slot


def _of_url(url: str) -> Slot:
    """The slot that ``storage.url`` stands for; ``sqlite:///`` is followed by a path as in ``path``."""
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        return _plain(SqliteStorage(driver="sqlite", path=path or None))
    return PostgresStorage(driver="postgres", url=url)
