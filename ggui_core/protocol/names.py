"""What things in a contract may be called (spec 01 sections 2.3 and 2.4)."""

from __future__ import annotations

import re
from typing import Final

RESERVED_PREFIX: Final = "_ggui:"

FORBIDDEN_SLOTS: Final = frozenset({"__proto__", "constructor", "prototype"})
"""Slot names that would reach into the object model of the browser."""

RETIRED_FIELDS: Final = ("libraries", "dispatch", "wiredTools", "clientTools", "broadcast", "capabilities")
"""Top-level fields of earlier contracts; each is an error, so that nobody relies on one being ignored."""

_SLOT: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_PACKAGE: Final = re.compile(r"(?:@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*")
_HOOK: Final = re.compile(r"use[A-Z][A-Za-z0-9]*")
_COMPONENT: Final = re.compile(r"[A-Z][A-Za-z0-9]*")


def is_reserved(name: str) -> bool:
    """True for names only the server may use on a channel, an action or a slot."""
    return name.startswith(RESERVED_PREFIX)


def is_slot(name: str) -> bool:
    """True for a context slot name that is an identifier and touches no prototype."""
    return _SLOT.fullmatch(name) is not None and name not in FORBIDDEN_SLOTS


def is_package(name: str) -> bool:
    """True for the name of an npm package."""
    return _PACKAGE.fullmatch(name) is not None


def is_hook(name: str) -> bool:
    """True for a gadget export called as a React hook."""
    return _HOOK.fullmatch(name) is not None


def is_component(name: str) -> bool:
    """True for a gadget export mounted as a React component."""
    return _COMPONENT.fullmatch(name) is not None
