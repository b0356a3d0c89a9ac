"""What a blueprint is and what its component may do, written from the checks and the catalog of this server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ggui_core.seams import ComponentCatalog
from ggui_protocol.security import ALLOWED_PREFIX, ELEMENTS, GLOBALS, MEMBERS, Ban
from ggui_protocol.validation import SOURCE_BYTES
from ggui_protocol.wiring import HOOKS, SPECS

DESIGN: Final = "@ggui-ai/design"
"""Where components come from; other paths below it offer the same names."""

_FORMAT: Final = """\
# AgentBlueprint

A blueprint is a component together with the contract it fulfils. Agents whose contract matches get the component at
once.

| field | type | required | |
|---|---|---|---|
| `source` | string | yes | One TSX file with a default export, at most {limit} bytes to be validated here |
| `contract` | DataContract | to be installed or matched | See `ggui_protocol_describe_data_contract_format` |
| `fixtureProps` | JSON object | no | Props that the contract allows, to try the component with |
| `intent` | string, not empty | no | What it is for, in the words of somebody who asks for it; used to find it |
| `variance` | object | no | How this one differs: `persona`, `aesthetic`, `context`, `seedPrompt` |

A published one adds `kind: "blueprint"`, `scope`, `name`, `version`, `visibility` and what its manifest needs
(`ggui.blueprint.json`).

## The component

- `export default function Name(props: Props)`. The props are one plain object: what the agent sent, checked against
  `propsSpec`. A prop is there for certain only if the contract says `required: true`; for the others the component has
  a default of its own.
- An update replaces the props of a mounted component; its state stays.
- It is compiled to an ES module (JSX of React, target ES2020) and mounted in a sandboxed frame.

## Imports

{imports}

## Hooks of the wire

{hooks}

Each name is a string literal and is declared in the contract; each declared name is used. `useAction` gives a function
that sends; its promise never rejects and tells what became of it: `{{ok: true, heard}}`, or
`{{ok: false, code, message, violations?}}` with words for the person. `heard: false` means that no agent was listening
yet: the gesture waits.
`useStream` gives `{{latest, all, isComplete}}`; before the first delivery `latest` is null. `useGguiContext` gives
`[value, setValue]`, and the agent sees the value.

## What a component does not do

{bans}

Also refused: `import()`, `import.meta`, `require`, re-exports, imports of files or addresses, timers with text instead
of a function, and the elements {elements}. Members of the window that start with `{prefix}` are free.

Colours, spaces and fonts come from the components and their props or from the CSS variables `--ggui-…`, so that a theme
reaches everything. Every control has a label, every image a text.

`ggui_protocol_get_blueprint_boilerplate` writes the fixed part for a contract, `ggui_protocol_get_example_blueprints`
shows three that work, `ggui_protocol_validate_blueprint` says what is wrong with yours.
"""


def documentation(catalog: ComponentCatalog | None) -> str:
    """The whole page, Markdown."""
    return _FORMAT.format(
        limit=f"{SOURCE_BYTES:,}",
        imports="\n".join(_imports(catalog)),
        hooks="\n".join(_hooks()),
        bans="\n".join(_bans()),
        elements=", ".join(f"`{name}`" for name in sorted(ELEMENTS)),
        prefix=ALLOWED_PREFIX,
    )


def _imports(catalog: ComponentCatalog | None) -> Iterator[str]:
    if catalog is None:
        yield (
            "`react`, `react-dom`, `@ggui-ai/design`, `@ggui-ai/wire`, `@ggui-ai/gadgets` and the packages that the "
            "contract names under `clientCapabilities.gadgets`. This server shows no views, so it cannot say which "
            "names these have."
        )
        return
    for specifier, names in catalog.modules.items():
        shared = specifier.startswith(f"{DESIGN}/") and names == catalog.modules.get(DESIGN)
        if not shared and "-runtime" not in specifier:
            yield f"- `{specifier}`: {len(public(names))} names"
    yield "- the packages that the contract names under `clientCapabilities.gadgets`"
    yield ""
    yield "`ggui_protocol_list_available_primitives` lists them. Nothing else can be imported."


def _hooks() -> Iterator[str]:
    for hook, part in HOOKS.items():
        yield f"- `{hook}(name)`: a name of `{SPECS[part]}`"


def _bans() -> Iterator[str]:
    seen: dict[str, tuple[Ban, list[str]]] = {}
    for name, ban in (*GLOBALS.items(), *MEMBERS.items()):
        seen.setdefault(ban.code, (ban, []))[1].append(name)
    yield "| code | refused | instead |"
    yield "|---|---|---|"
    for code, (ban, names) in seen.items():
        yield f"| `{code}` | {', '.join(f'`{name}`' for name in names)} | {ban.fix} |"


def public(names: object) -> list[str]:
    """Names that authors should know of, sorted."""
    assert isinstance(names, (set, frozenset, tuple, list, dict)), "a catalog holds collections"
    return sorted(name for name in names if not name.startswith("_") and name != "default")
