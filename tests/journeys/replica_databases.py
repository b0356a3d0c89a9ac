"""A PostgreSQL database for one test: several processes share it, and nobody else."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest

from ggui_sql import schema


@contextmanager
def fresh_database() -> Iterator[str]:
    """The address of a new, empty database, dropped in the end."""
    url = os.environ.get("GGUI_TEST_POSTGRES_URL")
    if url is None:
        pytest.skip("GGUI_TEST_POSTGRES_URL is not set")
    name = f"ggui_replicas_{secrets.token_hex(6)}"
    asyncio.run(_say(url, f'CREATE DATABASE "{name}"'))
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        asyncio.run(_say(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


def upgrade(url: str) -> None:
    """Make the tables."""
    schema.upgrade_postgres(url)


async def _say(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
