"""Seed pools: read-only folders of components that every app may reuse from (spec 07 section 17)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import structlog

from ggui_blueprints.offers import admits, component_of
from ggui_blueprints.portable import CODES, PoolEntry, PortableBlueprint, read_pool
from ggui_blueprints.workbench import ModuleFile, Workbench
from ggui_core.errors import BootError
from ggui_core.protocol.blueprint import SHARED_APP, Blueprint
from ggui_core.protocol.session import Component
from ggui_core.seams import BlueprintQuery

log = structlog.get_logger("ggui.blueprints")

_NAMESPACE: Final = uuid.UUID("b9a2f0a4-8f0f-5b53-8d52-6a54d0d0b1f3")


@dataclass(slots=True)
class _Pooled:
    """One entry, judged when it is first needed: the gate takes milliseconds, and a pool may have thousands."""

    outline: Blueprint
    portable: PortableBlueprint
    file: ModuleFile
    _is_sound: bool | None = None

    async def blueprint(self) -> Blueprint | None:
        if self._is_sound is None:
            fault = await asyncio.to_thread(self.portable.fault)
            if fault is not None and self._is_sound is None:
                log.warning("seed_pool_entry_skipped", entry=self.file.name, cause=fault)
            self._is_sound = fault is None
        if not self._is_sound:
            return None
        module = await self.file.module()
        if module is None:
            return None
        return replace(self.outline, code_hash=module.code_hash, authored=module.authored)


class SeedPool:
    """A tier over one pool. It offers what has the very contract and variant, and keeps no count of it."""

    def __init__(self, name: str, entries: Iterable[_Pooled]) -> None:
        self.name = name
        self._by_key: dict[tuple[str, str], _Pooled] = {}
        self._by_id: dict[str, _Pooled] = {}
        for pooled in entries:
            if self._by_key.setdefault(pooled.outline.exact_key, pooled) is pooled:
                self._by_id[pooled.outline.id] = pooled

    def __len__(self) -> int:
        return len(self._by_key)

    @classmethod
    def read(cls, folder: Path, bench: Workbench) -> SeedPool:
        """The pool in a folder. Entries that are none are left out, with a line in the log for each.

        Raises:
            BootError: the pool cannot be read.
        """
        shown = f"seed pool {folder}"
        if not folder.is_dir():
            raise BootError(f"{shown}: is no folder; name one that ggui export-pool wrote with --seed-pool")
        codes = folder / CODES
        kept = []
        for entry in read_pool(folder, shown):
            reason = entry if isinstance(entry, str) else _missing(codes, entry)
            if isinstance(entry, str) or reason is not None:
                log.warning("seed_pool_entry_skipped", pool=folder.name, cause=reason)
                continue
            if entry.blueprint.mismatch:
                log.warning(
                    "seed_pool_key_mismatch",
                    pool=folder.name,
                    entry=entry.code_ref,
                    keys=entry.blueprint.mismatch,
                )
            kept.append(_Pooled(_outline(entry, codes), entry.blueprint, _file(entry, codes, bench)))
        pool = cls(f"seed pool {folder.name}", kept)
        log.info("seed_pool_loaded", pool=folder.name, blueprints=len(pool))
        return pool

    async def candidates(self, query: BlueprintQuery) -> Sequence[Blueprint]:
        """See :meth:`ggui_core.seams.RegistryTier.candidates`."""
        found = self._by_key.get((query.contract_hash, query.variant_key))
        if found is None or not admits(found.outline, query.generator):
            return ()
        blueprint = await found.blueprint()
        return () if blueprint is None else (blueprint,)

    async def blueprint(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        """See :meth:`ggui_core.seams.RegistryTier.blueprint`; a pool serves every app."""
        found = self._by_id.get(blueprint_id)
        return None if found is None else await found.blueprint()

    async def component(self, blueprint: Blueprint) -> Component | None:
        """See :meth:`ggui_core.seams.RegistryTier.component`."""
        found = self._by_id.get(blueprint.id)
        current = None if found is None else await found.blueprint()
        return None if current is None else component_of(current)


def _missing(codes: Path, entry: PoolEntry) -> str | None:
    path = codes / entry.code_ref
    if path.is_symlink() or not path.is_file():
        return f"{CODES}/{entry.code_ref} is no file"
    return None


def _outline(entry: PoolEntry, codes: Path) -> Blueprint:
    portable = entry.blueprint
    name = f"{portable.contract_hash}/{portable.variant_key}/{entry.digest}"
    return Blueprint(
        id=f"bp_{uuid.uuid5(_NAMESPACE, name)}",
        app_id=SHARED_APP,
        contract=portable.contract,
        contract_hash=portable.contract_hash,
        variance=portable.variance,
        variant_key=portable.variant_key,
        source=portable.source,
        code_hash="",
        created_at_ms=(codes / entry.code_ref).stat().st_mtime_ns // 1_000_000,
        created_by="operator",
        intent=portable.intent,
    )


def _file(entry: PoolEntry, codes: Path, bench: Workbench) -> ModuleFile:
    gadgets = (entry.blueprint.contract.get("clientCapabilities") or {}).get("gadgets") or {}
    name = f"{codes.parent.name}/{CODES}/{entry.code_ref}"
    return ModuleFile(bench, codes / entry.code_ref, name, tuple(gadgets), entry.digest)
