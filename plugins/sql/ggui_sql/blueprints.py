"""Blueprints in a database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from ggui_core.database import Row, Transaction
from ggui_core.protocol.blueprint import Blueprint, Provenance
from ggui_core.stores.blueprints import (
    CAPACITY,
    EVERY,
    BlueprintExists,
    BlueprintFilter,
    Position,
    gives_way,
    may_go,
    worth,
)
from ggui_sql.database import OpenDatabase
from ggui_sql.locks import alone
from ggui_sql.recall import MISSING, Recall
from ggui_sql.values import (
    clean,
    clean_optional,
    dump,
    load_shared,
    original,
    original_optional,
)

_COLUMNS: Final = (
    "id", "app_id", "contract", "contract_hash", "variance", "variant_key", "source", "code_hash", "created_at_ms",
    "created_by", "authored", "intent", "name", "description", "validator_score", "is_operator_default",
    "is_installed", "is_featured", "is_yanked", "hits", "last_hit_at_ms",
)  # fmt: skip
_SELECTED: Final = ", ".join(_COLUMNS)
_ADD: Final = f"INSERT INTO ggui_blueprint ({_SELECTED}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_BY_ID: Final = f"SELECT {_SELECTED} FROM ggui_blueprint WHERE app_id = ? AND id = ?"  # noqa: S608
_OFFERED: Final = (
    f"SELECT {_SELECTED} FROM ggui_blueprint "  # noqa: S608
    "WHERE app_id = ? AND contract_hash = ? AND variant_key = ? AND is_yanked = 0"
)
_GROUP: Final = (
    f"SELECT {_SELECTED} FROM ggui_blueprint "  # noqa: S608
    "WHERE app_id = ? AND contract_hash = ? AND is_yanked = 0 ORDER BY created_at_ms DESC, id"
)
_PAGE: Final = 50
"""Rows that are read and parsed at a time; others get their turn on the event loop in between."""
_FIRST_PAGE: Final = (
    f"SELECT {_SELECTED} FROM ggui_blueprint WHERE app_id = ? ORDER BY created_at_ms DESC, id LIMIT ?"  # noqa: S608
)
_NEXT_PAGE: Final = (
    f"SELECT {_SELECTED} FROM ggui_blueprint WHERE app_id = ? "  # noqa: S608
    "AND (created_at_ms < ? OR (created_at_ms = ? AND id > ?)) ORDER BY created_at_ms DESC, id LIMIT ?"
)
_OF_APP: Final = f"SELECT {_SELECTED} FROM ggui_blueprint WHERE app_id = ? ORDER BY created_at_ms DESC, id"  # noqa: S608
_COUNT: Final = "SELECT count(*) FROM ggui_blueprint WHERE app_id = ?"
_END_DEFAULTS: Final = (
    "UPDATE ggui_blueprint SET is_operator_default = 0 WHERE app_id = ? AND contract_hash = ? AND id <> ?"
)
_HIT: Final = "UPDATE ggui_blueprint SET hits = hits + ?, last_hit_at_ms = ? WHERE app_id = ? AND id = ?"
_DELETE: Final = "DELETE FROM ggui_blueprint WHERE app_id = ? AND id = ?"

AT_HAND_CHARACTERS: Final = 4 * 1024 * 1024
"""Characters of blueprints that are kept at hand, for a handshake and its render to find them without reading."""


class SqlBlueprintStore:
    """Implements :class:`~ggui_core.stores.BlueprintStore`.

    Changes of one app take turns: what is first, what is pinned and what has to go depend on its other rows.
    """

    durable = True

    def __init__(self, database: OpenDatabase) -> None:
        self._database = database
        self._recall: Recall[tuple[str, str], Any] = Recall(database, AT_HAND_CHARACTERS)

    async def add(self, blueprint: Blueprint, *, capacity: int = CAPACITY) -> Blueprint:
        app_id = clean(blueprint.app_id)

        async def fact(tx: Transaction) -> Blueprint:
            await self._alone(tx, app_id)
            row = await tx.one(_OFFERED, app_id, blueprint.contract_hash, blueprint.variant_key)
            if row is not None and not blueprint.is_yanked:
                first = _blueprint(row)
                if not (blueprint.created_by == "operator" and gives_way(first)):
                    return first
                await self._change(tx, first, is_yanked=1)
            await tx.run(_ADD, *_values(blueprint))
            if blueprint.is_operator_default:
                await tx.run(_END_DEFAULTS, app_id, blueprint.contract_hash, blueprint.id)
            await self._make_room(tx, app_id, blueprint, capacity)
            return blueprint

        return await self._recall.change(blueprint.app_id, fact)

    async def by_id(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        known: Blueprint | None = self._recall.get(app_id, ("id", blueprint_id))
        if known is not MISSING:
            return known

        async def fact(tx: Transaction) -> Blueprint | None:
            return await self._found(tx, app_id, blueprint_id)

        blueprint = await self._database.read(fact)
        self._recall.keep(app_id, ("id", blueprint_id), blueprint, _weight(blueprint))
        return blueprint

    async def group(self, app_id: str, contract_hash: str) -> Sequence[Blueprint]:
        known: Sequence[Blueprint] = self._recall.get(app_id, ("group", contract_hash))
        if known is not MISSING:
            return [*known]

        async def fact(tx: Transaction) -> Sequence[Blueprint]:
            return [_blueprint(row) for row in await tx.all(_GROUP, clean(app_id), clean(contract_hash))]

        found = await self._database.read(fact)
        self._recall.keep(app_id, ("group", contract_hash), tuple(found), _weight(*found))
        for blueprint in found:
            self._recall.keep(app_id, ("id", blueprint.id), blueprint, _weight(blueprint))
        return found

    async def list(
        self,
        app_id: str,
        wanted: BlueprintFilter = EVERY,
        *,
        limit: int | None = None,
        after: Position | None = None,
    ) -> Sequence[Blueprint]:
        found: list[Blueprint] = []
        place = after
        while limit is None or len(found) < limit:
            page = await self._page(app_id, place)
            found += [one for one in page if wanted.admits(one)]
            if len(page) < _PAGE:
                break
            place = (page[-1].created_at_ms, page[-1].id)
            await asyncio.sleep(0)
        return found[:limit]

    async def _page(self, app_id: str, after: Position | None) -> Sequence[Blueprint]:
        async def fact(tx: Transaction) -> Sequence[Blueprint]:
            if after is None:
                rows = await tx.all(_FIRST_PAGE, clean(app_id), _PAGE)
            else:
                rows = await tx.all(_NEXT_PAGE, clean(app_id), after[0], after[0], after[1], _PAGE)
            return [_blueprint(row) for row in rows]

        return await self._database.read(fact)

    async def pin(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        async def fact(tx: Transaction) -> Blueprint | None:
            found = await self._owned(tx, app_id, blueprint_id)
            if found is None:
                return None
            await tx.run(_END_DEFAULTS, clean(app_id), found.contract_hash, found.id)
            return await self._change(tx, found, is_operator_default=1)

        return await self._recall.change(app_id, fact)

    async def vary(
        self, app_id: str, blueprint_id: str, variance: dict[str, Any], variant_key: str
    ) -> Blueprint | None:
        async def fact(tx: Transaction) -> Blueprint | None:
            found = await self._owned(tx, app_id, blueprint_id)
            if found is None:
                return None
            if not found.is_yanked:
                await self._refuse_taken(tx, found, variant_key)
            return await self._change(tx, found, variance=dump(variance), variant_key=variant_key)

        return await self._recall.change(app_id, fact)

    async def recode(
        self, lost: Blueprint, code_hash: str, authored: str | None, source: Provenance
    ) -> Blueprint | None:
        async def fact(tx: Transaction) -> Blueprint | None:
            found = await self._owned(tx, lost.app_id, lost.id)
            if found is None or found.code_hash != lost.code_hash:
                return None
            return await self._change(
                tx,
                found,
                code_hash=code_hash,
                authored=clean_optional(authored),
                source=dump(source.wire()),
            )

        return await self._recall.change(lost.app_id, fact)

    async def yank(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        async def fact(tx: Transaction) -> Blueprint | None:
            found = await self._owned(tx, app_id, blueprint_id)
            return None if found is None else await self._change(tx, found, is_yanked=1)

        return await self._recall.change(app_id, fact)

    async def unyank(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        async def fact(tx: Transaction) -> Blueprint | None:
            found = await self._owned(tx, app_id, blueprint_id)
            if found is None:
                return None
            await self._refuse_taken(tx, found, found.variant_key)
            return await self._change(tx, found, is_yanked=0)

        return await self._recall.change(app_id, fact)

    async def hit(self, app_id: str, blueprint_id: str, at_ms: int, times: int = 1) -> None:
        async def fact(tx: Transaction) -> None:
            await tx.run(_HIT, times, at_ms, clean(app_id), clean(blueprint_id))

        await self._recall.change(app_id, fact)

    async def delete(self, app_id: str, blueprint_id: str) -> bool:
        async def fact(tx: Transaction) -> bool:
            return await tx.run(_DELETE, clean(app_id), clean(blueprint_id)) == 1

        return await self._recall.change(app_id, fact)

    # Parts of facts

    async def _alone(self, tx: Transaction, app_id: str) -> None:
        await alone(tx, f"blueprints:{app_id}")

    async def _found(self, tx: Transaction, app_id: str, blueprint_id: str) -> Blueprint | None:
        row = await tx.one(_BY_ID, clean(app_id), clean(blueprint_id))
        return None if row is None else _blueprint(row)

    async def _owned(self, tx: Transaction, app_id: str, blueprint_id: str) -> Blueprint | None:
        """A blueprint that nobody else changes until this transaction ends."""
        await self._alone(tx, clean(app_id))
        return await self._found(tx, app_id, blueprint_id)

    async def _refuse_taken(self, tx: Transaction, by: Blueprint, variant_key: str) -> None:
        row = await tx.one(_OFFERED, clean(by.app_id), by.contract_hash, variant_key)
        if row is not None and row[0] != by.id:
            raise BlueprintExists(row[0])

    async def _change(self, tx: Transaction, blueprint: Blueprint, **columns: Any) -> Blueprint:
        settings = ", ".join(f"{name} = ?" for name in columns)  # names are ours alone
        await tx.run(
            f"UPDATE ggui_blueprint SET {settings} WHERE id = ?",  # noqa: S608
            *columns.values(),
            blueprint.id,
        )
        changed = await self._found(tx, blueprint.app_id, blueprint.id)
        assert changed is not None, "it was there in this transaction"
        return changed

    async def _make_room(self, tx: Transaction, app_id: str, newest: Blueprint, capacity: int) -> None:
        row = await tx.one(_COUNT, app_id)
        too_many = 0 if row is None else row[0] - capacity
        if too_many <= 0:
            return
        rows = [_blueprint(one) for one in await tx.all(_OF_APP, app_id)]
        for least in sorted((one for one in rows if may_go(one, newest)), key=worth)[:too_many]:
            await tx.run(_DELETE, app_id, least.id)


def _values(blueprint: Blueprint) -> tuple[Any, ...]:
    return (
        blueprint.id,
        clean(blueprint.app_id),
        dump(blueprint.contract),
        blueprint.contract_hash,
        dump(blueprint.variance),
        blueprint.variant_key,
        dump(blueprint.source.wire()),
        blueprint.code_hash,
        blueprint.created_at_ms,
        blueprint.created_by,
        clean_optional(blueprint.authored),
        clean(blueprint.intent),
        clean_optional(blueprint.name),
        clean_optional(blueprint.description),
        blueprint.validator_score,
        int(blueprint.is_operator_default),
        int(blueprint.is_installed),
        int(blueprint.is_featured),
        int(blueprint.is_yanked),
        blueprint.hits,
        blueprint.last_hit_at_ms,
    )


def _weight(*blueprints: Blueprint | None) -> int:
    """About how many characters they keep; contracts are shared."""
    return 1_024 + sum(1_024 + len(one.authored or "") for one in blueprints if one is not None)


def _blueprint(row: Row) -> Blueprint:
    source = Provenance.parse(load_shared(row[6]))
    assert source is not None, "provenance is written by us alone"
    return Blueprint(
        id=row[0],
        app_id=original(row[1]),
        contract=load_shared(row[2]),
        contract_hash=row[3],
        variance=load_shared(row[4]),
        variant_key=row[5],
        source=source,
        code_hash=row[7],
        created_at_ms=row[8],
        created_by=row[9],
        authored=original_optional(row[10]),
        intent=original(row[11]),
        name=original_optional(row[12]),
        description=original_optional(row[13]),
        validator_score=row[14],
        is_operator_default=bool(row[15]),
        is_installed=bool(row[16]),
        is_featured=bool(row[17]),
        is_yanked=bool(row[18]),
        hits=row[19],
        last_hit_at_ms=row[20],
    )
