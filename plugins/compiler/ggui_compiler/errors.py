"""What this plugin raises beside :class:`~ggui_core.seams.CompileFailed`."""

from __future__ import annotations

from ggui_core.errors import GguiError


class CompilerUnavailable(GguiError):
    """The compiler itself does not work; the source is not to blame."""

    code = "compiler_unavailable"
    http_status = 503


class ServiceDied(Exception):
    """The esbuild process ended, or spoke nonsense, while an answer was awaited."""
