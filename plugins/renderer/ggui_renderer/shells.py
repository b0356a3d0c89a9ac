"""The documents behind ``ui://ggui/render``: one that waits for a tool result, and one per session."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ggui_core.seams import Mount, StaticShell
from ggui_renderer.built import Built
from ggui_renderer.markup import json_literal, script, text
from ggui_renderer.origin import ServerOrigin

MAX_DOCUMENT_BYTES: Final = 1_048_576
"""Some hosts drop a larger document without a word (spec 08, quirk 11)."""
SLICE_MARKER: Final = "globalThis.__GGUI_META__ = "
"""Wire: hosts and the static shell find the slice between this and ``;</script>``."""

_BACKGROUND: Final = "background:var(--ggui-shell-background,var(--ggui-color-surface,Canvas))"
_TITLE: Final = "ggui render"
_REST_BYTES: Final = 256
"""Tags around the runtime and after it."""
_SHOWN_STATE: Final = 8
_SHOWN_CHARACTERS: Final = 200

# The text before the first paint is removed by a rule, not by a script: it must go when the runtime has drawn
# something, and stay when no script ever runs. It fades in late, so that a card that is quick shows no trace of it.
_STYLE: Final = """
body{margin:0;color:CanvasText;font:400 1rem/1.5 system-ui,sans-serif}
[data-ggui-boot]{padding:1rem;animation:ggui-boot .2s .4s both}
[data-ggui-boot] h1{margin:0 0 .5rem;font-size:1.125rem;font-weight:600;overflow-wrap:anywhere}
[data-ggui-boot] p{margin:0;overflow-wrap:anywhere;white-space:pre-line}
[data-ggui-shell]{min-height:480px}
body:has([data-ggui-session-root]:not(:empty))>:is([data-ggui-boot],[data-ggui-shell]){display:none}
@keyframes ggui-boot{from{opacity:0}}
@media (prefers-reduced-motion:reduce){[data-ggui-boot]{animation-duration:1ms}}
""".replace("\n", "")


@dataclass(frozen=True, slots=True)
class Shells:
    """Builds both documents; everything that does not depend on a session is put together once."""

    static: StaticShell
    inlined: str | None
    inlined_bytes: int
    integrity: str
    runtime_hash12: str
    parts: Mapping[str, tuple[re.Pattern[str], str]]

    @classmethod
    def of(cls, built: Built, origin: ServerOrigin, *, inline_runtime: bool) -> Shells:
        """The shells of this build."""
        digest = base64.b64encode(bytes.fromhex(built.runtime.digest)).decode()
        code = script(built.runtime.plain.decode()) if inline_runtime else None
        return cls(
            static=_static_shell(built.shell_script, origin),
            inlined=code and f'<script type="module" data-ggui-runtime="inline">{code}</script>',
            inlined_bytes=len(code.encode()) if code else 0,
            integrity=f"sha256-{digest}",
            runtime_hash12=built.runtime.hash12,
            parts={
                name: (_any_of(built.part_names[name]), _inlined_part(name, part.plain.decode()))
                for name, part in built.parts.items()
            },
        )

    def static_shell(self) -> StaticShell:
        """The document that waits for a tool result (spec 05 section 1.3)."""
        return self.static

    def session_shell(self, mount: Mount, title: str) -> str:
        """The self-contained document of one session (spec 05 section 1.2).

        The runtime stands inside it, so that nothing else needs to load; only a document that would be too
        large for some hosts names the runtime by its address.
        """
        meta = json_literal({"ai.ggui/render": mount.slice})
        mode = mount.slice.get("themeMode")
        parts = [
            _head(title, mode if mode in ("light", "dark") else None),
            f"<div data-ggui-boot><h1>{text(title)}</h1><p>{text(_state(mount.slice))}</p>",
            "<p>Loading…</p><noscript><p>This card needs JavaScript.</p></noscript></div>",
            f"<script>{SLICE_MARKER}{meta};</script>",
            *self._parts(mount.slice),
        ]
        size = sum(len(part.encode("utf-8", "replace")) for part in parts)
        if self.inlined is not None and size + self.inlined_bytes + _REST_BYTES <= MAX_DOCUMENT_BYTES:
            parts.append(self.inlined)
        else:
            parts.append(self._linked(str(mount.slice["runtimeUrl"])))
        parts.append("</body></html>\n")
        return "".join(parts)

    def _parts(self, fields: Mapping[str, Any]) -> Iterator[str]:
        """The parts of the catalog that the inlined component uses: its document works without a network."""
        code = base64.b64decode(fields.get("codeB64") or "").decode("utf-8", "replace")
        for wanted, inlined in self.parts.values():
            if "@ggui-ai/design" in code and wanted.search(code):
                yield inlined

    def _linked(self, url: str) -> str:
        integrity = f' integrity="{self.integrity}"' if self.runtime_hash12 in url else ""
        return f'<script type="module" crossorigin="anonymous" src="{text(url)}"{integrity}></script>'


def _any_of(names: Collection[str]) -> re.Pattern[str]:
    """Finds one of the names; that a text only mentions it does no harm."""
    return re.compile(rf"\b(?:{'|'.join(sorted(names))})\b")


def _inlined_part(name: str, code: str) -> str:
    """A part as the view finds it in its document: as a JSON text, which nothing runs before it is wanted."""
    return f'<script type="application/json" data-ggui-part="{name}">{json_literal(code)}</script>'


def _static_shell(shell_script: str, origin: ServerOrigin) -> StaticShell:
    document = (
        f'{_head(_TITLE, None)}<div id="ggui-root" data-ggui-shell="thin"></div>'
        f"<script>{script(shell_script)}</script></body></html>\n"
    )
    csp = json.dumps(origin.csp, separators=(",", ":"))
    hash12 = hashlib.sha256((document + csp).encode()).hexdigest()[:12]
    return StaticShell(document, hash12, origin.csp)


def _head(title: str, mode: str | None) -> str:
    scheme = f";color-scheme:{mode}" if mode else ""
    return (
        f'<!doctype html>\n<html lang="en" style="{_BACKGROUND}{scheme}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{text(title) or _TITLE}</title>'
        f'<style>{_STYLE}</style></head>\n<body style="{_BACKGROUND}">'
    )


def _state(fields: Mapping[str, Any]) -> str:
    """The plain values among the props, for hosts in which no script runs or none has run yet (quirk 4)."""
    try:
        props = json.loads(fields.get("propsJson") or "{}")
    except ValueError:
        return ""
    plain = (
        [(name, value) for name, value in props.items() if _is_plain(value)]
        if isinstance(props, dict)
        else []
    )
    return "\n".join(
        f"{name}: {_shortened(value if isinstance(value, str) else json.dumps(value))}"
        for name, value in plain[:_SHOWN_STATE]
    )


def _is_plain(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and value.strip() != "")


def _shortened(value: str) -> str:
    return value if len(value) <= _SHOWN_CHARACTERS else value[: _SHOWN_CHARACTERS - 1] + "…"
