"""The generator that needs no key."""

from __future__ import annotations

import asyncio
from typing import Final

from ggui_core.mcp.tools import Progress
from ggui_core.seams import CompileFailed, Compiler, Generated, GenerationFailed, GenerationRequest
from ggui_core.setup import Setup
from ggui_forms.layout import source_of

NOTICE: Final = (
    "This UI was written from the contract alone; with the key of a language model the server designs one that "
    "fits the intent more closely."
)


class FormsGenerator:
    """The :class:`~ggui_core.seams.UiGenerator` of this plugin: serves every contract, in milliseconds."""

    name = "forms"

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def offers(self, request: GenerationRequest) -> bool:
        """See :meth:`ggui_core.seams.UiGenerator.offers`: always."""
        return True

    async def generate(self, request: GenerationRequest, progress: Progress) -> Generated:
        """See :meth:`ggui_core.seams.UiGenerator.generate`."""
        compiler = self._setup.find(Compiler)
        if compiler is None:
            raise GenerationFailed(
                "No enabled plugin compiles components.",
                hint="Install ggui-compiler on the server or enable it (ggui plugins enable compiler), and restart.",
            )
        source = await asyncio.to_thread(source_of, request.contract)
        try:
            compiled = await compiler.compile(source)
        except CompileFailed as failed:
            raise GenerationFailed(
                f"The component for this contract does not compile: {failed.diagnostics[0].message}.",
                hint="Report the contract to the makers of ggui-forms; a simpler one may work.",
            ) from failed
        return Generated(source, compiled.code, self.name, notice=NOTICE)
