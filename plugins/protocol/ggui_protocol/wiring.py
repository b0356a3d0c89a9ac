"""Does a component speak of what its contract declares, and of all of it? (spec 06 section 10.1)."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Literal

from ggui_core.protocol.names import is_package
from ggui_core.seams import ComponentCatalog
from ggui_protocol.finding import Finding
from ggui_protocol.module import Module
from ggui_protocol.tokens import Token

WIRE: Final = "@ggui-ai/wire"

Part = Literal["action", "stream", "context"]
HOOKS: Final[Mapping[str, Part]] = {"useAction": "action", "useStream": "stream", "useGguiContext": "context"}
SPECS: Final[Mapping[Part, str]] = {
    "action": "actionSpec",
    "stream": "streamSpec",
    "context": "contextSpec",
}
HOOK_OF: Final[Mapping[Part, str]] = {part: hook for hook, part in HOOKS.items()}
_OPEN: Final = Token("sign", "(")
_LONGEST_MEANT: Final = 64
_MOST_MEANT: Final = 200


@dataclass(frozen=True, slots=True)
class Declared:
    """The names of a contract, read from any JSON: whether it is sound is for the gate to say, later.

    Attributes:
        given: Whether there is a contract.
        names: By part.
        gadgets: Exports by package.
    """

    given: bool
    names: Mapping[Part, Collection[str]]
    gadgets: Mapping[str, Collection[str]]

    @classmethod
    def of(cls, contract: object) -> Declared:
        """What a contract declares; nothing for what is none."""
        names = {part: dict.fromkeys(_object(contract, spec)) for part, spec in SPECS.items()}
        packages = _object(_object(contract, "clientCapabilities"), "gadgets")
        gadgets = {
            package: dict.fromkeys(exports) if isinstance(exports, Mapping) else {}
            for package, exports in packages.items()
            if is_package(package)
        }
        return cls(contract is not None, names, gadgets)


@dataclass(slots=True)
class Used:
    """The hooks that a component calls.

    Attributes:
        names: Names given as literals, by part.
        computed: Parts of which a name is not a literal, or whose hook is passed on.
    """

    names: dict[Part, set[str]] = field(default_factory=lambda: {part: set() for part in SPECS})
    computed: set[Part] = field(default_factory=set)


def used(module: Module) -> Used:
    """What a module asks of the wire."""
    found = Used()
    locals_ = {
        b.local: HOOKS[b.imported] for b in module.bindings if b.specifier == WIRE and b.imported in HOOKS
    }
    roots = {b.local for b in module.bindings if b.specifier == WIRE and b.imported == "*"}
    contracts = {b.local for b in module.bindings if b.specifier == WIRE and b.imported == "useContract"}
    for index, name in module.references():
        if name in locals_:
            _call(module, index, locals_[name], found)
        elif name in contracts:
            found.computed |= {"action", "stream"}
        elif name in roots:
            if module.after(index).text not in (".", "?."):
                found.computed |= {*SPECS}
            elif (hook := module.after(index, 2).text) in HOOKS:
                _call(module, index + 2, HOOKS[hook], found)
    return found


def faults(calls: Used, declared: Declared) -> Iterator[Finding]:
    """Names that are not declared, and declared ones that are never used."""
    for part, spec in SPECS.items():
        hook, names = HOOK_OF[part], declared.names[part]
        for name in sorted(name for name in calls.names[part] if name not in names):
            lacks = f"the contract's {spec} has no such name" if declared.given else "no contract was given"
            yield Finding(
                "selfCheck",
                f"wire_undeclared:{part}:{_shown(name)}",
                f"The component calls {hook}('{_shown(name)}'), but {lacks}.",
                f"{_meant(name, names)}Declare it in {spec}, or remove the call.",
            )
        for name in names if part not in calls.computed else ():
            if name not in calls.names[part]:
                yield Finding(
                    "selfCheck",
                    f"wire_preservation:{part}:{_shown(name)}",
                    f"The contract declares the {part} '{_shown(name)}', and the component never uses it.",
                    f"Call {hook}('{_shown(name)}'), or remove it from {spec}.",
                )


def remarks(calls: Used) -> Iterator[Finding]:
    """Calls whose names only running tells."""
    for part in sorted(calls.computed):
        yield Finding(
            "selfCheck",
            "selfCheck:names-not-literal",
            f"A name given to {HOOK_OF[part]} is computed, so it was not compared with the contract.",
            "Give hooks their names as string literals.",
        )


def import_faults(module: Module, declared: Declared, catalog: ComponentCatalog | None) -> Iterator[Finding]:
    """Imports that a view does not have, and gadgets that are asked for without being declared."""
    for binding in module.bindings:
        specifier, name = binding.specifier, binding.imported
        if specifier in declared.gadgets and (catalog is None or specifier not in catalog.modules):
            if name != "*" and name not in declared.gadgets[specifier]:
                yield Finding(
                    "selfCheck",
                    "imports",
                    f"The component imports '{name}' from '{specifier}', which the contract does not ask for.",
                    f"Declare it under clientCapabilities.gadgets of '{specifier}'.",
                )
        elif catalog is not None and name != "*":
            offered = catalog.modules.get(specifier)
            if offered is None:
                yield Finding(
                    "selfCheck",
                    "imports",
                    f"Views of this server have no module '{specifier}'.",
                    "ggui_protocol_list_available_primitives names what there is.",
                )
            elif name not in offered:
                hint = f"{_meant(name, offered)}ggui_protocol_list_available_primitives names what there is."
                yield Finding("selfCheck", "imports", f"'{specifier}' exports no '{_shown(name)}'.", hint)


def gadget_faults(module: Module, declared: Declared) -> Iterator[Finding]:
    """Gadgets that are declared and never imported."""
    imported = {(binding.specifier, binding.imported) for binding in module.bindings}
    for package, exports in declared.gadgets.items():
        for name in exports:
            if (package, name) not in imported and (package, "*") not in imported:
                yield Finding(
                    "selfCheck",
                    f"gadget_preservation:{_shown(name)}",
                    f"The contract asks for '{_shown(name)}' of '{package}', and the component never imports it.",
                    f"Import it from '{package}', or remove it from clientCapabilities.gadgets.",
                )


def _call(module: Module, index: int, part: Part, found: Used) -> None:
    name, after = module.after(index, 2), module.after(index, 3)
    is_literal = name.kind in ("string", "template") and after.text in (")", ",") and after.kind == "sign"
    if module.after(index) == _OPEN and is_literal:
        found.names[part].add(name.text)
    else:
        found.computed.add(part)


def _object(value: object, key: str) -> Mapping[str, object]:
    member = value.get(key) if isinstance(value, Mapping) else None
    return member if isinstance(member, Mapping) else {}


def _meant(name: str, names: Collection[str]) -> str:
    """``Did you mean …? `` or nothing; looks at a few short names only, because both sides are a stranger's."""
    candidates = islice((each for each in names if len(each) <= _LONGEST_MEANT), _MOST_MEANT)
    near = difflib.get_close_matches(name, list(candidates), n=1) if len(name) <= _LONGEST_MEANT else []
    return f"Did you mean '{_shown(near[0])}'? " if near else ""


def _shown(name: str) -> str:
    text = "".join(character if character.isprintable() else "�" for character in name[:128])
    return text if len(name) <= 128 else f"{text}…"
