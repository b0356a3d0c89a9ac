"""The compiler keeps the contract of its seam."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from ggui_core.seams import Compiler
from ggui_core.testing import CompilerContract

from .esbuild import running


class TestEsbuildCompiler(CompilerContract):
    def running(self) -> AbstractAsyncContextManager[Compiler]:
        return running()
