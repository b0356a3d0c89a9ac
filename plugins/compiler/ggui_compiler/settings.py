"""What an operator can set."""

from __future__ import annotations

from pydantic import Field

from ggui_core.config import Section


class CompilerSettings(Section):
    """``ggui.json#plugins.settings.compiler``."""

    timeout_s: float = Field(10, gt=0, le=120, description="seconds for one compile, above 0")
    source_bytes: int = Field(512 * 1024, gt=0, description="the largest source, in bytes")
    output_bytes: int = Field(1024 * 1024, gt=0, description="the largest compiled module, in bytes")
    memory_bytes: int = Field(
        512 * 1024 * 1024, ge=128 * 1024 * 1024, description="memory of the esbuild process, in bytes"
    )
    concurrency: int = Field(8, gt=0, le=64, description="compiles at the same time")
