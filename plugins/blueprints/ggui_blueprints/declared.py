"""The blueprints that a project declares in its ``ggui.ui.json`` files (spec 06 sections 2.4 and 2.5).

They live in this process and come from disk with every start, so a manifest that is removed leaves nothing behind.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from ggui_blueprints.manifests import UiEntry
from ggui_blueprints.workbench import Module, ModuleFile, Workbench
from ggui_core.protocol.blueprint import Blueprint, Provenance
from ggui_core.protocol.digests import contract_hash, variant_key

log = structlog.get_logger("ggui.blueprints")

_NAMESPACE: Final = uuid.UUID("6d1b2c0e-0f8b-5c4e-9a65-4d0c5a1f7e21")
"""Ids are derived, so that replicas agree and sessions outlive a restart."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One UI of the project.

    Attributes:
        outline: The blueprint before its code is known.
    """

    entry: UiEntry
    outline: Blueprint
    file: ModuleFile

    async def blueprint(self) -> Blueprint | None:
        """With its module in the code store; ``None`` when nothing can be made of its file."""
        module = await self.file.module()
        return None if module is None else self._with(module)

    @property
    def known(self) -> Blueprint:
        """As far as it is known without compiling anything: without its code, if nobody needed it yet."""
        module = self.file.at_hand
        return self.outline if module is None else self._with(module)

    def _with(self, module: Module) -> Blueprint:
        return replace(self.outline, code_hash=module.code_hash, authored=module.authored)


class DeclaredBlueprints:
    """All of them, by contract and by id. They belong to the app that ``ggui.json`` declares, whichever is chosen."""

    def __init__(self, app_id: str, entries: Iterable[UiEntry], bench: Workbench) -> None:
        self.app_id = app_id
        self._all: list[Declared] = []
        self._by_contract: dict[str, list[Declared]] = {}
        self._by_id: dict[str, Declared] = {}
        for entry in entries:
            self._add(self._declared(entry, bench))

    def __len__(self) -> int:
        return len(self._all)

    def all(self, app_id: str) -> Sequence[Declared]:
        """What an app has, in the order of discovery."""
        return self._all if app_id == self.app_id else ()

    def named(self, app_id: str, blueprint_id: str) -> Declared | None:
        """The one with a blueprint id, or the id in its manifest."""
        return self._by_id.get(blueprint_id) if app_id == self.app_id else None

    async def group(self, app_id: str, contract: str) -> Sequence[Blueprint]:
        """What can be shown for a contract; the first one of a variant."""
        if app_id != self.app_id:
            return ()
        ready = [await one.blueprint() for one in self._by_contract.get(contract, ())]
        return [blueprint for blueprint in ready if blueprint is not None]

    async def blueprint(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        """The one with an id, if it can be shown."""
        found = self.named(app_id, blueprint_id)
        return None if found is None else await found.blueprint()

    def _add(self, declared: Declared) -> None:
        self._all.append(declared)
        self._by_id[declared.outline.id] = declared
        self._by_id[declared.entry.manifest.id] = declared
        group = self._by_contract.setdefault(declared.outline.contract_hash, [])
        if group:
            log.warning(
                "blueprint_never_matched",
                entry=declared.entry.shown,
                cause=f"{group[0].entry.shown} has the same contract and comes first",
            )
        else:
            group.append(declared)

    def _declared(self, entry: UiEntry, bench: Workbench) -> Declared:
        manifest = entry.manifest
        hashed = contract_hash(manifest.contract)
        gadgets = (manifest.contract.get("clientCapabilities") or {}).get("gadgets") or {}
        outline = Blueprint(
            id=f"bp_{uuid.uuid5(_NAMESPACE, f'{self.app_id}/{manifest.id}/{hashed}')}",
            app_id=self.app_id,
            contract=manifest.contract,
            contract_hash=hashed,
            variance={},
            variant_key=variant_key({}),
            source=Provenance("user"),
            code_hash="",
            created_at_ms=entry.changed_at_ms,
            created_by="operator",
            intent=manifest.description or manifest.name,
            name=manifest.name,
            description=manifest.description,
            is_installed=True,
            is_featured=True,
        )
        return Declared(entry, outline, ModuleFile(bench, entry.entry, entry.shown, tuple(gadgets)))
