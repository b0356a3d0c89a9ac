"""Phase ``hygiene`` of the gate: what works and could be better (spec 01 section 3, phase 6). Warnings only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ggui_core.protocol.contract import DataContract
from ggui_core.protocol.errors import Issue
from ggui_core.protocol.paths import Path, field_path


def issues(contract: DataContract, gadgets: Mapping[str, Collection[str]]) -> list[Issue]:
    """Everything worth a warning. ``gadgets`` maps known packages to the names they export."""
    return [*_tools(contract), *_gadgets(contract, gadgets)]


def _tools(contract: DataContract) -> Iterator[Issue]:
    used = {action.next_step for action in (contract.action_spec or {}).values()}
    used |= {stream.source.tool for stream in (contract.stream_spec or {}).values() if stream.source}
    if contract.props_spec is not None:
        used |= {entry.source_tool for entry in contract.props_spec.properties.values()}
    for name, tool in contract.tools.items():
        path = ("agentCapabilities", "tools", name)
        if name not in used:
            yield _warning("LINT_ORPHAN_AGENT_TOOL", path, f"Nothing in the contract uses the tool '{name}'.")
        if tool.usage is None:
            yield _warning("LINT_MISSING_USAGE", path, f"The tool '{name}' does not say when to call it.")
        if tool.example is None:
            yield _warning("LINT_MISSING_EXAMPLE", path, f"The tool '{name}' shows no example call.")


def _gadgets(contract: DataContract, known: Mapping[str, Collection[str]]) -> Iterator[Issue]:
    if contract.client_capabilities is None:
        return
    owner: dict[str, str] = {}
    for package, exports in contract.client_capabilities.gadgets.items():
        for name in exports:
            path = ("clientCapabilities", "gadgets", package, name)
            if package in known and name not in known[package]:
                message = f"'{package}' exports no '{name}'."
                yield _warning("LINT_GADGET_UNKNOWN_HOOK", path, message)
            if name in owner:
                message = f"'{name}' is asked of '{owner[name]}' and of '{package}'."
                yield _warning("LINT_GADGET_DUPLICATE_EXPORT", path, message)
            owner.setdefault(name, package)


def _warning(code: str, path: Path, message: str) -> Issue:
    return Issue(code, "warn", "hygiene", field_path(path), message)
