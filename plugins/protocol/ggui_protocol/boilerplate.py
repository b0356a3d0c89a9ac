"""A component to start from: everything the contract fixes is written, the design is left to the author.

Texts of a contract are a stranger's; they get into the source through :mod:`ggui_core.tsx` only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ggui_core.protocol.names import is_hook
from ggui_core.tsx.documents import HARD, LINE, Doc, Either, Group, Indented, Sequenced, joined, printed
from ggui_core.tsx.identifiers import Identifiers
from ggui_core.tsx.syntax import (
    Attribute,
    Words,
    block,
    braced,
    element,
    key,
    literal,
    member,
    returned,
)
from ggui_protocol.schema_types import TypeReader

Shell = Literal["chat", "fullscreen", "spatial"]
Screen = Literal["mobile", "tablet", "desktop", "universal"]

NAME: Final = "View"
_RESERVED: Final = (
    NAME,
    "Props",
    *("Button", "Card", "Container", "Grid", "Heading", "Input", "Row", "Stack", "Text", "Toggle"),
    *("useAction", "useGguiContext", "useState", "useStream"),
    *("notice", "outcome", "payload", "setNotice"),
)
_FRAMES: Final[Mapping[Shell, tuple[str, dict[str, Attribute]]]] = {
    "chat": ("Card", {"padding": Words("sm")}),
    "fullscreen": ("Container", {"maxWidth": Words("xl"), "padding": Words("lg")}),
    "spatial": ("Card", {"padding": Words("md")}),
}
_PHONE: Final[tuple[str, dict[str, Attribute]]] = (
    "Container",
    {"maxWidth": Words("sm"), "padding": Words("md")},
)
_COLUMNS: Final[Mapping[Screen, str]] = {
    "tablet": "{ base: 1, md: 2 }",
    "desktop": "{ base: 1, md: 2, xl: 3 }",
    "universal": "{ base: 1, lg: 2 }",
}
"""For the full screen; a chat and a panel in space are one column wide."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a skeleton is for.

    Attributes:
        contract: It has passed the gate.
        intent: Becomes the heading.
        shell: Where the component is shown: a column of a chat, a whole screen, a panel in space.
        screen: What it is mostly seen on.
    """

    contract: Mapping[str, Any]
    intent: str | None = None
    shell: Shell = "fullscreen"
    screen: Screen = "universal"


def skeleton(brief: Brief) -> str:
    """The TSX source."""
    return _Skeleton(brief).source()


class _Skeleton:
    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        self._identifiers = Identifiers(_RESERVED)
        self._types = TypeReader()
        self._imports: dict[str, dict[str, str]] = {}
        self._aliases: list[Doc] = []
        self._hooks: list[Doc] = []
        self._handlers: list[Doc] = []

    def source(self) -> str:
        contract = self._brief.contract
        props = self._props(_entries(contract.get("propsSpec"), "properties"))
        sections = [
            *self._gadgets(_entries(contract.get("clientCapabilities"), "gadgets")),
            *self._contexts(_entries(contract, "contextSpec")),
            *self._streams(_entries(contract, "streamSpec")),
            *self._actions(_entries(contract, "actionSpec")),
        ]
        function = block(
            f"export default function {NAME}({'props: Props' if props else ''}) {{",
            _paragraphs([self._hooks, self._handlers, [returned(self._page([*props, *sections]))]]),
        )
        fixed: list[Doc] = [
            "// Written from the contract; change the contract instead of this part.",
            *self._aliases,
            "// End of the part that the contract fixes.",
        ]
        types = map(printed, fixed if self._aliases else ())
        blocks = ["\n".join(self._import_lines()), *types, printed(function)]
        return "\n\n".join(part for part in blocks if part) + "\n"

    # What the contract fixes

    def _props(self, entries: Mapping[str, Any]) -> list[Doc]:
        lines: list[Doc] = [
            Sequenced(
                [
                    f"{key(name)}{'' if entry.get('required') is True else '?'}: ",
                    self._types.type_of(entry["schema"]),
                    ";",
                ]
            )
            for name, entry in entries.items()
        ]
        if lines:
            self._aliases.append(block("interface Props {", lines))
        shown = []
        for name, entry in entries.items():
            value = member("props", name)
            is_text = entry["schema"].get("type") in ("string", "number", "integer")
            shown.append(self._labelled(name, value if is_text else f"JSON.stringify({value})"))
        return shown

    def _alias(self, name: str, suffix: str, schema: Mapping[str, Any]) -> str:
        alias = self._identifiers.type(name, "Wire", suffix)
        self._aliases.append(Sequenced([f"type {alias} = ", self._types.type_of(schema), ";"]))
        return alias

    def _actions(self, entries: Mapping[str, Any]) -> list[Doc]:
        if not entries:
            return []
        self._take("react", "useState")
        self._take("@ggui-ai/wire", "useAction")
        self._hooks.append('const [notice, setNotice] = useState("");')
        buttons = [self._action(name, entry) for name, entry in entries.items()]
        said = self._el("Text", {"aria-live": Words("polite"), "tone": Words("muted")}, braced("notice"))
        return [self._el("Row", {"gap": Words("sm")}, *buttons), said]

    def _action(self, name: str, entry: Mapping[str, Any]) -> Doc:
        send = self._identifiers.variable(f"send {name}", "send")
        handle = self._identifiers.variable(f"handle {name}", "handle")
        label = entry["label"] if entry["label"].strip() else name
        confirm: list[Doc] = []
        if entry.get("confirm") is True:
            confirm.append("// The contract wants the person to confirm this before it is sent.")
        schema = entry.get("schema")
        payload = self._alias(name, "Payload", schema) if schema is not None else None
        typed = f"<{payload}>" if payload is not None else ""
        self._hooks.append(f"const {send} = useAction{typed}({literal(name)});")
        self._handlers.append(
            block(
                f"async function {handle}({f'payload: {payload}' if payload else ''}) {{",
                [
                    *confirm,
                    f"const outcome = await {send}({'payload' if payload else ''});",
                    'setNotice(outcome.ok ? "Sent." : outcome.message);',
                ],
            )
        )
        full = self._brief.screen == "mobile"
        if payload is None:
            return self._el("Button", {"fullWidth": full, "onPress": f"() => void {handle}()"}, Words(label))
        data = self._identifiers.variable(f"{name} data", "data")
        set_data = self._identifiers.variable(f"set {name} data", "setData")
        self._hooks += [
            "// Set it from a form, or from the row that was pressed; until then there is nothing to send.",
            f"const [{data}, {set_data}] = useState<{payload} | undefined>(undefined);",
        ]
        press = Sequenced(
            ["() => {", Indented(HARD, f"if ({data} !== undefined) void {handle}({data});"), HARD, "}"]
        )
        attributes: dict[str, Attribute] = {
            "fullWidth": full,
            "disabled": f"{data} === undefined",
            "onPress": press,
        }
        return self._el("Button", attributes, Words(label))

    def _streams(self, entries: Mapping[str, Any]) -> list[Doc]:
        shown: list[Doc] = []
        for name, entry in entries.items():
            self._take("@ggui-ai/wire", "useStream")
            variable = self._identifiers.variable(name, "channel")
            delivery = self._alias(name, "Delivery", entry["schema"])
            self._hooks.append(f"const {variable} = useStream<{delivery}>({literal(name)});")
            is_latest = entry.get("mode") == "replace"
            held = f"{variable}.latest" if is_latest else f"{variable}.all"
            empty = f"{held} === null" if is_latest else f"{held}.length === 0"
            waiting = f'{empty} ? "Waiting for the first delivery." : JSON.stringify({held})'
            shown.append(self._labelled(name, waiting, {"aria-live": Words("polite")}))
        return shown

    def _contexts(self, entries: Mapping[str, Any]) -> list[Doc]:
        shown: list[Doc] = []
        for name, entry in entries.items():
            self._take("@ggui-ai/wire", "useGguiContext")
            variable = self._identifiers.variable(name, "slot")
            setter = self._identifiers.variable(f"set {name}", "setSlot")
            value = self._alias(name, "Value", entry["schema"])
            self._hooks.append(f"const [{variable}, {setter}] = useGguiContext<{value}>({literal(name)});")
            kind = entry["schema"].get("type")
            if kind == "string" and "enum" not in entry["schema"] and "const" not in entry["schema"]:
                given: dict[str, Attribute] = {"label": Words(name), "value": variable, "onChange": setter}
                shown.append(self._el("Input", given))
            elif kind == "boolean" and entry["schema"].keys().isdisjoint(("enum", "const")):
                given = {"label": Words(name), "checked": variable, "onChange": setter}
                shown.append(self._el("Toggle", given))
            else:
                shown.append(braced(f"/* Change it with {setter}(next). */"))
                shown.append(self._labelled(name, f"JSON.stringify({variable})"))
        return shown

    def _gadgets(self, packages: Mapping[str, Any]) -> list[Doc]:
        shown: list[Doc] = []
        for package, exports in packages.items():
            for name in exports:
                if is_hook(name):
                    local = self._identifiers.variable(name, "useGadget")
                    result = self._identifiers.variable(name.removeprefix("use"), "gadget")
                    self._hooks.append(f"const {result} = {self._take(package, name, local)}();")
                    shown.append(self._labelled(name, f"JSON.stringify({result})"))
                else:
                    local = self._identifiers.type(name, "Gadget")
                    shown.append(element(self._take(package, name, local), {}))
        return shown

    # The page around it

    def _page(self, sections: list[Doc]) -> Doc:
        shell, screen = self._brief.shell, self._brief.screen
        tag, attributes = _PHONE if (shell, screen) == ("fullscreen", "mobile") else _FRAMES[shell]
        columns = _COLUMNS.get(screen) if shell == "fullscreen" else None
        if columns is not None and len(sections) > 1:
            sections = [self._el("Grid", {"columns": columns, "gap": Words("md")}, *sections)]
        heading = [self._el("Heading", {"level": "2"}, Words(self._intent))] if self._intent else []
        return self._el(tag, attributes, self._el("Stack", {"gap": Words("md")}, *heading, *sections))

    @property
    def _intent(self) -> str:
        return " ".join((self._brief.intent or "").split())

    def _labelled(self, name: str, expression: str, more: Mapping[str, Attribute] | None = None) -> Doc:
        label = self._el("Text", {"size": Words("sm"), "tone": Words("muted")}, Words(name))
        value = self._el("Text", dict(more or {}), braced(expression))
        return self._el("Stack", {"gap": Words("xs")}, label, value)

    def _el(self, tag: str, attributes: Mapping[str, Attribute], *children: Doc | Words) -> Doc:
        return element(self._take("@ggui-ai/design", tag), attributes, *children)

    def _take(self, module: str, name: str, local: str | None = None) -> str:
        self._imports.setdefault(module, {})[local or name] = name
        return local or name

    def _import_lines(self) -> Iterable[str]:
        for module in sorted(
            self._imports, key=lambda name: (name != "react", not name.startswith("@ggui-ai/"), name)
        ):
            names = [
                name if name == local else f"{name} as {local}"
                for local, name in sorted(self._imports[module].items())
            ]
            listed = Group("{", Indented(LINE, joined(names, ",", LINE), Either(",", "")), LINE, "}")
            yield printed(Sequenced(["import ", listed, f" from {literal(module)};"]))


def _entries(owner: object, name: str) -> Mapping[str, Any]:
    found = owner.get(name) if isinstance(owner, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _paragraphs(groups: Iterable[list[Doc]]) -> list[Doc]:
    """The lines of each group, with an empty line between groups."""
    lines: list[Doc] = []
    for group in groups:
        if group and lines:
            lines.append("")
        lines += group
    return lines
