"""May this app's UIs use the gadgets that a contract names? (spec 02 section 6.2, gate 7; spec 07 section 15.3)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ggui_core.errors import ToolError
from ggui_core.protocol.gadgets import GadgetDescriptor

Asked = tuple[str, str]
"""A package and one of its exports."""

Miss = Mapping[str, object]
"""One thing that is wrong, as JSON."""

_TOLD: Final = 20
"""Misses that an answer names; a contract may hold thousands."""
_SUGGESTIONS: Final = 5
_LONGEST_NAME: Final = 64


def check_gadgets(
    contract: Mapping[str, Any], known: Mapping[str, GadgetDescriptor], public_env: Mapping[str, str]
) -> None:
    """Refuse a contract that asks for a gadget the app cannot give.

    Everything that is wrong in one way is told at once; what was told is mended before the next way is looked at.

    Args:
        known: The app's gadget packages.
        public_env: The app's public environment, which gadgets may require names of; an empty text counts.

    Raises:
        ToolError: ``duplicate_gadget_hook``, ``gadget_not_registered``, ``gadget_package_mismatch`` or
            ``gadget_public_env_missing``; the first one that applies, with each miss in ``details``.
    """
    asked = list(requested(contract))
    _check_duplicates(asked)
    _check_registered(asked, known)
    _check_public_env(asked, known, public_env)


def requested(contract: Mapping[str, Any]) -> Iterator[Asked]:
    """Package and export of each gadget that a contract names, in its order."""
    gadgets = (contract.get("clientCapabilities") or {}).get("gadgets", {})
    for package, exports in gadgets.items():
        for export in exports:
            yield package, export


def permissions(contract: Mapping[str, Any], known: Mapping[str, GadgetDescriptor]) -> tuple[str, ...]:
    """The browser permissions that the gadgets of a contract ask for, in the order they appear."""
    asked = dict.fromkeys(
        offered.permission
        for package, export in requested(contract)
        if package in known
        for offered in known[package].exports
        if offered.name == export and offered.permission is not None
    )
    return tuple(asked)


def _check_duplicates(asked: Sequence[Asked]) -> None:
    owner: dict[str, str] = {}
    duplicates: list[Miss] = []
    for package, export in asked:
        first = owner.setdefault(export, package)
        if first != package:
            duplicates.append({"package": package, "firstSeenPackage": first, "hook": export})
    if duplicates:
        told = duplicates[:_TOLD]
        sentences = (
            f"'{one['hook']}' is asked of '{one['firstSeenPackage']}' and of '{one['package']}'"
            for one in told
        )
        raise _refused("duplicate_gadget_hook", sentences, "Ask one package for it.", {"duplicates": told})


def _check_registered(asked: Sequence[Asked], known: Mapping[str, GadgetDescriptor]) -> None:
    owners: dict[str, list[str]] = {}
    for gadget in known.values():
        for offered in gadget.exports:
            owners.setdefault(offered.name, []).append(gadget.package)
    strangers = [(package, export) for package, export in asked if export not in owners][:_TOLD]
    wrong = [(package, export) for package, export in asked if package not in owners.get(export, (package,))]
    mismatches: list[Miss] = [
        {"hook": export, "requestedPackage": package, "registered": list(owners[export])}
        for package, export in wrong[:_TOLD]
    ]
    if strangers:
        unregistered: list[Miss] = [
            {"hook": export, "package": package, "suggestion": _suggestion(export, owners, number)}
            for number, (package, export) in enumerate(strangers)
        ]
        sentences = (
            f"this app has no gadget '{one['hook']}' of '{one['package']}'"
            + (f"; did you mean '{one['suggestion']}'?" if one["suggestion"] else "")
            for one in unregistered
        )
        raise _refused(
            "gadget_not_registered",
            sentences,
            "ggui_list_gadgets names those there are. Leave the others out of clientCapabilities, or let the "
            "operator add their packages to ggui.json#app.gadgets.",
            {"unregistered": unregistered, "secondary": {"packageMismatches": mismatches}},
        )
    if mismatches:
        sentences = (
            f"'{one['hook']}' belongs to '{owners[str(one['hook'])][0]}', not to '{one['requestedPackage']}'"
            for one in mismatches
        )
        remedy = "Ask the package that has it."
        raise _refused("gadget_package_mismatch", sentences, remedy, {"mismatches": mismatches})


def _check_public_env(
    asked: Sequence[Asked], known: Mapping[str, GadgetDescriptor], public_env: Mapping[str, str]
) -> None:
    first_hook: dict[str, str] = {}
    for package, export in asked:
        first_hook.setdefault(package, export)
    missing = [
        (package, name)
        for package in first_hook
        for name in known[package].requires
        if name not in public_env
    ][:_TOLD]
    if missing:
        violations: list[Miss] = [
            {
                "hook": first_hook[package],
                "package": package,
                "missingKey": name,
                "suggestion": _suggestion(name, public_env, number),
            }
            for number, (package, name) in enumerate(missing)
        ]
        sentences = (
            f"the gadget package '{package}' needs {name}, which the app does not set"
            for package, name in missing
        )
        remedy = "Let the operator set it in ggui.json#app.publicEnv."
        raise _refused("gadget_public_env_missing", sentences, remedy, {"violations": violations})


def _suggestion(name: str, choices: Iterable[str], told: int) -> str | None:
    """What was probably meant; looking for it costs time, so it is said of the first few only."""
    if told >= _SUGGESTIONS:
        return None
    by_folded = {choice.casefold(): choice for choice in choices}
    close = difflib.get_close_matches(name[:_LONGEST_NAME].casefold(), by_folded, n=1, cutoff=0.65)
    return by_folded[close[0]] if close else None


def _refused(code: str, sentences: Iterable[str], hint: str, details: Mapping[str, object]) -> ToolError:
    message = "; ".join(sentences)
    return ToolError(
        f"{message[0].upper()}{message[1:]}.", code=code, hint=hint, retryable=True, details=details
    )
