"""What hosts do to a card, each as a switch with a stable name (spec 08)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from ggui_core.catalog import suggestion
from ggui_core.errors import GguiError

Kind = Literal["quirk", "policy", "incident"]


@dataclass(frozen=True, slots=True)
class Switch:
    """One way in which a host differs from the specification of MCP Apps, or from what a card would like.

    Attributes:
        name: Stable: part of addresses, command lines and tests.
        kind: ``quirk``, a row of spec 08; ``policy``, what the content-security policy around the card forbids;
            ``incident``, something that happens to a card while it is shown.
        about: One sentence for a person.
        row: The row of spec 08; 0 for what is none.
    """

    name: str
    kind: Kind
    about: str
    row: int = 0


SWITCHES: Final = (
    Switch("probe-first", "quirk", "A bare probe without capabilities connects first, then others do.", 1),
    Switch(
        "read-before-call", "quirk", "The tool's template is read and mounted before the tool is called.", 2
    ),
    Switch("never-read", "quirk", "No resource is ever read; only the text of the result is shown.", 2),
    Switch(
        "cached-tool-list", "quirk", "A card may call only tools in the list that the host once fetched.", 3
    ),
    Switch("result-once", "quirk", "After a reload the tool result is not delivered again.", 4),
    Switch(
        "frozen-template",
        "quirk",
        "The first document that was read stays for good, old credentials included.",
        5,
    ),
    Switch(
        "withhold-arguments", "quirk", "A call waits for the person's approval, and so do its arguments.", 6
    ),
    Switch("discard-frames", "quirk", "A frame that is scrolled away is discarded, and made anew later.", 7),
    Switch("ignore-declared-csp", "quirk", "The domains that a card declares are not admitted.", 8),
    Switch("no-loopback", "quirk", "ws:// becomes https://, and addresses of this machine are refused.", 9),
    Switch("opaque-origin", "quirk", "The card has no origin: its requests carry Origin: null.", 10),
    Switch(
        "small-documents", "quirk", "A document above 1 MiB, or one that takes over 10 s, is dropped.", 11
    ),
    Switch("height-loop", "quirk", "The frame is made a little higher than the card says it is.", 12),
    Switch("theme-stuck", "quirk", "The card is told one theme at the start and never another.", 13),
    Switch("context-lost", "quirk", "An update of the model's context is acknowledged and lost.", 14),
    Switch("flat-key-only", "quirk", 'Only the key "ui/resourceUri" is read.', 15),
    Switch("nested-key-only", "quirk", 'Only the key "ui" with its "resourceUri" is read.', 15),
    Switch("reject-calls", "quirk", "Tool calls of a card are rejected.", 16),
    Switch("error-calls", "quirk", "Tool calls of a card are answered with an error of a proxy.", 16),
    Switch("no-session-header", "quirk", "The session header of MCP is never sent.", 17),
    Switch("full-csp", "policy", "Only what the card declared, inline code, blob: and data: are admitted."),
    Switch("no-blob", "policy", "Nothing is loaded from blob: addresses."),
    Switch("no-data", "policy", "Nothing is loaded from data: addresses."),
    Switch("no-inline", "policy", "Scripts that stand inside the document do not run."),
    Switch("no-websocket", "policy", "No WebSocket can be opened."),
    Switch("relay-only", "policy", "The card reaches no network: only the host passes anything on."),
    Switch("reload-after-turn", "incident", "When the agent's turn has ended, its cards are loaded anew."),
    Switch("two-tabs", "incident", "Every card is shown twice, as in two tabs."),
    Switch("never-mount", "incident", "The document is read, but its frame is never loaded."),
)
DEFAULT: Final = frozenset({"full-csp", "opaque-origin"})
"""What is on unless somebody says otherwise: what most hosts do."""

_BY_NAME: Final = {switch.name: switch for switch in SWITCHES}


class UnknownSwitch(GguiError):
    """No switch has this name."""

    code = "unknown_switch"
    http_status = 400


def switched(names: Iterable[str]) -> frozenset[str]:
    """The switches that are on: the default ones and ``names``; ``no:<name>`` takes one away.

    Raises:
        UnknownSwitch: a name is none of :data:`SWITCHES`.
    """
    on = set(DEFAULT)
    for given in names:
        name = given.removeprefix("no:")
        if name not in _BY_NAME:
            remedy = suggestion(name, _BY_NAME, "ggui dev host --list shows every switch.")
            raise UnknownSwitch(f'There is no switch "{name}".', hint=remedy)
        if name == given:
            on.add(name)
        else:
            on.discard(name)
    return frozenset(on)
