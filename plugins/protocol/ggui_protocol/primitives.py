"""Everything a component can import, as the server's own views have it."""

from __future__ import annotations

from collections.abc import Iterator

from ggui_core.errors import ToolError
from ggui_core.seams import ComponentCatalog
from ggui_protocol.blueprint_format import DESIGN, public


def documentation(catalog: ComponentCatalog | None) -> str:
    """The components with their props, the hooks, and the names of the other modules; Markdown.

    Raises:
        ToolError: ``catalog_unavailable``; this server shows no views.
    """
    if catalog is None:
        raise ToolError(
            "This server shows no views, so it cannot say what a component may import.",
            code="catalog_unavailable",
            hint="Install ggui-renderer on the server and restart it.",
        )
    return "\n".join(_page(catalog))


def _page(catalog: ComponentCatalog) -> Iterator[str]:
    yield "# What a component may import"
    documented = dict.fromkeys(entry.module for entry in catalog.declarations)
    for module in documented:
        yield from ("", f"## `{module}`", "")
        if module == DESIGN:
            yield "Controlled inputs call `onChange` with the value, not with an event."
            yield ""
        for entry in catalog.declarations:
            if entry.module == module:
                yield f"- `{entry.name}`: {entry.summary}"
        yield from ("", "```ts")
        yield from (entry.declaration for entry in catalog.declarations if entry.module == module)
        yield "```"
    yield from (
        "",
        "## Types of the above",
        "",
        "Known to the compiler only by their shape: write your own where you need one.",
        "",
        "```ts",
    )
    yield from catalog.types
    yield from ("```", "", "## Other modules", "")
    for module, names in catalog.modules.items():
        if module in documented or "-runtime" in module:
            continue
        if names == catalog.modules.get(DESIGN):
            yield f"- `{module}`: the same names as `{DESIGN}`"
        else:
            yield f"- `{module}`: {', '.join(f'`{name}`' for name in public(names))}"
    yield ""
