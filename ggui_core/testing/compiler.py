"""Contract kit for :class:`~ggui_core.seams.Compiler`; see :mod:`ggui_core.testing.contracts`."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager

import pytest

from ggui_core.seams import CompileFailed, Compiler

COMPONENT = """\
import { useState } from "react";
import { Card, Heading } from "@ggui-ai/design";
import { useAction } from "@ggui-ai/wire";

interface Props {
  title: string;
}

export default function Note({ title }: Props) {
  const [text, setText] = useState<string>("");
  const send = useAction<{ text: string }>("send");
  return (
    <Card>
      <Heading level={2}>{title}</Heading>
      <input value={text} onChange={(event) => setText(event.target.value)} />
      <button onClick={() => send({ text })}>Send</button>
    </Card>
  );
}
"""


class CompilerContract(ABC):
    """Kit for :class:`~ggui_core.seams.Compiler`."""

    @abstractmethod
    def running(self) -> AbstractAsyncContextManager[Compiler]:
        """A compiler, until the block ends."""

    async def test_a_component_becomes_a_module_whose_bare_imports_remain(self) -> None:
        async with self.running() as compiler:
            compiled = await compiler.compile(COMPONENT)
        assert set(compiled.imports) >= {"react", "react/jsx-runtime", "@ggui-ai/design", "@ggui-ai/wire"}
        for name in compiled.imports:
            assert f'"{name}"' in compiled.code or f"'{name}'" in compiled.code
        assert "default" in compiled.code
        assert "interface" not in compiled.code
        assert "<Card>" not in compiled.code

    async def test_the_same_source_gives_the_same_module(self) -> None:
        async with self.running() as compiler:
            assert await compiler.compile(COMPONENT) == await compiler.compile(COMPONENT)

    async def test_a_syntax_error_is_reported_where_it_stands(self) -> None:
        async with self.running() as compiler:
            with pytest.raises(CompileFailed) as caught:
                await compiler.compile('export default function A() {\n  const é = "é" @;\n}\n')
        first = caught.value.diagnostics[0]
        assert (first.line, first.column) == (2, 17)

    @pytest.mark.parametrize(
        "specifier",
        [
            "./secret",
            "../secret",
            "/etc/passwd",
            "file:///etc/passwd",
            "https://example.com/x.js",
            "//example.com/x.js",
            "data:text/javascript,export default 1",
            "node:fs",
            "fs",
            "lodash",
            "react/../lodash",
            "reactive",
            "@ggui-ai/other",
        ],
    )
    @pytest.mark.parametrize(
        "source",
        [
            'import x from "SPECIFIER";\nexport default () => x;',
            'import "SPECIFIER";\nexport default () => 1;',
            'export * from "SPECIFIER";\nexport default () => 1;',
            'export default () => import("SPECIFIER");',
            'export default () => require("SPECIFIER");',
        ],
        ids=["import", "side-effect", "re-export", "dynamic", "require"],
    )
    async def test_an_import_that_is_not_allowed_is_refused(self, source: str, specifier: str) -> None:
        async with self.running() as compiler:
            with pytest.raises(CompileFailed) as caught:
                await compiler.compile(source.replace("SPECIFIER", specifier))
        first = caught.value.diagnostics[0]
        assert first.code == "IMPORT_NOT_ALLOWED"
        assert first.line == 1
        assert first.column > 1

    @pytest.mark.parametrize("call", ["import(name)", "import(`react/${name}`)", "require(name)"])
    async def test_an_import_of_what_only_running_tells_is_refused(self, call: str) -> None:
        async with self.running() as compiler:
            with pytest.raises(CompileFailed) as caught:
                await compiler.compile(f"export default (name) => {call};")
        assert [found.code for found in caught.value.diagnostics] == ["IMPORT_NOT_ALLOWED"]

    async def test_a_package_of_the_contract_is_allowed_where_it_is_named(self) -> None:
        source = 'import { useMap } from "@acme/maps";\nexport default () => useMap();'
        async with self.running() as compiler:
            compiled = await compiler.compile(source, packages=["@acme/maps"])
            with pytest.raises(CompileFailed):
                await compiler.compile(source, packages=["@acme/map"])
        assert compiled.imports == ("@acme/maps",)

    @pytest.mark.parametrize("source", ["", "// nothing\n", "interface Props {}", "const unused = 1;"])
    async def test_nothing_is_no_module(self, source: str) -> None:
        async with self.running() as compiler:
            with pytest.raises(CompileFailed):
                await compiler.compile(source)

    async def test_concurrent_compiles_are_not_mixed_up(self) -> None:
        async with self.running() as compiler:
            compiled = await asyncio.gather(
                *(compiler.compile(f'export default () => "answer {n};";') for n in range(50))
            )
        assert [f"answer {n};" in found.code for n, found in enumerate(compiled)] == [True] * 50
