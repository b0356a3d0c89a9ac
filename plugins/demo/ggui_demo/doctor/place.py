"""Where the doctor looks."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from ggui_core.config import Warn
from ggui_core.project import Prepared, Project, locate, prepare


@dataclass(frozen=True, slots=True)
class Place:
    """A project on a machine.

    Attributes:
        host, port: Where ``ggui serve`` would listen.
        modules: Plugin modules to look at instead of those that are installed, as tests do.
    """

    environ: Mapping[str, str]
    cwd: Path
    host: str
    port: int
    modules: Sequence[ModuleType] | None = None

    @classmethod
    def here(cls, *, host: str, port: int) -> Place:
        """The working directory, with what is installed."""
        return cls(os.environ, Path.cwd(), host, port)

    @property
    def project(self) -> Project:
        """Its ``ggui.json`` and its directories."""
        return locate(environ=self.environ, cwd=self.cwd)

    def prepared(self, *args: str, environ: Mapping[str, str] | None = None, warn: Warn) -> Prepared:
        """What ``ggui serve`` would boot with; a plugin that cannot be loaded is left out.

        Raises:
            BootError: every other problem.
        """
        return prepare(
            ["--skip-broken-plugins", *args],
            environ=self.environ if environ is None else environ,
            cwd=self.cwd,
            extra_modules=self.modules or (),
            only_extra=self.modules is not None,
            warn=warn,
        )
