"""What a view needs of this plugin to show a session: where the runtime is, and the component's code."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Final, Literal

from ggui_core.protocol.session import Session
from ggui_core.seams import SlicePart
from ggui_core.setup import Setup
from ggui_core.stores import CodeStore
from ggui_renderer.asset_routes import runtime_path
from ggui_renderer.origin import ServerOrigin

MAX_CODE_CHARACTERS: Final = 262_144
"""Longer code travels by its address alone (spec 05 section 2)."""


@dataclass(frozen=True, slots=True)
class RenderSlice:
    """Adds ``runtimeUrl``, the code and the theme mode to the slice."""

    setup: Setup
    runtime_hash12: str
    theme_mode: Literal["light", "dark"] | None = None

    async def slice_part(self, session: Session) -> SlicePart:
        """The fields of ``session``, and this server as an origin that views may load from and talk to."""
        base_url = self.setup.base_url
        fields: dict[str, Any] = {"runtimeUrl": f"{base_url}{runtime_path(self.runtime_hash12)}"}
        if session.component is not None and session.kind is None:
            fields |= await self._code(session.component.code_hash)
        if self.theme_mode is not None:
            fields["themeMode"] = self.theme_mode
        csp = ServerOrigin.of(base_url).csp
        return SlicePart(fields, csp["connectDomains"], csp["resourceDomains"])

    async def _code(self, address: str) -> dict[str, Any]:
        module = await self.setup.get(CodeStore).get(address)
        if module is None:
            return {}  # a view without code asks the live channel; an address that answers 404 would fail it
        fields = {"codeHash": address, "codeUrl": f"{self.setup.base_url}/code/{address}.js"}
        raw = module.encode()
        if 4 * ((len(raw) + 2) // 3) <= MAX_CODE_CHARACTERS:
            fields["codeB64"] = base64.b64encode(raw).decode()
        return fields
