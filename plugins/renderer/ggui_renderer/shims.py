"""Modules through which a gadget's bundle finds the one React of its view (spec 05 sections 1.5 and 15.3).

A bundle that was built with ``react`` left out imports it by name. An import map in the document leads the browser from
the name to a shim, and the shim to what the runtime of the document publishes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from ggui_renderer.assets import JAVASCRIPT, Asset

_SPECIFIERS: Final[Mapping[str, str]] = {
    "react": "react",
    "jsx-runtime": "react/jsx-runtime",
    "react-dom": "react-dom",
    "design": "@ggui-ai/design",
    "primitives": "@ggui-ai/design/primitives",
    "components": "@ggui-ai/design/components",
    "compositions": "@ggui-ai/design/compositions",
    "interact": "@ggui-ai/design/interact",
    "templates": "@ggui-ai/design/templates",
    "app-components": "@ggui-ai/design/app-components",
    "tokens": "@ggui-ai/design/tokens",
    "wire": "@ggui-ai/wire",
    "gadgets": "@ggui-ai/gadgets",
}
"""Which specifier each shim stands for."""

_MAPPED: Final[Mapping[str, str]] = {
    "react": "react",
    "react/jsx-runtime": "jsx-runtime",
    "react-dom": "react-dom",
    "@ggui-ai/gadgets": "gadgets",
}
"""What bundles of gadgets may import by name (spec 07 section 12)."""

_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)


def shim_path(runtime_hash12: str, name: str) -> str:
    """The address of a shim; it belongs to one build of the runtime."""
    return f"/_ggui/shims/{runtime_hash12}/{name}.js"


def shims(modules: Mapping[str, Collection[str]]) -> Mapping[str, Asset]:
    """Every shim by its name.

    Args:
        modules: What each specifier exports in the runtime.
    """
    return {
        name: Asset.zipped(JAVASCRIPT, _source(specifier, modules[specifier]))
        for name, specifier in _SPECIFIERS.items()
        if specifier in modules
    }


def import_map(base_url: str, runtime_hash12: str) -> str:
    """The element that must stand before any module of a document."""
    imports = {
        specifier: f"{base_url}{shim_path(runtime_hash12, name)}" for specifier, name in _MAPPED.items()
    }
    written = json.dumps({"imports": imports}, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="importmap">{written}</script>'


def _source(specifier: str, names: Collection[str]) -> str:
    lines = [f"const m=globalThis.__ggui_link__({json.dumps(specifier)});"]
    lines += [f"export const {name}=m.{name};" for name in _exported(names)]
    lines.append(f"export default {'m.default' if 'default' in names else 'm'};")
    return "".join(lines)


def _exported(names: Collection[str]) -> Iterator[str]:
    return (name for name in sorted(names) if _IDENTIFIER.fullmatch(name) and name != "default")
