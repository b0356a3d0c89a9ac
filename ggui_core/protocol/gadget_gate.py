"""May this app's UIs use the gadgets that a contract names? (spec 02 section 6.2, gate 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ggui_core.errors import ToolError
from ggui_core.protocol.gadgets import GadgetDescriptor


def check_gadgets(
    contract: Mapping[str, Any], known: Mapping[str, GadgetDescriptor], public_env: Mapping[str, str]
) -> None:
    """Refuse a contract that asks for a gadget the app cannot give.

    Args:
        known: The app's gadget packages.
        public_env: The app's public environment, which gadgets may require names of.

    Raises:
        ToolError: ``duplicate_gadget_hook``, ``gadget_not_registered``, ``gadget_package_mismatch`` or
            ``gadget_public_env_missing``; the first one found.
    """
    owner: dict[str, str] = {}
    for package, export in _asked(contract):
        if export in owner:
            raise _refused(
                "duplicate_gadget_hook",
                f"'{export}' is asked of '{owner[export]}' and of '{package}'.",
                "Ask one package for it.",
            )
        owner[export] = package
    exports = {export.name: gadget.package for gadget in known.values() for export in gadget.exports}
    for export, package in owner.items():
        gadget = known.get(package)
        if gadget is not None and any(export == offered.name for offered in gadget.exports):
            continue
        if export in exports:
            raise _refused(
                "gadget_package_mismatch",
                f"'{export}' belongs to '{exports[export]}', not to '{package}'.",
                f"Ask '{exports[export]}' for it.",
            )
        raise _refused(
            "gadget_not_registered",
            f"This app has no gadget '{export}' of '{package}'.",
            "Leave it out of clientCapabilities, or let the operator add the package to ggui.json#app.gadgets.",
        )
    for package in dict.fromkeys(owner.values()):
        for name in known[package].requires:
            if name not in public_env:
                raise _refused(
                    "gadget_public_env_missing",
                    f"The gadget package '{package}' needs {name}, which the app does not set.",
                    "Let the operator set it in ggui.json#app.publicEnv.",
                )


def permissions(contract: Mapping[str, Any], known: Mapping[str, GadgetDescriptor]) -> tuple[str, ...]:
    """The browser permissions that the gadgets of a contract ask for, in the order they appear."""
    asked = dict.fromkeys(
        offered.permission
        for package, export in _asked(contract)
        if package in known
        for offered in known[package].exports
        if offered.name == export and offered.permission is not None
    )
    return tuple(asked)


def _asked(contract: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    gadgets = (contract.get("clientCapabilities") or {}).get("gadgets", {})
    for package, exports in gadgets.items():
        for export in exports:
            yield package, export


def _refused(code: str, message: str, hint: str) -> ToolError:
    return ToolError(message, code=code, hint=hint, retryable=True)
