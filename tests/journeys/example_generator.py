"""A plugin for tests: whoever renders with the contract of an example blueprint gets the example's component."""

from __future__ import annotations

from ggui_core import hookimpl
from ggui_core.mcp.tools import Progress
from ggui_core.seams import Compiler, Generated, GenerationRequest, UiGenerator
from ggui_core.setup import Setup
from ggui_protocol.examples import examples

PLUGIN_API = 1
PLUGIN_NAME = "example-generator"


class Examples:
    """Serves the three examples and leaves everything else to others."""

    name = "examples"

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def offers(self, request: GenerationRequest) -> bool:
        return any(request.contract == example.contract for example in examples())

    async def generate(self, request: GenerationRequest, progress: Progress) -> Generated:
        example = next(example for example in examples() if request.contract == example.contract)
        compiled = await self._setup.get(Compiler).compile(example.source)
        return Generated(example.source, compiled.code, self.name)


@hookimpl
def ggui_provide(setup: Setup) -> None:
    setup.contribute(UiGenerator, Examples(setup))
