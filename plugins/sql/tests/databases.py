"""Fresh databases for tests: a file each, or a schema each of the PostgreSQL that ``GGUI_TEST_POSTGRES_URL`` names."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import asyncpg
import pytest

from ggui_sql import schema
from ggui_sql.database import OpenDatabase
from ggui_sql.postgres import PostgresDatabase
from ggui_sql.sqlite import SqliteDatabase

BACKENDS = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.services)]

_MEMORY = Path("/dev/shm")  # noqa: S108  # kits make ten thousand commits; what they test is not the disk


@asynccontextmanager
async def fresh(backend: str) -> AsyncIterator[OpenDatabase]:
    """An empty database with our tables."""
    if backend == "sqlite":
        with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
            path = Path(folder, "ggui.db")
            shutil.copy(_empty_file(), path)
            database = SqliteDatabase(path)
            yield database
            await database.close()
        return
    async with postgres_schema() as url:
        schema.upgrade_postgres(url)
        postgres = PostgresDatabase(url)
        yield postgres
        await postgres.close()


@asynccontextmanager
async def postgres_schema() -> AsyncIterator[str]:
    """The address of an empty schema, which is dropped in the end."""
    url = os.environ.get("GGUI_TEST_POSTGRES_URL")
    if not url:
        pytest.skip("GGUI_TEST_POSTGRES_URL is not set")
    name = f"t{uuid.uuid4().hex}"
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"CREATE SCHEMA {name}")
        yield f"{url}{'&' if '?' in url else '?'}search_path={name}"
    finally:
        await connection.execute(f"DROP SCHEMA {name} CASCADE")
        await connection.close()


@cache
def _empty_file() -> Path:
    """A file with our tables, made once: it is copied for each test."""
    path = Path(tempfile.mkdtemp(prefix="ggui-sql-"), "empty.db")
    schema.upgrade_file(path)
    return path
