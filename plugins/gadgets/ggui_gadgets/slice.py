"""What a view needs to load the gadgets of its contract (spec 05 section 12.1, spec 07 section 15.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ggui_core.protocol.gadget_gate import requested
from ggui_core.protocol.gadgets import BUILT_IN_PACKAGE, GadgetDescriptor
from ggui_core.protocol.session import Session
from ggui_core.seams import GadgetCatalog, SlicePart
from ggui_core.setup import Setup


class GadgetSlice:
    """Adds ``gadgets``, ``publicEnv``, and the origins that a policy must admit for them."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    async def slice_part(self, session: Session) -> SlicePart:
        """The packages that the contract of a session names, in its order; one that is gone is left out."""
        names = dict.fromkeys(package for package, _ in requested(session.contract))
        if not names:
            return SlicePart()
        known = await self._setup.get(GadgetCatalog).gadgets(session.tenant.app_id)
        rows = [known[name] for name in names if name in known]
        loaded = [_entry(row) for row in rows if row.package != BUILT_IN_PACKAGE]
        env = self._public_env(rows)
        return SlicePart(
            fields={**({"gadgets": loaded} if loaded else {}), **({"publicEnv": env} if env else {})},
            connect_domains=tuple(origin for row in rows for origin in row.connect_origins),
            resource_domains=tuple(origin for row in rows for origin in row.resource_origins),
        )

    def _public_env(self, rows: list[GadgetDescriptor]) -> Mapping[str, str]:
        """What the packages require of ``app.publicEnv``, and nothing else of it."""
        try:
            env: Mapping[str, str] = self._setup.config.section("app.publicEnv")
        except LookupError:
            return {}  # no enabled plugin gives the app one
        return {name: env[name] for row in rows for name in row.requires if name in env}


def _entry(row: GadgetDescriptor) -> dict[str, Any]:
    locations = {
        "bundleUrl": row.bundle_location,
        "bundleSri": row.bundle_sri if row.bundle_location is not None else None,
        "styleUrl": row.style_location,
    }
    return {"package": row.package, **{name: value for name, value in locations.items() if value is not None}}
