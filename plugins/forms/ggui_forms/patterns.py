"""Which regular expressions of a contract a browser may run while somebody types.

The browser backtracks. A pattern that repeats a group which itself repeats or branches can take exponential time, so
only patterns without such a group, without look-around and without back-references are checked before sending. The
server checks all of them.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 300

_TOKEN: Final = re.compile(
    r"\\[pPuxkc]|\\[1-9]|\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?::|<?[=!]|<[A-Za-z_]\w*>))?|\)|\{\d+(?:,\d*)?\}|[*+?|]|.",
    re.DOTALL,
)
_REFUSED: Final = re.compile(r"\\[pPuxkc1-9]|\(\?<?[=!]|\(\?<[A-Za-z_]|\(\?")
_MOST_REPETITIONS: Final = 3


def is_safe(pattern: str) -> bool:
    """True for a pattern that takes no more than polynomial time, of a low degree, on any text."""
    if len(pattern) > LONGEST:
        return False
    repetitions = 0
    groups = [False]  # whether something in the open group repeats or branches
    closed: bool | None = None  # the same of the group that just ended; None after anything else
    for atom in _TOKEN.findall(pattern):
        if atom == "(?:":
            groups.append(False)
        elif _REFUSED.match(atom):
            return False
        elif atom == "(":
            groups.append(False)
        elif atom == ")":
            if len(groups) == 1:
                return False
            inner = groups.pop()
            groups[-1] = groups[-1] or inner
            closed = inner
            continue
        elif atom in ("*", "+") or (atom[0] == "{" and len(atom) > 1 and _is_open(atom)):
            if closed:
                return False
            groups[-1] = True
            repetitions += 1
        elif atom == "|":
            groups[-1] = True
        elif atom[0] == "{" and len(atom) > 1 and closed:
            return False
        closed = None
    return len(groups) == 1 and repetitions <= _MOST_REPETITIONS


def _is_open(count: str) -> bool:
    """Whether a count such as ``{2,}`` or ``{1,64}`` lets the text choose."""
    return "," in count
