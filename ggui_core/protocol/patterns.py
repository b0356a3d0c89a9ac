"""Regular expressions of contracts: linear where they can be, capped where they cannot (ARCHITECTURE section 9).

The engine matches a pattern in time linear in the text unless it looks around or back. Those run on a
backtracking machine that gives up after a number of steps; a value on which it gives up counts as no match.
Compiling costs time too, and counted repetitions multiply it, so its effort is estimated before it is spent.
"""

from __future__ import annotations

import re
from typing import Final

STEP_CAP: Final = 2_000
"""Backtracking steps for one value; password rules and the like need a few dozen."""

STEPPED_PATTERN_WEIGHT: Final = 50
"""What a capped pattern costs at most, in looks at a value."""

MOST_EFFORT: Final = 50_000
"""Effort of all patterns of a contract, in microseconds of compiling on an ordinary machine, roughly."""

PROGRAM_BYTES: Final = 8 * 1024 * 1024
"""Size of one compiled pattern. ``[\\p{L} ]{1,100}``, an honest rule for names, takes more than 4 MiB."""

DFA_BYTES: Final = 1024 * 1024
"""Memory of the automaton that a match may build."""

_BASE: Final = 40
_UNICODE_CLASS: Final = 150
_WIDE_CLASS: Final = 4

_STEPPED: Final = re.compile(r"\(\?<?[=!]|\(\?[>(]|\\[1-9kKG]|[*+?}]\+")
_COUNT: Final = re.compile(r"\{0*(\d{1,12})\d*(?:,0*(\d{0,12})\d*)?\}", re.ASCII)
_ATOM: Final = re.compile(r"\\[pP](?:\{[^}]*\}|.)?|\\u\{[^}]*\}|\\.|\[\^?|.", re.DOTALL)


def is_linear(pattern: str) -> bool:
    """True when no text can make the pattern slow; False for every pattern that might look around or back."""
    return _STEPPED.search(pattern) is None


def effort(pattern: str) -> int:
    """What compiling a pattern takes, estimated from its text: atoms times the counts around them."""
    groups = [0]
    last = 0  # of the atom or group that a count would repeat
    at = 0
    while at < len(pattern):
        count = _COUNT.match(pattern, at)
        if count:
            low, high = count.groups()
            groups[-1] += last * (max(int(low), int(high or 0), 1) - 1)
            last *= max(int(low), int(high or 0), 1)
            at = count.end()
            continue
        atom = _ATOM.match(pattern, at)
        assert atom is not None, "any character is an atom"
        at = atom.end()
        match atom.group():
            case "(":
                groups.append(0)
                continue
            case ")" if len(groups) > 1:
                last = groups.pop()
            case "[" | "[^":
                last, at = _class_effort(pattern, at, negated=atom.group() == "[^")
            case "*" | "+" | "?" | "|" | "^" | "$":
                continue
            case other:
                last = _atom_effort(other)
        groups[-1] += last
    return _BASE + sum(groups)


def _class_effort(pattern: str, at: int, *, negated: bool) -> tuple[int, int]:
    """The effort of a character class whose content starts at a position, and where it ends."""
    total = _WIDE_CLASS if negated else 1
    while at < len(pattern):
        atom = _ATOM.match(pattern, at)
        assert atom is not None, "any character is an atom"
        at = atom.end()
        if atom.group() == "]":
            break
        if atom.group()[:2] in ("\\p", "\\P"):
            total += _UNICODE_CLASS
    return total, at


def _atom_effort(atom: str) -> int:
    if atom[:2] in ("\\p", "\\P"):
        return _UNICODE_CLASS
    return _WIDE_CLASS if atom in (".", "\\D", "\\W", "\\S", "\\s") else 1
