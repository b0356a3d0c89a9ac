"""From a directory, a command line and an environment to everything a boot needs.

The order matters: ``ggui.json#plugins`` decides which plugins are imported, those say which keys, flags and
settings exist, and only then can the rest of the file and the command line be judged.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from pydantic import BaseModel

from ggui_core.config import (
    LEVELS,
    SERVER_OPTIONS,
    Config,
    ConfigSection,
    PluginsSection,
    ServeOption,
    ServerSettings,
    Warn,
    parse_config,
    plugins_section,
)
from ggui_core.errors import BootError
from ggui_core.faults import json_path
from ggui_core.instructions import PRESETS
from ggui_core.loading import Loading, load_plugins, survey_plugins
from ggui_core.manifest import find_manifest, read_manifest
from ggui_core.plugins import Plugins
from ggui_core.serve_flags import KERNEL, Flag, parse_flags, serve_flags
from ggui_core.settings import resolve_settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Project:
    """Where a server lives.

    Attributes:
        manifest: The ``ggui.json`` in use, or ``None``.
        root: Its directory, or the working directory; relative paths of the file start here.
        config_dir: ``GGUI_CONFIG_DIR``, else ``~/.ggui``.
        persistent_dir: ``GGUI_PERSISTENT_DIR``, else ``.ggui/persistent`` below the root if there is a
            ``ggui.json``, else ``persistent`` below ``config_dir`` (spec 03 section 3.2).
        environ: The environment that was looked at.
    """

    manifest: Path | None
    root: Path
    config_dir: Path
    persistent_dir: Path
    environ: Mapping[str, str]

    @property
    def source(self) -> str:
        """How problems name the configuration."""
        return f"ggui.json at {self.manifest}" if self.manifest is not None else "ggui.json"


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that is known before the first hook with a ``setup`` runs.

    Attributes:
        settings: The validated settings of each enabled plugin that has a model, by plugin name.
        arguments: The command line they were read from.
    """

    loaded: Plugins
    config: Config
    server: ServerSettings
    settings: Mapping[str, BaseModel]
    project: Project
    arguments: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Declarations:
    """What the enabled plugins say about configuration."""

    models: Mapping[str, type[BaseModel]]
    sections: Sequence[tuple[str, ConfigSection]]
    flags: Sequence[Flag]

    def options(self, owner: str) -> list[ServeOption]:
        """The flags of one plugin, or of the kernel."""
        return [flag.option for flag in self.flags if flag.owner == owner]


def locate(
    *, environ: Mapping[str, str] | None = None, cwd: Path | None = None, manifest: Path | None = None
) -> Project:
    """Find the project of a working directory; ``manifest`` names its file outright."""
    environ = os.environ if environ is None else environ
    cwd = (cwd or Path.cwd()).absolute()
    found = (cwd / manifest) if manifest is not None else find_manifest(cwd)
    root = found.parent if found is not None else cwd
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    config_dir = _directory(environ, "GGUI_CONFIG_DIR", cwd) or home / ".ggui"
    fallback = root / ".ggui" / "persistent" if found is not None else config_dir / "persistent"
    persistent_dir = _directory(environ, "GGUI_PERSISTENT_DIR", cwd) or fallback
    return Project(found, root, config_dir, persistent_dir, environ)


def _directory(environ: Mapping[str, str], variable: str, cwd: Path) -> Path | None:
    value = environ.get(variable, "").strip()
    return cwd / Path(value).expanduser() if value else None


def declarations(loaded: Plugins) -> Declarations:
    """Ask the enabled plugins for their settings, keys and flags.

    Raises:
        BootError: a plugin answers with something else, or two claim the same flag.
    """
    models: dict[str, type[BaseModel]] = {}
    for name, model in loaded.collect("ggui_settings"):
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise BootError(
                f'plugin "{name}" returned no pydantic model class from ggui_settings; return one'
            )
        if model in models.values():
            raise BootError(
                f'plugin "{name}" returned {model.__name__} from ggui_settings, which is another plugin\'s; '
                "derive a class of its own from it"
            )
        models[name] = model
    sections = loaded.collect_flat("ggui_config_sections")
    return Declarations(models, sections, serve_flags(loaded.collect_flat("ggui_serve_options"), models))


def prepare(
    args: Sequence[str] = (),
    *,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    manifest: Path | None = None,
    config: Mapping[str, Any] | None = None,
    extra_modules: Sequence[ModuleType] = (),
    only_extra: bool = False,
    warn: Warn,
) -> Prepared:
    """Load configuration, plugins and settings.

    Args:
        args: The command line of ``ggui serve``.
        environ: ``None`` for the process's own.
        cwd: Where ``ggui.json`` is looked for; ``None`` for the process's own.
        manifest: A file to use instead of looking for one.
        config: The content of ``ggui.json`` given in code; no file is read, required keys may be absent.
        extra_modules, only_extra: See :func:`~ggui_core.loading.load_plugins`.
        warn: Receives one sentence for each thing that is odd but does not stop the boot.

    Raises:
        BootError: every problem found, one line each.
    """
    project = locate(environ=environ, cwd=cwd, manifest=manifest)
    _check_log_level(project.environ, warn)
    raw: Mapping[str, Any] = {}
    if config is not None:
        project, raw = replace(project, manifest=None), config
    elif project.manifest is not None:
        raw = read_manifest(project.manifest)
    try:
        choice = plugins_section(raw, project.source)
        loaded = load_plugins(
            enable=choice.enable,
            disable=choice.disable,
            skip_broken="--skip-broken-plugins" in args,
            extra_modules=extra_modules,
            only_extra=only_extra,
            warn=warn,
        )
        declared = declarations(loaded)
    except BootError as error:
        raise BootError(*_all_problems(error, raw, project)) from error
    flag_values = parse_flags(declared.flags, args)
    problems: list[str] = []
    parsed = _attempt(
        problems,
        lambda: parse_config(
            raw,
            sections=declared.sections,
            source=project.source,
            complete=project.manifest is not None,
            warn=warn,
        ),
    )
    server = _attempt(
        problems,
        lambda: resolve_settings(
            ServerSettings,
            {},
            SERVER_OPTIONS,
            flag_values.get(KERNEL, {}),
            _checked_instructions(project.environ, warn),
        ),
    )
    settings = _settings(choice, declared, flag_values, project, problems)
    _check_settings_names(choice, loaded, declared, project, problems, warn)
    if problems or parsed is None or server is None:
        raise BootError(*problems)
    return Prepared(loaded, parsed, server, settings, project, tuple(args))


def _attempt(problems: list[str], step: Callable[[], T]) -> T | None:
    """Run a step; gather its problems instead of stopping at them."""
    try:
        return step()
    except BootError as error:
        problems.extend(error.problems)
        return None


def _all_problems(error: BootError, raw: Mapping[str, Any], project: Project) -> tuple[str, ...]:
    """What is wrong with the plugins, and what is wrong with the keys that do not depend on them."""
    problems: list[str] = []
    _attempt(
        problems,
        lambda: parse_config(
            raw,
            source=project.source,
            complete=project.manifest is not None,
            judge_unknown=False,
            warn=lambda _: None,
        ),
    )
    return tuple(dict.fromkeys((*error.problems, *problems)))


def _settings(
    choice: PluginsSection,
    declared: Declarations,
    flag_values: Mapping[str, Mapping[str, Any]],
    project: Project,
    problems: list[str],
) -> dict[str, BaseModel]:
    """The settings of each plugin that has a model."""
    settings: dict[str, BaseModel] = {}
    for name, model in declared.models.items():
        try:
            settings[name] = resolve_settings(
                model,
                choice.settings.get(name, {}),
                declared.options(name),
                flag_values.get(name, {}),
                project.environ,
                path=("plugins", "settings", name),
                source=project.source,
                base=project.root,
            )
        except BootError as error:
            problems.extend(error.problems)
    return settings


def _check_settings_names(
    choice: PluginsSection,
    loaded: Plugins,
    declared: Declarations,
    project: Project,
    problems: list[str],
    warn: Warn,
) -> None:
    """Settings that reach nobody: a problem where the plugin runs, a warning where it does not."""
    for name in choice.settings:
        place = f"{project.source}: {json_path(('plugins', 'settings', name))}"
        if name not in loaded.enabled:
            warn(
                f'{place} is ignored: plugin "{name}" is not enabled; enable it, or remove the key '
                "(ggui plugins list shows what is installed)"
            )
        elif name not in declared.models:
            problems.append(f"{place}: this plugin has no settings; remove the key")


def _check_log_level(environ: Mapping[str, str], warn: Warn) -> None:
    """A misspelt level would show another amount of log than was asked for, and say nothing."""
    value = environ.get("GGUI_LOG_LEVEL", "").strip()
    if value and value.lower() not in LEVELS:
        warn(
            f'environment variable GGUI_LOG_LEVEL is ignored: "{value}" is none of {", ".join(LEVELS)}; '
            "info is used"
        )


def _checked_instructions(environ: Mapping[str, str], warn: Warn) -> Mapping[str, str]:
    """A bad preset in the environment is a warning, on the command line a refusal (spec 03 section 3.2)."""
    value = environ.get("GGUI_MCP_INSTRUCTIONS", "").strip()
    if not value or value in PRESETS:
        return environ
    warn(
        f'environment variable GGUI_MCP_INSTRUCTIONS is ignored: "{value}" is none of {", ".join(PRESETS)}; '
        "the default is used"
    )
    return {key: text for key, text in environ.items() if key != "GGUI_MCP_INSTRUCTIONS"}


def survey(project: Project | None = None) -> Loading:
    """Look at the plugins of a project without refusing anything: what works stays usable.

    A ``ggui.json`` that cannot be read counts as none here; ``ggui config check`` is where it is judged.

    Raises:
        BootError: two distributions offer the same plugin name.
    """
    choice = plugin_choice(project or locate())
    return survey_plugins(enable=choice.enable, disable=choice.disable)


def plugin_choice(project: Project) -> PluginsSection:
    """What the project's file says about plugins; nothing if it cannot be read."""
    if project.manifest is None:
        return PluginsSection()
    try:
        return plugins_section(read_manifest(project.manifest), project.source)
    except BootError:
        return PluginsSection()
