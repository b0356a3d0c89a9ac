"""``ggui.ui.json``: a UI that a project brings along (spec 07 section 3.4, spec 03 section 5.2).

Every fault of every file is found in one pass, and all of them together stop the boot: a project's own files are
configuration, and configuration fails at start (ARCHITECTURE law 10). A component that does not compile is another
matter; that shows when it is first needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, ValidationError

from ggui_blueprints.globs import GlobRefused, matching_files
from ggui_core.config import Section
from ggui_core.errors import BootError
from ggui_core.faults import describe, json_path
from ggui_core.protocol import gate
from ggui_core.protocol.errors import ContractRefused

MANIFEST: Final = "ggui.ui.json"
ENTRIES: Final = ("ggui.ui.tsx", "index.tsx", "component.tsx")
"""What is looked for beside a manifest that names no entry, in this order."""

SUFFIXES: Final = (".tsx", ".jsx", ".ts", ".js", ".mjs")
MOST_BYTES: Final = 1024 * 1024

_Some = Annotated[str, StringConstraints(min_length=1)]


class UiManifest(Section):
    """A ``ggui.ui.json``."""

    id: Annotated[str, StringConstraints(max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")] = Field(
        description="1 to 128 characters A-Z, a-z, 0-9 and inner . _ : -"
    )
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)] = Field(
        description="a name of 1 to 120 characters"
    )
    contract: dict[str, Any] = Field(description="a contract, as an object")
    description: Annotated[str, StringConstraints(max_length=500)] | None = Field(
        None, description="a text of at most 500 characters"
    )
    category: Annotated[str, StringConstraints(max_length=60)] | None = Field(
        None, description="a word of at most 60 characters"
    )
    match_patterns: tuple[_Some, ...] = Field((), description="a list of texts")
    mcp_tools: tuple[str, ...] = Field((), description="a list of tool names")
    mcp_server: _Some | None = Field(None, description="the name of an MCP server")
    ui_class: Literal["sandboxed", "fullstack"] | None = Field(None, description="sandboxed or fullstack")
    content_hash: _Some | None = Field(None, description="a hash")
    parent_hash: _Some | None = Field(None, description="a hash")
    entry_point: _Some | None = Field(
        None, description=f"a file below the folder of ggui.json that ends in {', '.join(SUFFIXES)}"
    )


@dataclass(frozen=True, slots=True)
class UiEntry:
    """A manifest that is sound, and its component's file.

    Attributes:
        path: The manifest.
        shown: Its path from the project's root, as messages name it.
        changed_at_ms: When it was last written.
    """

    manifest: UiManifest
    path: Path
    shown: str
    entry: Path
    changed_at_ms: int


def discover(root: Path, patterns: Sequence[str], source: str) -> list[UiEntry]:
    """The UIs of a project, in the order of patterns and paths; each file once.

    Args:
        source: How problems name the configuration that the patterns stand in.

    Raises:
        BootError: every fault: file, key, what is wrong, and the fix.
    """
    problems: list[str] = []
    found: dict[str, UiEntry] = {}
    for path in _files(root, patterns, source, problems):
        entry = _read(root, path, problems)
        if entry is None:
            continue
        first = found.setdefault(entry.manifest.id, entry)
        if first is not entry:
            problems.append(
                f'{entry.shown}: $.id: "{entry.manifest.id}" is the id of {first.shown} too; '
                "give each UI an id of its own"
            )
    if problems:
        raise BootError(*problems)
    return list(found.values())


def _files(root: Path, patterns: Sequence[str], source: str, problems: list[str]) -> list[Path]:
    found: dict[Path, None] = {}
    for number, pattern in enumerate(patterns):
        place = f"{source}: $.blueprints.include[{number}]: {json.dumps(pattern)}"
        try:
            found.update((path, None) for path in matching_files(root, pattern) if path.name == MANIFEST)
        except GlobRefused as fault:
            problems.append(f"{place} {fault}")
        except OSError as fault:
            problems.append(f"{place} cannot be searched: {fault.strerror}; check permissions")
    return list(found)


def _read(root: Path, path: Path, problems: list[str]) -> UiEntry | None:
    shown = path.relative_to(root).as_posix()
    before = len(problems)
    try:
        stat = path.stat()
        if stat.st_size > MOST_BYTES:
            problems.append(f"{shown}: is larger than {MOST_BYTES:,} bytes; make it smaller")
            return None
        manifest = _parsed(path, shown, problems)
    except OSError as fault:
        problems.append(f"{shown}: cannot be read: {fault.strerror}; check permissions")
        return None
    if manifest is None:
        return None
    _check_contract(manifest.contract, shown, problems)
    entry = _entry(root, path, manifest, shown, problems)
    if entry is None or len(problems) > before:
        return None
    return UiEntry(manifest, path, shown, entry, stat.st_mtime_ns // 1_000_000)


def _parsed(path: Path, shown: str, problems: list[str]) -> UiManifest | None:
    from ggui_core.manifest import read_manifest

    try:
        raw = read_manifest(path, MANIFEST)
        return UiManifest.__pydantic_validator__.validate_json(  # type: ignore[no-any-return]
            json.dumps(raw), strict=True, by_alias=True, by_name=False
        )
    except BootError as error:
        problems.extend(error.problems)
    except ValidationError as error:
        problems.extend(
            f"{shown}: {json_path(fault['loc'])}: {describe(fault, UiManifest)}"
            for fault in error.errors(include_url=False)
        )
    return None


def _check_contract(contract: Mapping[str, Any], shown: str, problems: list[str]) -> None:
    try:
        gate.check(contract).accepted()
    except ContractRefused as refusal:
        for issue in refusal.issues:
            if issue.severity == "error":
                place = f"$.contract.{issue.path}" if issue.path else "$.contract"
                fix = f" {issue.fix_hint}" if issue.fix_hint else " Change the contract."
                problems.append(f"{shown}: {place}: [{issue.code}] {issue.message}{fix}")


def _entry(root: Path, path: Path, manifest: UiManifest, shown: str, problems: list[str]) -> Path | None:
    """The component's file; never outside the project, and no symbolic link."""
    if manifest.entry_point is None:
        beside = (path.parent / name for name in ENTRIES)
        entry = next((file for file in beside if file.is_file() and not file.is_symlink()), None)
        if entry is None:
            problems.append(
                f"{shown}: $.entryPoint: is missing, and beside the manifest is none of {', '.join(ENTRIES)}; "
                "write the component there, or name its file"
            )
        return entry
    place = f"{shown}: $.entryPoint: {json.dumps(manifest.entry_point)}"
    entry = root / manifest.entry_point
    if not entry.resolve().is_relative_to(root.resolve()):
        problems.append(f"{place} lies outside the project; move the file below the folder of ggui.json")
    elif entry.suffix not in SUFFIXES:
        problems.append(f"{place} is no component; name a file that ends in {', '.join(SUFFIXES)}")
    elif entry.is_symlink() or not entry.is_file():
        problems.append(f"{place} is no file; paths start at the folder of ggui.json")
    else:
        return entry
    return None
