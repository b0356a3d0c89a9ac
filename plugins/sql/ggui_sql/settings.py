"""Where state is kept: ``ggui.json#storage`` (spec 03 section 5.1, ruling 16)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from ggui_core.config import ConfigSection, Section
from ggui_core.setup import Setup

FILE: Final = "ggui.db"
"""The name of the database file in the persistent directory."""


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


class StorageSection(Section):
    """``storage``."""

    renders: Annotated[MemoryStorage | SqliteStorage | PostgresStorage, Field(discriminator="driver")] = (
        Field(
            MemoryStorage(driver="memory"),
            description='{"driver": "memory"}, {"driver": "sqlite", "path": ...} or {"driver": "postgres", "url": ...}',
        )
    )


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
    return not isinstance(section.renders, MemoryStorage) and not setup.server.ephemeral


def sqlite_path(storage: SqliteStorage, project_root: Path, persistent_dir: Path) -> Path:
    """The file of a SQLite storage."""
    return persistent_dir / FILE if storage.path is None else project_root / storage.path
