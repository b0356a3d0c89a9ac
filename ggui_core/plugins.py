"""The enabled plugins, and calling their hooks with provenance (ARCHITECTURE section 4).

pluggy calls the plugin that was registered last first, and entry-point order is the order of directories.
Neither may decide what a server does, so :class:`Plugins` calls hooks plugin by plugin in its own order and
keeps the name of who answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import pluggy

from ggui_core.errors import BootError, first_line

if TYPE_CHECKING:
    from ggui_core.setup import Setup

PLUGIN_API = 1
"""The version of the hooks. A plugin names the one it was written for in its own ``PLUGIN_API``."""

PROVIDES_GROUP = "ggui.provides"

State = Literal["enabled", "disabled", "broken"]


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """What is known of an installed plugin.

    Attributes:
        name: The entry point's name; the word used in ``ggui.json#plugins``.
        distribution: What pip installed, or ``(given directly)`` for a module a test handed over.
        module: Dotted name of the plugin module.
        provides: Protocol names from the entry points of the group ``ggui.provides``.
        requires: Names of plugins it cannot work without; empty while it was not imported.
        hooks: Names of the hooks it implements; empty while it was not imported.
        state: ``disabled`` means installed but not imported.
        fault: Why it is ``broken``.
    """

    name: str
    distribution: str
    version: str
    module: str
    provides: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    state: State = "disabled"
    fault: str | None = None
    direct: bool = field(default=False, repr=False)

    @property
    def label(self) -> str:
        """How messages name it: ``"oidc" (ggui-oidc 0.1.0)``."""
        return f'"{self.name}" ({self.distribution} {self.version})'

    @property
    def critical(self) -> tuple[str, ...]:
        """The stores, auth adapters and buses among ``provides``: what a server must not start without."""
        return tuple(name for name in self.provides if is_critical(name))


def is_critical(protocol: str) -> bool:
    """True for Protocols whose silent absence would lose data or admit strangers."""
    return protocol.endswith("Store") or protocol in ("AuthAdapter", "Bus")


@dataclass(frozen=True, slots=True)
class Plugins:
    """The enabled plugins in their order.

    Attributes:
        info: Every installed plugin by name: enabled ones first, in order, then the others by name.
    """

    info: Mapping[str, PluginInfo]
    _modules: Mapping[str, ModuleType]
    _manager: pluggy.PluginManager

    @property
    def enabled(self) -> tuple[str, ...]:
        """Names of the enabled plugins, requirements first."""
        return tuple(self._modules)

    def collect(self, hook: str, **kwargs: Any) -> list[tuple[str, Any]]:
        """Call ``hook`` on each enabled plugin in order.

        Returns:
            ``(plugin name, value)`` pairs; plugins without the hook, or that return ``None``, have none.

        Raises:
            BootError: a plugin raised, or provides a store, auth adapter or bus it did not declare.
        """
        results: list[tuple[str, Any]] = []
        setup = kwargs.get("setup") or getattr(kwargs.get("runtime"), "setup", None)
        for name, module in self._modules.items():
            if hook not in self.info[name].hooks:
                continue
            others = [other for other in self._modules.values() if other is not module]
            caller = self._manager.subset_hook_caller(hook, others)
            with setup.speaking_for(name) if setup is not None else nullcontext():
                try:
                    values = caller(**kwargs)
                except BootError as error:
                    raise BootError(*(self._attributed(name, text) for text in error.problems)) from error
                except Exception as error:
                    raise BootError(
                        f"plugin {self.info[name].label} failed in {hook}: {first_line(error)}; "
                        f"fix or update it, or switch it off: ggui plugins disable {name}"
                    ) from error
            results.extend((name, value) for value in values)
            self._check_declared(hook, name, setup, values)
        return results

    def collect_flat(self, hook: str, **kwargs: Any) -> list[tuple[str, Any]]:
        """Like :meth:`collect` for hooks that return sequences: one pair for each item.

        Raises:
            BootError: also when a plugin returned something that is no sequence.
        """
        items: list[tuple[str, Any]] = []
        for name, value in self.collect(hook, **kwargs):
            if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
                raise BootError(
                    f"plugin {self.info[name].label} returned {type(value).__name__} from {hook}; "
                    "the hook returns a list"
                )
            items.extend((name, item) for item in value)
        return items

    def _attributed(self, name: str, problem: str) -> str:
        named = f'"{name}"' in problem or f"'{name}'" in problem
        return problem if named else f"plugin {self.info[name].label}: {problem}"

    def _check_declared(self, hook: str, name: str, setup: Setup | None, values: Sequence[Any]) -> None:
        """A critical seam must be known without importing, or --skip-broken-plugins could drop it unseen."""
        info = self.info[name]
        if info.direct:
            return
        provided: list[str] = []
        if hook == "ggui_provide" and setup is not None:
            provided = [p for p, names in setup.seams.providers().items() if name in names and is_critical(p)]
        elif hook == "ggui_auth_adapters" and any(values):
            provided = ["AuthAdapter"]
        missing = [protocol for protocol in provided if protocol not in info.provides]
        if missing:
            lines = ", ".join(f'{protocol} = "{info.module}"' for protocol in missing)
            raise BootError(
                f"plugin {info.label} provides {' and '.join(missing)} without declaring it; add to its "
                f'pyproject.toml: [project.entry-points."{PROVIDES_GROUP}"] {lines}'
            )
