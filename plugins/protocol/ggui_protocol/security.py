"""What a component has no business with: code from text, the network, storage, the page around it.

It is for authors: such a component is refused before anybody looks at it. What keeps a viewer safe is the sandbox and
the policy of the frame it runs in, because text can always be led around a check that does not run it.

Compiled modules are minified: variables of their own have short new names there, so a word of this table that stands
for a variable is the browser's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ggui_protocol.finding import Finding
from ggui_protocol.module import Module
from ggui_protocol.tokens import Token


@dataclass(frozen=True, slots=True)
class Ban:
    """One kind of thing that is refused.

    Attributes:
        code: Of the finding.
        why: Follows the name: "<name> …".
        fix: What to do instead.
    """

    code: str
    why: str
    fix: str


CODE: Final = Ban(
    "security:code-from-text",
    "makes code from text",
    "Write the code out; compute values instead of programs.",
)
NETWORK: Final = Ban(
    "security:network",
    "reaches the network",
    "Take data from props or from a stream, and let the agent fetch it.",
)
STORAGE: Final = Ban(
    "security:storage",
    "keeps data in the browser",
    "Hold state with useState, or with useGguiContext where the agent should see it.",
)
PAGE: Final = Ban(
    "security:page",
    "reaches the page or the browser around the component",
    "Use React state and refs, and the components of @ggui-ai/design.",
)
MARKUP: Final = Ban(
    "security:markup",
    "writes markup from text",
    "Return elements; text in JSX is escaped.",
)

GLOBALS: Final[Mapping[str, Ban]] = {
    **dict.fromkeys(["eval", "Function", "importScripts"], CODE),
    **dict.fromkeys(
        [
            "fetch",
            "XMLHttpRequest",
            "WebSocket",
            "WebSocketStream",
            "WebTransport",
            "EventSource",
            "RTCPeerConnection",
            "Worker",
            "SharedWorker",
            "Image",
            "Audio",
        ],
        NETWORK,
    ),
    **dict.fromkeys(["localStorage", "sessionStorage", "indexedDB", "caches", "cookieStore"], STORAGE),
    **dict.fromkeys(
        [
            "window",
            "globalThis",
            "self",
            "top",
            "parent",
            "frames",
            "opener",
            "document",
            "navigator",
            "location",
            "history",
            "open",
            "postMessage",
            "BroadcastChannel",
        ],
        PAGE,
    ),
}
"""Variables of the browser (spec 06 sections 10.6 and 11.3)."""

MEMBERS: Final[Mapping[str, Ban]] = {
    **dict.fromkeys(
        ["innerHTML", "outerHTML", "insertAdjacentHTML", "srcdoc", "srcDoc", "dangerouslySetInnerHTML"],
        MARKUP,
    ),
    **dict.fromkeys(["ownerDocument", "defaultView", "contentWindow", "contentDocument", "sendBeacon"], PAGE),
}
"""Members through which the same is reached."""

ELEMENTS: Final = frozenset(
    ["script", "iframe", "frame", "object", "embed", "base", "meta", "link", "portal"]
)
"""Elements that load or run something."""

ALLOWED_PREFIX: Final = "__GGUI"
"""Members of the page that are meant for components."""

_ROOTS: Final = frozenset(["window", "globalThis", "self"])
_TIMERS: Final = frozenset(["setTimeout", "setInterval"])
_MAKERS: Final = frozenset(["jsx", "jsxs", "jsxDEV", "createElement", "cloneElement"])
_OPEN: Final = Token("sign", "(")


def faults(module: Module) -> Iterator[Finding]:
    """Each thing once, however often it is used."""
    told: set[str] = set()
    for name, ban in _banned(module):
        if name not in told:
            told.add(name)
            yield Finding("selfCheck", ban.code, f"'{name}' {ban.why}.", ban.fix)


def _banned(module: Module) -> Iterator[tuple[str, Ban]]:
    for way in sorted(module.dynamic):
        yield (
            way,
            Ban("imports", "is not understood by views", "Import what is needed at the top of the module."),
        )
    makers = {binding.local for binding in module.bindings if binding.imported in _MAKERS}
    for index, name in module.references():
        if name in GLOBALS and not _is_allowed(module, index, name):
            yield name, GLOBALS[name]
        elif name in _TIMERS and module.after(index) == _OPEN and _is_text(module.after(index, 2)):
            yield f"{name} with text", CODE
        elif name in makers:
            yield from _element(module, index)
    for index, name in module.members():
        if name in MEMBERS:
            yield name, MEMBERS[name]
        elif name == "constructor" and _is_function_maker(module, index):
            yield name, CODE
        elif name in _MAKERS:
            yield from _element(module, index)


def _is_allowed(module: Module, index: int, name: str) -> bool:
    is_member = name in _ROOTS and module.after(index).text in (".", "?.")
    return is_member and module.after(index, 2).text.startswith(ALLOWED_PREFIX)


def _is_function_maker(module: Module, index: int) -> bool:
    """``f.constructor(…)``, which is ``Function(…)``; a class declares its constructor without a dot."""
    at = index + 1 if module.after(index).text == "]" else index
    is_member = module.before(index).text in (".", "?.", "[")
    after, then = module.after(at), module.after(at, 2).text
    return is_member and (
        after.text in ("(", "?.") or (after.text == "." and then in ("call", "apply", "bind"))
    )


def _element(module: Module, index: int) -> Iterator[tuple[str, Ban]]:
    made = module.after(index, 2)
    if module.after(index) == _OPEN and _is_text(made) and made.text.lower() in ELEMENTS:
        yield f"<{made.text}>", PAGE


def _is_text(token: Token) -> bool:
    return token.kind in ("string", "template")
