"""Which database ``ggui.json#storage`` means."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ggui_sql.settings import MemoryStorage, PostgresStorage, SqliteStorage, StorageSection

MEMORY = {"driver": "memory"}
FILE = {"driver": "sqlite", "path": "a.db"}
URL = "postgresql://ann@db.example/ggui"
SERVER = {"driver": "postgres", "url": URL}

DEFAULT = SqliteStorage(driver="sqlite")
AT_A = SqliteStorage(driver="sqlite", path="a.db")
ON_A_SERVER = PostgresStorage(driver="postgres", url=URL)


@pytest.mark.parametrize(
    ("section", "database"),
    [
        ({}, DEFAULT),
        ({"renders": MEMORY}, None),
        ({"renders": FILE}, AT_A),
        ({"renders": SERVER}, ON_A_SERVER),
        ({"threads": FILE}, AT_A),
        ({"vectors": MEMORY}, DEFAULT),
        ({"url": URL}, ON_A_SERVER),
        ({"url": URL, "vectors": MEMORY}, ON_A_SERVER),
        ({"url": URL, "threads": SERVER}, ON_A_SERVER),
        ({"url": "sqlite:///a.db"}, AT_A),
        ({"url": "sqlite:////srv/a.db"}, SqliteStorage(driver="sqlite", path="/srv/a.db")),
        ({"url": "sqlite:///:memory:"}, None),
        ({"renders": {"driver": "sqlite", "path": ":memory:"}}, None),
    ],
)
def test_the_database_is_where_some_slot_says(
    section: dict[str, Any], database: SqliteStorage | PostgresStorage | None
) -> None:
    assert StorageSection.model_validate(section).database == database


@pytest.mark.parametrize(
    "section",
    [
        {"renders": FILE, "threads": {"driver": "sqlite", "path": "b.db"}},
        {"renders": FILE, "vectors": SERVER},
        {"url": URL, "threads": FILE},
    ],
)
def test_two_databases_are_refused_with_the_reason(section: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="name two databases"):
        StorageSection.model_validate(section)


def test_an_address_sets_every_slot_that_says_nothing() -> None:
    section = StorageSection.model_validate({"url": URL, "vectors": MEMORY})
    assert section.slot("threads") == ON_A_SERVER
    assert section.slot("vectors") == MemoryStorage(driver="memory")


@pytest.mark.parametrize("url", ["mysql://db", "sqlite://a.db", "a.db"])
def test_an_address_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        StorageSection.model_validate({"url": url})
