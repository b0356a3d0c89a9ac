"""What can go wrong with ``ggui demo``."""

from __future__ import annotations

from ggui_core.errors import GguiError


class DemoFailed(GguiError):
    """The demonstration cannot go on; says what happened and what to do."""

    code = "demo_failed"
