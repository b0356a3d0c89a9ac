"""What is installed here: ``ggui.json``, the plugins, what they ship, and where they store."""

from __future__ import annotations

import importlib.util
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ggui_core.errors import BootError
from ggui_core.loading import Loading, survey_plugins
from ggui_core.plugins import PluginInfo
from ggui_core.project import plugin_choice
from ggui_demo.doctor.finding import Finding
from ggui_demo.doctor.place import Place

FIRST_CARD: Final = ("pairing", "sessions", "compiler", "forms", "renderer", "live")
"""The plugins that a first card takes; a server may have good reasons to do without some of them."""
BUILT: Final = ("demo", "renderer")
"""The plugins whose installation builds what browsers load."""
RECORD: Final = "build.json"


def configuration(place: Place) -> Finding:
    """Whether ``ggui.json`` is what ``ggui serve`` accepts."""
    project = place.project
    name = "no ggui.json; defaults are used" if project.manifest is None else str(project.manifest)
    warnings: list[str] = []
    try:
        ready = place.prepared(warn=warnings.append)
        if ready.config.mcp_mounts:
            from ggui_core.mcp.routes import load_mounts

            load_mounts(ready.config.mcp_mounts)
    except BootError as error:
        return Finding("ggui.json", "fail", "; ".join(error.problems), "then check it: ggui config check")
    # A plugin that was left out has a line of its own.
    odd = [text for text in warnings if " is skipped: " not in text]
    if odd:
        return Finding("ggui.json", "warn", "; ".join(odd), "see docs/operator.md for the keys")
    return Finding("ggui.json", "ok", name)


def plugins(place: Place) -> list[Finding]:
    """What is enabled, what cannot be loaded, and what a first card lacks."""
    try:
        loading = _loading(place)
    except BootError as error:
        return [Finding("plugins", "fail", "; ".join(error.problems))]
    enabled = [info for info in loading.info.values() if info.state == "enabled"]
    found = [Finding("plugins", "ok", ", ".join(f"{info.name} {info.version}" for info in enabled) or "none")]
    found += [
        Finding(
            f"plugin {info.name}",
            "fail",
            f"cannot be loaded: {info.fault}",
            f"fix or update {info.distribution}, or switch it off: ggui plugins disable {info.name}",
        )
        for info in loading.broken()
    ]
    for name in FIRST_CARD:
        info = loading.info.get(name)
        if info is None:
            detail, remedy = "is not installed", f"pip install ggui-{name}"
        elif info.state == "disabled":
            detail, remedy = "is disabled", f"ggui plugins enable {name}"
        else:
            continue
        found.append(Finding(f"plugin {name}", "warn", f"{detail}; a first card needs it", remedy))
    return found


def assets(place: Place) -> list[Finding]:
    """Whether what browsers load was built, and is still complete."""
    try:
        info = _loading(place).info
    except BootError:
        return []  # the plugins have a line about it
    return [
        built(info[name], static)
        for name in BUILT
        if name in info and info[name].state == "enabled" and (static := _static(info[name])) is not None
    ]


def built(info: PluginInfo, static: Path) -> Finding:
    """Compare a folder of built files with the record that the build left in it."""
    check, remedy = (
        f"{info.name} assets",
        f"install it again: pip install --force-reinstall {info.distribution}",
    )
    try:
        record: dict[str, Any] = json.loads((static / RECORD).read_text("utf-8"))
        sizes: dict[str, int] = record["sizes"]
    except (OSError, ValueError, KeyError):
        return Finding(check, "fail", "what browsers load was not built", remedy)
    missing = [name for name, size in sizes.items() if _size(static / name) != size]
    if missing:
        return Finding(check, "fail", f"{', '.join(missing)} is missing or damaged", remedy)
    total_kb = sum(sizes.values()) // 1024
    return Finding(check, "ok", f"{len(sizes)} files, {total_kb} KB")


def storage(place: Place) -> list[Finding]:
    """Whether the directories of a server can be written, and by nobody else."""
    project = place.project
    return [
        writable("config folder", project.config_dir),
        writable("store", project.persistent_dir),
    ]


def writable(check: str, directory: Path) -> Finding:
    """Whether a server can keep files in a directory, which it makes when it needs it."""
    there = _existing(directory)
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        return Finding(
            check,
            "fail",
            f"{directory} cannot be written: {error.strerror or error}",
            "make it writable for this user, or start with --ephemeral",
        )
    if there != directory:
        return Finding(check, "ok", f"{directory} will be made when it is needed")
    if directory.stat().st_mode & 0o022:
        return Finding(
            check,
            "warn",
            f"other users of this machine can change what is in {directory}",
            f"chmod go-w {directory}",
        )
    return Finding(check, "ok", f"{directory} can be written")


def _loading(place: Place) -> Loading:
    choice = plugin_choice(place.project)
    return survey_plugins(
        enable=choice.enable,
        disable=choice.disable,
        extra_modules=place.modules or (),
        only_extra=place.modules is not None,
    )


def _static(info: PluginInfo) -> Path | None:
    """The ``static`` folder of a plugin's package, found without importing the package's modules."""
    spec = importlib.util.find_spec(info.module.partition(".")[0])
    places = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(places))) / "static" if places else None


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _existing(directory: Path) -> Path:
    return next(_upwards(directory))


def _upwards(directory: Path) -> Iterator[Path]:
    for candidate in (directory, *directory.parents):
        if candidate.exists():
            yield candidate
