"""The module that is being written: what it imports, carries along, declares and shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ggui_core.tsx.documents import LINE, Doc, Either, Group, Indented, joined, printed
from ggui_core.tsx.identifiers import Identifiers
from ggui_core.tsx.syntax import Attribute, Words, element
from ggui_forms.pieces import all_pieces, declared_names, with_needs

DESIGN: Final = frozenset(
    [
        "Alert",
        "Badge",
        "Box",
        "Button",
        "Card",
        "Checkbox",
        "Container",
        "Divider",
        "EmptyState",
        "FormField",
        "Grid",
        "Heading",
        "Image",
        "Input",
        "Link",
        "Progress",
        "RadioGroup",
        "Row",
        "Select",
        "Skeleton",
        "Spinner",
        "Stack",
        "Stat",
        "Table",
        "Tag",
        "Text",
        "TextArea",
        "Toggle",
    ]
)
"""What a page may take from the component catalog (spec 05 section 11)."""

_MODULES: Final = ("react", "@ggui-ai/design", "@ggui-ai/wire")
_OTHERS: Final = (
    "useAction",
    "useGguiContext",
    "useStream",
    "Outcome",
    "useEffect",
    "useId",
    "useRef",
    "useState",
    "FormEvent",
    "ReactNode",
)
_LOCALS: Final = [
    "all",
    "at",
    "before",
    "change",
    "children",
    "draft",
    "each",
    "event",
    "found",
    "from",
    "index",
    "isComplete",
    "isOpen",
    "label",
    "latest",
    "newest",
    "next",
    "onCancel",
    "onSent",
    "open",
    "part",
    "problems",
    "replace",
    "row",
    "rows",
    "setDraft",
    "setOpen",
    "setProblems",
    "setValue",
    "value",
    "which",
]
"""Names inside the functions that are written here; nothing at the top of a page may be called so."""


class Page:
    """Collects the parts of one module and writes it."""

    def __init__(self) -> None:
        self.identifiers = Identifiers([*DESIGN, *_OTHERS, *_LOCALS, *declared_names(), "Props"])
        self._imports: dict[str, set[str]] = {}
        self._pieces: set[str] = set()
        self._types: list[str] = []
        self._constants: dict[tuple[str, str], str] = {}
        self._functions: list[Doc] = []

    def el(self, tag: str, attributes: Mapping[str, Attribute] | None = None, *children: Doc | Words) -> Doc:
        """A JSX element; its import or its piece comes with it."""
        if tag in DESIGN:
            self.take("@ggui-ai/design", tag)
        elif tag in all_pieces():
            self.use(tag)
        return element(tag, attributes or {}, *children)

    def take(self, module: str, name: str) -> str:
        """Import a name."""
        self._imports.setdefault(module, set()).add(name)
        return name

    def use(self, piece: str) -> str:
        """The name of a piece that an expression uses."""
        assert piece in all_pieces(), f"no piece is called {piece}"
        self._pieces.add(piece)
        return piece

    def declare_type(self, text: Doc) -> None:
        """Add an interface or a type, in the order of the calls."""
        self._types.append(printed(text))

    def constant(self, name: str, value: Doc, *, type_: str = "") -> str:
        """The identifier of a constant; equal values of one type share it.

        Args:
            name: What to call it, if it is new.
            type_: Written after the identifier; ``as const`` is written after the value.
        """
        declared = self._constants.get((type_, printed(value)))
        if declared is None:
            declared = self.identifiers.constant(name)
            self._constants[type_, printed(value)] = declared
        return declared

    def add(self, function: Doc) -> None:
        """Add a function or a component, in the order of the calls; the default export comes last."""
        self._functions.append(function)

    def source(self) -> str:
        """The whole module."""
        pieces = with_needs(self._pieces)
        for piece in pieces:
            for module, names in piece.imports.items():
                self._imports.setdefault(module, set()).update(names)
        blocks = [
            "\n".join(
                _import(module, self._imports[module]) for module in _MODULES if module in self._imports
            ),
            *self._types,
            *(_constant(name, value, type_) for (type_, value), name in self._constants.items()),
            *(piece.code for piece in pieces),
            *(printed(function) for function in self._functions),
        ]
        return "\n\n".join(block for block in blocks if block) + "\n"


def _import(module: str, names: Iterable[str]) -> str:
    ordered = sorted(names, key=lambda name: (name.startswith("type "), name))
    listed = Group("{", Indented(LINE, joined(ordered, ",", LINE), Either(",", "")), LINE, "}")
    return printed(joined(["import ", listed, f' from "{module}";']))


def _constant(name: str, value: str, type_: str) -> str:
    if type_ == "as const":
        return f"const {name} = {value} as const;"
    return f"const {name}: {type_} = {value};" if type_ else f"const {name} = {value};"
