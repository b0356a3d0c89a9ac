"""Finding plugins, importing those that are enabled, and what can be wrong with them (ARCHITECTURE section 4).

*Installed* is what an entry point of the group ``ggui.plugins`` names. *Enabled* is installed and admitted by
``ggui.json#plugins``; only enabled plugins are imported. *Active* is decided later, seam by seam, when the
server is put together.
"""

from __future__ import annotations

import heapq
import importlib
import importlib.metadata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType

import pluggy

from ggui_core import catalog, hookspecs
from ggui_core.config import Warn
from ggui_core.errors import BootError, first_line
from ggui_core.plugins import PLUGIN_API, PROVIDES_GROUP, PluginInfo, Plugins

PLUGINS_GROUP = "ggui.plugins"


def installed_plugins() -> dict[str, PluginInfo]:
    """Every plugin that an entry point names, by name, without importing any.

    Raises:
        BootError: two distributions offer the same name.
    """
    declared: defaultdict[str, list[str]] = defaultdict(list)
    for entry in importlib.metadata.entry_points(group=PROVIDES_GROUP):
        declared[entry.module].append(entry.name)
    found: dict[str, PluginInfo] = {}
    problems = []
    for entry in importlib.metadata.entry_points(group=PLUGINS_GROUP):
        distribution = entry.dist.name if entry.dist is not None else "(unknown distribution)"
        version = entry.dist.version if entry.dist is not None else "0"
        if entry.name in found:
            both = sorted((found[entry.name].distribution, distribution))
            problems.append(
                f'the distributions {both[0]} and {both[1]} both offer a plugin named "{entry.name}"; '
                f"uninstall one: pip uninstall {both[1]}"
            )
            continue
        provides = tuple(sorted(set(declared[entry.module])))
        found[entry.name] = PluginInfo(entry.name, distribution, version, entry.module, provides)
    if problems:
        raise BootError(*problems)
    return dict(sorted(found.items()))


def load_plugins(
    *,
    enable: Sequence[str] | None = None,
    disable: Sequence[str] = (),
    skip_broken: bool = False,
    extra_modules: Sequence[ModuleType] = (),
    only_extra: bool = False,
    warn: Warn,
) -> Plugins:
    """Import the enabled plugins and put them in order.

    Args:
        enable: Allow-list; requirements of what it names come along. ``None`` enables all that is installed.
        disable: Names that stay off.
        skip_broken: Leave a plugin out that cannot be loaded, with a warning, unless it provides a store, an
            auth adapter or a bus.
        extra_modules: Plugin modules handed over directly, as tests do.
        only_extra: Enable nothing but ``extra_modules``.
        warn: Receives one sentence for each plugin that was left out.

    Raises:
        BootError: one problem for each name that is not installed, requirement that cannot be met, plugin
            that cannot be loaded.
    """
    loading = survey_plugins(
        enable=enable, disable=disable, extra_modules=extra_modules, only_extra=only_extra
    )
    problems = list(loading.problems)
    for info in loading.broken():
        if not skip_broken:
            problems.append(
                f"plugin {info.label} cannot be loaded: {info.fault}; fix or update it, switch it off "
                f"(ggui plugins disable {info.name}), or start with --skip-broken-plugins"
            )
        elif info.critical:
            problems.append(
                f"plugin {info.label} cannot be loaded: {info.fault}; it provides "
                f"{' and '.join(info.critical)}, which --skip-broken-plugins does not skip: fix it, or "
                f"switch it off on purpose (ggui plugins disable {info.name})"
            )
        else:
            warn(f"plugin {info.label} is skipped: {info.fault}")
    if problems:
        raise BootError(*problems)
    return loading.plugins()


def survey_plugins(
    *,
    enable: Sequence[str] | None = None,
    disable: Sequence[str] = (),
    extra_modules: Sequence[ModuleType] = (),
    only_extra: bool = False,
) -> Loading:
    """Import the enabled plugins and report what is wrong instead of refusing, as ``ggui plugins list`` does.

    Raises:
        BootError: two distributions offer the same name.
    """
    info = installed_plugins()
    given: dict[str, ModuleType] = {}
    direct: dict[str, PluginInfo] = {}
    for module in extra_modules:
        name = _name_of(module, info.values())
        if name in given:
            raise BootError(f'two of the given modules are named "{name}"; set PLUGIN_NAME in one of them')
        known = info.get(name)
        same = known is not None and known.module == module.__name__
        direct[name] = (
            known
            if known is not None and same
            else PluginInfo(name, "(given directly)", "0", module.__name__, direct=True)
        )
        given[name] = module
    installed = direct if only_extra else {**info, **direct}
    loading = Loading(dict(sorted(installed.items())), given)
    loading.load(enable, disable)
    return loading


def _name_of(module: ModuleType, installed: Iterable[PluginInfo]) -> str:
    """``PLUGIN_NAME``, the name of its entry point, or ``ggui_<name>`` of its package."""
    name = getattr(module, "PLUGIN_NAME", None)
    if isinstance(name, str):
        return name
    for info in installed:
        if info.module == module.__name__:
            return info.name
    package = module.__name__.removesuffix(".plugin").rpartition(".")[2]
    return package.removeprefix("ggui_").replace("_", "-")


@dataclass(slots=True)
class Loading:
    """The plugins while they are imported, with everything that is wrong with them."""

    info: dict[str, PluginInfo]
    given: Mapping[str, ModuleType]
    problems: list[str] = field(default_factory=list)
    _modules: dict[str, ModuleType] = field(default_factory=dict)

    def load(self, enable: Sequence[str] | None, disable: Sequence[str]) -> None:
        """Import what is enabled, then what that requires, and so on."""
        self._check_names("plugins.enable", enable or ())
        self._check_names("plugins.disable", disable)
        self.problems.extend(
            f'plugins.enable and plugins.disable both name "{name}"; remove it from one of them'
            for name in sorted({*(enable or ())} & {*disable})
        )
        wanted = self.info if enable is None else enable
        queue = [name for name in wanted if name in self.info and name not in disable]
        while queue:
            name = queue.pop(0)
            if self.info[name].state != "disabled":
                continue
            self._import(name)
            for required in self.info[name].requires:
                if required in disable:
                    self.problems.append(
                        f'plugin "{name}" requires plugin "{required}", which plugins.disable names; remove '
                        f'"{required}" from plugins.disable, or disable "{name}" too'
                    )
                elif required not in self.info:
                    self.problems.append(
                        f'plugin {self.info[name].label} requires plugin "{required}", which is not '
                        f"installed; run: pip install ggui-{required}"
                    )
                else:
                    queue.append(required)
        self._drop_dependants()

    def broken(self) -> tuple[PluginInfo, ...]:
        """The plugins that could not be loaded, and those that require one of them."""
        return tuple(info for info in self.info.values() if info.state == "broken")

    def complaints(self) -> list[str]:
        """One line for everything that keeps a server from starting with these plugins."""
        broken = [f"plugin {info.label} cannot be loaded: {info.fault}" for info in self.broken()]
        return [*self.problems, *broken]

    def plugins(self) -> Plugins:
        """The plugins that could be loaded, in order.

        Raises:
            BootError: plugins require each other in a circle.
        """
        order = topological({name: self.info[name].requires for name in self._modules})
        modules = {name: self._modules[name] for name in order}
        manager = pluggy.PluginManager("ggui")
        manager.add_hookspecs(hookspecs)
        for name, module in modules.items():
            manager.register(module, name=name)
        rest = {name: info for name, info in self.info.items() if name not in modules}
        return Plugins({name: self.info[name] for name in order} | rest, modules, manager)

    def _check_names(self, key: str, names: Iterable[str]) -> None:
        for name in names:
            if name in self.info:
                continue
            remedy = catalog.remedy_for_missing(
                name, self.info, f"run: pip install ggui-{name}, or remove the name"
            )
            self.problems.append(f'{key} names "{name}", which is not installed; {remedy}')

    def _import(self, name: str) -> None:
        info = self.info[name]
        try:
            module = self.given.get(name) or importlib.import_module(info.module)
        except (Exception, SystemExit) as error:
            self.info[name] = replace(info, state="broken", fault=first_line(error))
            return
        fault = _api_fault(module) or _requires_fault(module) or _hook_fault(module)
        if fault is not None:
            self.info[name] = replace(info, state="broken", fault=fault)
            return
        self._modules[name] = module
        self.info[name] = replace(
            info, state="enabled", requires=tuple(getattr(module, "REQUIRES", ())), hooks=_hooks_of(module)
        )

    def _drop_dependants(self) -> None:
        changed = True
        while changed:
            changed = False
            for name in tuple(self._modules):
                info = self.info[name]
                lost = next((r for r in info.requires if r in self.info and self._is_broken(r)), None)
                if lost is not None:
                    fault = f'it requires plugin "{lost}", which cannot be loaded'
                    self.info[name] = replace(info, state="broken", fault=fault)
                    del self._modules[name]
                    changed = True

    def _is_broken(self, name: str) -> bool:
        return self.info[name].state == "broken"


def topological(requires: Mapping[str, Iterable[str]]) -> list[str]:
    """Names ordered so that requirements come first and, among what is free to choose, by name.

    Raises:
        BootError: some names require each other in a circle.
    """
    waiting = {name: {r for r in required if r in requires} for name, required in requires.items()}
    ready = [name for name, required in waiting.items() if not required]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        name = heapq.heappop(ready)
        order.append(name)
        for other, required in waiting.items():
            if name in required:
                required.remove(name)
                if not required:
                    heapq.heappush(ready, other)
    if len(order) < len(waiting):
        circle = ", ".join(f'"{name}"' for name in sorted(waiting.keys() - set(order)))
        raise BootError(
            f"the plugins {circle} require each other in a circle; remove one from the REQUIRES of another"
        )
    return order


def _api_fault(module: ModuleType) -> str | None:
    declared = getattr(module, "PLUGIN_API", None)
    if declared is None:
        return f"it declares no PLUGIN_API; this ggui speaks PLUGIN_API = {PLUGIN_API}"
    if declared != PLUGIN_API:
        newer = isinstance(declared, int) and declared > PLUGIN_API
        remedy = "upgrade ggui-core" if newer else "install a newer version of the plugin"
        return f"it was written for PLUGIN_API {declared}, this ggui speaks PLUGIN_API {PLUGIN_API}: {remedy}"
    return None


def _requires_fault(module: ModuleType) -> str | None:
    requires = getattr(module, "REQUIRES", ())
    well_formed = isinstance(requires, tuple | list) and all(isinstance(name, str) for name in requires)
    return None if well_formed else "its REQUIRES must be a tuple of plugin names"


def _hook_names() -> list[str]:
    return [name for name in vars(hookspecs) if name.startswith("ggui_")]


def _hooks_of(module: ModuleType) -> tuple[str, ...]:
    manager = pluggy.PluginManager("ggui")
    return tuple(name for name in dir(module) if manager.parse_hookimpl_opts(module, name) is not None)


def _hook_fault(module: ModuleType) -> str | None:
    """A hook that would never be called, or never could be."""
    known = _hook_names()
    implemented = _hooks_of(module)
    for name in implemented:
        if name not in known:
            fix = catalog.suggestion(name, known, "see docs/plugins.md for the hooks there are")
            return f"it implements {name}, which is no hook: {fix}"
    for name in known:
        if name not in implemented and callable(getattr(module, name, None)):
            return f"its function {name} is named like a hook but not marked: decorate it with @hookimpl"
    probe = pluggy.PluginManager("ggui")
    probe.add_hookspecs(hookspecs)
    try:
        probe.register(module)
    except pluggy.PluginValidationError as error:
        return " ".join(str(error).split())
    return None
