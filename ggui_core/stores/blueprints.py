"""Components that are kept to be shown again (spec 06 section 2)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from ggui_core.errors import GguiError
from ggui_core.protocol.blueprint import Blueprint, Provenance

CAPACITY: Final = 1000
"""Blueprints of one app that a store keeps unless an operator says otherwise."""

Position = tuple[int, str]
"""Where a page of a list ends: the time and the id of its last blueprint."""


class BlueprintExists(GguiError):
    """Another blueprint of the app answers for this contract and variant already."""

    code = "BLUEPRINT_ALREADY_EXISTS"

    def __init__(self, existing_id: str) -> None:
        super().__init__(
            f"The blueprint '{existing_id}' has this contract and variance already.",
            hint="Delete or yank that one first, or choose another variance.",
        )
        self.existing_id = existing_id


@dataclass(frozen=True, slots=True)
class BlueprintFilter:
    """What a list is narrowed to; every part that is given must hold.

    Attributes:
        generator: The slug in its provenance.
        keywords: Each stands somewhere in its intent, name or description, in whatever case.
    """

    contract_hash: str | None = None
    generator: str | None = None
    persona: str | None = None
    keywords: tuple[str, ...] = ()

    def admits(self, blueprint: Blueprint) -> bool:
        """Whether a blueprint is wanted."""
        if self.contract_hash is not None and blueprint.contract_hash != self.contract_hash:
            return False
        if self.generator is not None and blueprint.source.generator != self.generator:
            return False
        if self.persona is not None and blueprint.variance.get("persona") != self.persona:
            return False
        if not self.keywords:
            return True
        prose = "\n".join((blueprint.intent, blueprint.name or "", blueprint.description or "")).casefold()
        return all(keyword.casefold() in prose for keyword in self.keywords)


EVERY: Final = BlueprintFilter()


class BlueprintStore(Protocol):
    """Keeps blueprints. What belongs to another app is not there, for every method (law 7).

    A blueprint is *offered* unless it is yanked. At most one that is offered has a given app, contract and variant,
    and at most one of a group (app and contract) is the operator's default. Each method is one step: of two at the
    same time, one comes first.

    Attributes:
        durable: Whether what it keeps outlives the process.
    """

    durable: bool

    async def add(self, blueprint: Blueprint, *, capacity: int = CAPACITY) -> Blueprint:
        """Keep a blueprint, and return the one that now answers for its app, contract and variant.

        The first one stays, with one exception: what an operator made takes the place of what an agent made, which
        is yanked. A blueprint that is the operator's default ends that of its group.

        Args:
            capacity: Above so many blueprints of the app, those with the fewest hits go, the oldest first; never
                this one, and never what an operator made or chose, or the project declares.
        """
        ...

    async def by_id(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        """A blueprint, yanked or not."""
        ...

    async def group(self, app_id: str, contract_hash: str) -> Sequence[Blueprint]:
        """What is offered for a contract, newest first."""
        ...

    async def list(
        self,
        app_id: str,
        wanted: BlueprintFilter = EVERY,
        *,
        limit: int | None = None,
        after: Position | None = None,
    ) -> Sequence[Blueprint]:
        """Blueprints of an app, yanked ones too: newest first, then by id.

        Args:
            after: Only what comes behind this place.
        """
        ...

    async def pin(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        """Make one the operator's default, and no other of its group; ``None`` when it is not there."""
        ...

    async def vary(
        self, app_id: str, blueprint_id: str, variance: dict[str, Any], variant_key: str
    ) -> Blueprint | None:
        """Give one another variance; ``None`` when it is not there.

        Raises:
            BlueprintExists: another one that is offered has that variance.
        """
        ...

    async def recode(
        self, lost: Blueprint, code_hash: str, authored: str | None, source: Provenance
    ) -> Blueprint | None:
        """Give one whose code is gone another code; ``None`` when it is not there or has other code by now."""
        ...

    async def yank(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        """Offer one to nobody any more; ``None`` when it is not there."""
        ...

    async def unyank(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        """Offer one again; ``None`` when it is not there.

        Raises:
            BlueprintExists: another one took its place meanwhile.
        """
        ...

    async def hit(self, app_id: str, blueprint_id: str, at_ms: int, times: int = 1) -> None:
        """Count uses, the last of them at ``at_ms``. Nothing happens when it is not there."""
        ...

    async def delete(self, app_id: str, blueprint_id: str) -> bool:
        """Forget one; whether it was there. Never raises for an id."""
        ...


@dataclass(slots=True)
class _Shelf:
    """The blueprints of one app."""

    rows: dict[str, Blueprint] = field(default_factory=dict)
    exact: dict[tuple[str, str], str] = field(default_factory=dict)
    """Contract and variant to the one that is offered for it."""
    groups: dict[str, dict[str, None]] = field(default_factory=dict)
    """Contract to the ids of its group, yanked ones too."""

    def keep(self, blueprint: Blueprint) -> Blueprint:
        self.rows[blueprint.id] = blueprint
        self.groups.setdefault(blueprint.contract_hash, {})[blueprint.id] = None
        if not blueprint.is_yanked:
            self.exact[blueprint.exact_key] = blueprint.id
        return blueprint

    def drop(self, blueprint: Blueprint) -> None:
        """Take one out, to forget it or to keep it changed."""
        del self.rows[blueprint.id]
        members = self.groups[blueprint.contract_hash]
        del members[blueprint.id]
        if not members:
            del self.groups[blueprint.contract_hash]
        if self.exact.get(blueprint.exact_key) == blueprint.id:
            del self.exact[blueprint.exact_key]

    def change(self, blueprint: Blueprint, **changes: Any) -> Blueprint:
        self.drop(blueprint)
        return self.keep(replace(blueprint, **changes))

    def offered(self, key: tuple[str, str]) -> Blueprint | None:
        found = self.exact.get(key)
        return None if found is None else self.rows[found]

    def members(self, contract_hash: str) -> Iterable[Blueprint]:
        return [self.rows[each] for each in self.groups.get(contract_hash, ())]

    def end_default(self, contract_hash: str, except_id: str) -> None:
        for other in self.members(contract_hash):
            if other.is_operator_default and other.id != except_id:
                self.rows[other.id] = replace(other, is_operator_default=False)


class MemoryBlueprintStore:
    """Keeps blueprints in this process."""

    durable = False

    def __init__(self) -> None:
        self._shelves: dict[str, _Shelf] = {}

    async def add(self, blueprint: Blueprint, *, capacity: int = CAPACITY) -> Blueprint:
        shelf = self._shelves.setdefault(blueprint.app_id, _Shelf())
        first = shelf.offered(blueprint.exact_key)
        if first is not None and not blueprint.is_yanked:
            if not (blueprint.created_by == "operator" and gives_way(first)):
                return first
            shelf.change(first, is_yanked=True)
        shelf.keep(blueprint)
        if blueprint.is_operator_default:
            shelf.end_default(blueprint.contract_hash, blueprint.id)
        while len(shelf.rows) > capacity:
            least = min(
                (row for row in shelf.rows.values() if may_go(row, blueprint)), key=worth, default=None
            )
            if least is None:
                break
            shelf.drop(least)
        return blueprint

    async def by_id(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        return self._shelf(app_id).rows.get(blueprint_id)

    async def group(self, app_id: str, contract_hash: str) -> Sequence[Blueprint]:
        members = [one for one in self._shelf(app_id).members(contract_hash) if not one.is_yanked]
        return sorted(members, key=_newest_first)

    async def list(
        self,
        app_id: str,
        wanted: BlueprintFilter = EVERY,
        *,
        limit: int | None = None,
        after: Position | None = None,
    ) -> Sequence[Blueprint]:
        behind = None if after is None else (-after[0], after[1])
        rows = tuple(self._shelf(app_id).rows.values())

        def found() -> Sequence[Blueprint]:
            wants = (row for row in rows if behind is None or _newest_first(row) > behind)
            return sorted((row for row in wants if wanted.admits(row)), key=_newest_first)[:limit]

        # Reading the prose of a full shelf takes a few hundred milliseconds when it is long.
        return await asyncio.to_thread(found) if wanted.keywords else found()

    async def pin(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        shelf = self._shelf(app_id)
        found = shelf.rows.get(blueprint_id)
        if found is None:
            return None
        shelf.end_default(found.contract_hash, found.id)
        return shelf.change(found, is_operator_default=True)

    async def vary(
        self, app_id: str, blueprint_id: str, variance: dict[str, Any], variant_key: str
    ) -> Blueprint | None:
        shelf = self._shelf(app_id)
        found = shelf.rows.get(blueprint_id)
        if found is None:
            return None
        if not found.is_yanked:
            _refuse_taken(shelf.offered((found.contract_hash, variant_key)), found)
        return shelf.change(found, variance=variance, variant_key=variant_key)

    async def recode(
        self, lost: Blueprint, code_hash: str, authored: str | None, source: Provenance
    ) -> Blueprint | None:
        shelf = self._shelf(lost.app_id)
        found = shelf.rows.get(lost.id)
        if found is None or found.code_hash != lost.code_hash:
            return None
        return shelf.change(found, code_hash=code_hash, authored=authored, source=source)

    async def yank(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        shelf = self._shelf(app_id)
        found = shelf.rows.get(blueprint_id)
        return None if found is None else shelf.change(found, is_yanked=True)

    async def unyank(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        shelf = self._shelf(app_id)
        found = shelf.rows.get(blueprint_id)
        if found is None:
            return None
        _refuse_taken(shelf.offered(found.exact_key), found)
        return shelf.change(found, is_yanked=False)

    async def hit(self, app_id: str, blueprint_id: str, at_ms: int, times: int = 1) -> None:
        rows = self._shelf(app_id).rows
        found = rows.get(blueprint_id)
        if found is not None:
            rows[blueprint_id] = replace(found, hits=found.hits + times, last_hit_at_ms=at_ms)

    async def delete(self, app_id: str, blueprint_id: str) -> bool:
        shelf = self._shelf(app_id)
        found = shelf.rows.get(blueprint_id)
        if found is None:
            return False
        shelf.drop(found)
        if not shelf.rows:
            del self._shelves[app_id]
        return True

    def _shelf(self, app_id: str) -> _Shelf:
        """What an app has; reading does not make one."""
        return self._shelves.get(app_id) or _Shelf()


def gives_way(first: Blueprint) -> bool:
    """Whether what an operator makes takes its place."""
    return first.created_by == "agent" and not (first.is_installed or first.is_featured)


def may_go(row: Blueprint, newest: Blueprint) -> bool:
    """Whether it may make room for others."""
    chosen = row.created_by == "operator" or row.is_operator_default
    return row.id != newest.id and not (chosen or row.is_installed or row.is_featured)


def worth(row: Blueprint) -> tuple[int, int, str]:
    """What makes room first is least."""
    return row.hits, row.created_at_ms, row.id


def _newest_first(row: Blueprint) -> tuple[int, str]:
    return -row.created_at_ms, row.id


def _refuse_taken(taken: Blueprint | None, by: Blueprint) -> None:
    if taken is not None and taken.id != by.id:
        raise BlueprintExists(taken.id)
