"""The kit of the operator's database, which plugins with tables of their own write through."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

import pytest

from ggui_core.database import Database, Row, Transaction


class DatabaseContract(ABC):
    """Kit for :class:`~ggui_core.database.Database` and the transactions it hands out."""

    @abstractmethod
    async def make(self) -> Database:
        """A database in which the kit may make the table ``kit_boat``."""

    @pytest.fixture
    async def database(self) -> Database:
        database = await self.make()
        columns = "name TEXT PRIMARY KEY, seats BIGINT, length DOUBLE PRECISION, note TEXT"

        async def fact(tx: Transaction) -> None:
            await tx.run(f"CREATE TABLE kit_boat ({columns})")

        await database.write(fact)
        return database

    async def test_what_was_written_is_read_as_it_was(self, database: Database) -> None:
        async def fact(tx: Transaction) -> Row | None:
            await tx.run("INSERT INTO kit_boat VALUES (?, ?, ?, ?)", "Ägir", 2**40, 7.25, None)
            return await tx.one("SELECT name, seats, length, note FROM kit_boat")

        async def look(tx: Transaction) -> Row | None:
            return await tx.one("SELECT name, seats, length, note FROM kit_boat WHERE name = ?", "Ägir")

        written, read = await database.write(fact), await database.read(look)
        assert written is not None
        assert read is not None
        assert tuple(written) == tuple(read) == ("Ägir", 2**40, 7.25, None)

    async def test_statements_say_what_they_found_and_changed(self, database: Database) -> None:
        async def fact(tx: Transaction) -> tuple[int, list[str], int, Row | None]:
            for name in ("a", "b", "c"):
                await tx.run("INSERT INTO kit_boat (name, seats) VALUES (?, ?)", name, 1)
            changed = await tx.run("UPDATE kit_boat SET seats = ? WHERE name > ?", 2, "a")
            rows = await tx.all("SELECT name FROM kit_boat WHERE seats = ? ORDER BY name {lock}", 2)
            missed = await tx.run("DELETE FROM kit_boat WHERE name = ?", "z")
            return changed, [str(row[0]) for row in rows], missed, await tx.one("SELECT 1 WHERE 1 = 0")

        assert await database.write(fact) == (2, ["b", "c"], 0, None)

    async def test_what_stands_in_quotes_is_no_parameter(self, database: Database) -> None:
        async def fact(tx: Transaction) -> Row | None:
            statement = "INSERT INTO kit_boat (name, note) VALUES ('who''s {lock}?', ?)"
            await tx.run(statement, "?")
            return await tx.one("SELECT name, note FROM kit_boat WHERE name LIKE '%?' AND note = ?", "?")

        row = await database.write(fact)
        assert row is not None
        assert tuple(row) == ("who's {lock}?", "?")

    async def test_a_fact_that_raises_leaves_nothing_and_is_told_so(self, database: Database) -> None:
        class Sunk(Exception):
            pass

        async def fact(tx: Transaction) -> None:
            await tx.run("INSERT INTO kit_boat (name) VALUES (?)", "titanic")
            raise Sunk

        with pytest.raises(Sunk):
            await database.write(fact)
        assert await self.names(database) == []

    async def test_a_broken_constraint_undoes_its_own_fact_and_no_other(self, database: Database) -> None:
        def adding(*names: str) -> asyncio.Future[None]:
            async def fact(tx: Transaction) -> None:
                for name in names:
                    await tx.run("INSERT INTO kit_boat (name) VALUES (?)", name)

            return asyncio.ensure_future(database.write(fact))

        outcomes = await asyncio.gather(adding("a"), adding("b", "b"), adding("c"), return_exceptions=True)
        assert [outcome is None for outcome in outcomes] == [True, False, True]
        assert await self.names(database) == ["a", "c"]

    async def test_concurrent_facts_do_not_lose_each_others_changes(self, database: Database) -> None:
        async def launch(tx: Transaction) -> None:
            await tx.run("INSERT INTO kit_boat (name, seats) VALUES (?, ?)", "ferry", 0)

        async def board(tx: Transaction) -> int:
            row = await tx.one("SELECT seats FROM kit_boat WHERE name = ? {lock}", "ferry")
            assert row is not None
            taken = int(row[0]) + 1
            await tx.run("UPDATE kit_boat SET seats = ? WHERE name = ?", taken, "ferry")
            return taken

        await database.write(launch)
        assert sorted(await asyncio.gather(*(database.write(board) for _ in range(20)))) == [*range(1, 21)]

    async def test_a_write_finishes_when_its_caller_leaves(self, database: Database) -> None:
        async def fact(tx: Transaction) -> None:
            await tx.run("INSERT INTO kit_boat (name) VALUES (?)", "begun")

        writing = asyncio.ensure_future(database.write(fact))
        await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        for _ in range(2000):
            if await self.names(database):
                break
            await asyncio.sleep(0.01)
        assert await self.names(database) == ["begun"]

    async def names(self, database: Database) -> list[str]:
        """Every boat there is."""

        async def look(tx: Transaction) -> list[str]:
            return [str(row[0]) for row in await tx.all("SELECT name FROM kit_boat ORDER BY name")]

        return await database.read(look)
