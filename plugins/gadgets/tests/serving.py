"""A booted server with gadgets, and gadgets on this machine."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import ggui_gadgets.plugin as gadgets
import ggui_sessions.plugin as sessions
from ggui_core.protocol.session import Session
from ggui_core.seams import SliceContributor, SlicePart
from ggui_core.testing import Booted, booted
from ggui_gadgets.slice import GadgetSlice

EXPORT: dict[str, Any] = {"description": "d", "usage": "u", "example": {"city": "Bremen"}}
MANIFEST: dict[str, Any] = {
    "kind": "gadget",
    "scope": "@acme",
    "name": "tide-gauge",
    "version": "1.0.0",
    "visibility": "public",
    "description": "Shows how high the water stands.",
    "exports": [{"component": "TideGauge", **EXPORT}, {"hook": "useTide", **EXPORT}],
    "bundle": "src/index.tsx",
}
ROW: dict[str, Any] = {
    "package": "@acme/map",
    "version": "2.3.1",
    "exports": [
        {"component": "Map", **EXPORT},
        {"hook": "useRoute", "permission": "geolocation", **EXPORT},
    ],
    "bundleSri": "sha384-AAAA",
    "connect": ["https://tiles.example/{z}"],
    "requires": ["GGUI_PUBLIC_APP_MAP_KEY"],
}
PUBLIC_ENV = {"GGUI_PUBLIC_APP_MAP_KEY": "k-1", "GGUI_PUBLIC_APP_OTHER": "not for gadgets"}


def folder(root: Path, *, bundle: str | None = "export const TideGauge=1;", **changes: Any) -> Path:
    """A gadget on this machine; ``None`` for a bundle leaves it unbuilt."""
    path = root / "tide"
    (path / "dist").mkdir(parents=True, exist_ok=True)
    (path / "ggui.gadget.json").write_text(json.dumps(MANIFEST | changes))
    if bundle is not None:
        (path / "dist" / "bundle.js").write_text(bundle)
    return path


@asynccontextmanager
async def serving(
    rows: Sequence[Mapping[str, Any]] = (),
    *,
    folders: Sequence[Path] = (),
    env: Mapping[str, str] = PUBLIC_ENV,
    more: Sequence[ModuleType] = (),
) -> AsyncIterator[Booted]:
    """Boot with ``app.gadgets`` and the settings of the plugin."""
    app = {"slug": "shop", "name": "Shop", "gadgets": list(rows), "publicEnv": dict(env)}
    config = {"app": app, "plugins": {"settings": {"gadgets": {"folders": [str(path) for path in folders]}}}}
    async with booted([sessions, gadgets, *more], config=config, args=["--dev-allow-all"]) as server:
        yield server


def contract(**packages: Sequence[str]) -> dict[str, Any]:
    """A contract that names exports of ``map``, ``tide`` and the ``builtin`` package."""
    names = {"map": "@acme/map", "tide": "@acme/tide-gauge", "builtin": "@ggui-ai/gadgets"}
    asked = {names[name]: {export: {} for export in exports} for name, exports in packages.items()}
    return {"clientCapabilities": {"gadgets": asked}}


async def part(server: Booted, session: Session) -> SlicePart:
    """What the plugin adds to the slice of a session."""
    (contributor,) = (
        one for one in server.setup.contributions(SliceContributor) if isinstance(one, GadgetSlice)
    )
    return await contributor.slice_part(session)
