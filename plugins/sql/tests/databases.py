"""Fresh databases for tests: a file each, or a schema each of the PostgreSQL that ``GGUI_TEST_POSTGRES_URL`` names."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from ggui_sql.database import Database
from ggui_sql.postgres import PostgresDatabase
from ggui_sql.sqlite import SqliteDatabase
from ggui_sql.tables import metadata

BACKENDS = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.services)]

_MEMORY = Path("/dev/shm")  # noqa: S108  # kits make ten thousand commits; what they test is not the disk


@asynccontextmanager
async def fresh(backend: str) -> AsyncIterator[Database]:
    """An empty database with our tables."""
    if backend == "sqlite":
        with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
            database = SqliteDatabase(sqlite_file(Path(folder)))
            yield database
            await database.close()
        return
    url = os.environ.get("GGUI_TEST_POSTGRES_URL")
    if not url:
        pytest.skip("GGUI_TEST_POSTGRES_URL is not set")
    schema = f"t{uuid.uuid4().hex}"
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"CREATE SCHEMA {schema}; SET search_path TO {schema}; {_definitions()}")
        separator = "&" if "?" in url else "?"
        postgres = PostgresDatabase(f"{url}{separator}search_path={schema}")
        yield postgres
        await postgres.close()
    finally:
        await connection.execute(f"DROP SCHEMA {schema} CASCADE")
        await connection.close()


def sqlite_file(folder: Path) -> Path:
    """A file with our tables."""
    path = folder / "ggui.db"
    engine = create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()
    return path


def _definitions() -> str:
    dialect = postgresql.dialect()
    statements = []
    for table in metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)))
        statements += [str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes]
    return ";".join(statements)
