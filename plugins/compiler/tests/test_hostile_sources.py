"""Sources that want to read, to crash, or to be too much."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest

from ggui_compiler.compiler import EsbuildCompiler
from ggui_core.seams import CompileFailed

from .esbuild import COMPONENT, NESTED, running


async def codes(compiler: EsbuildCompiler, source: str) -> list[str]:
    with pytest.raises(CompileFailed) as caught:
        await compiler.compile(source)
    return [found.code for found in caught.value.diagnostics]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("by", ["relative", "absolute", "url", "require", "dynamic", "package", "css"])
async def test_no_file_is_opened(by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is a pipe that nobody writes to: whoever opened it would wait for ever."""
    pipe = tmp_path / "secret.ts"
    module = tmp_path / "node_modules" / "secret" / "index.js"
    module.parent.mkdir(parents=True)
    for path in (
        pipe,
        module,
        tmp_path / "secret.css",
        tmp_path / "tsconfig.json",
        tmp_path / "package.json",
    ):
        os.mkfifo(path)
    monkeypatch.chdir(tmp_path)
    source = {
        "relative": 'import x from "./secret"; export default x;',
        "absolute": f'import x from "{pipe}"; export default x;',
        "url": f'import x from "file://{pipe}"; export default x;',
        "require": f'export default require("{pipe}");',
        "dynamic": f'export default () => import("{pipe}");',
        "package": 'import x from "secret"; export default x;',
        "css": 'import x from "./secret.css"; export default x;',
    }[by]
    async with running() as compiler:
        assert await codes(compiler, source) == ["IMPORT_NOT_ALLOWED"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("call", ["import", "require"])
@pytest.mark.parametrize("ending", [".json", ".js", ""])
@pytest.mark.parametrize("computed", ["'{}/' + name + '{}'", "`{}/${{name}}{}`"], ids=["sum", "template"])
async def test_no_file_at_a_computed_path_is_opened(
    call: str, ending: str, computed: str, tmp_path: Path
) -> None:
    """esbuild looks for files that would fit such a path, and would put all of them into the module."""
    os.mkfifo(tmp_path / f"secret{ending}")
    path = computed.format("../" * 12 + str(tmp_path).lstrip("/"), ending)
    async with running() as compiler:
        found = await codes(compiler, f"export default (name) => {call}({path});")
        assert set(found) == {"IMPORT_NOT_ALLOWED"}
        assert (await compiler.compile(COMPONENT)).code


async def test_a_source_that_is_too_large_never_reaches_the_process(compiler: EsbuildCompiler) -> None:
    assert await codes(compiler, "//" + "x" * 1024 * 1024) == ["SOURCE_TOO_LARGE"]
    assert await codes(compiler, "é" * 300_000) == ["SOURCE_TOO_LARGE"]
    assert compiler.pid is None


async def test_a_module_that_is_too_large_is_refused() -> None:
    async with running(outputBytes=1000) as compiler:
        assert await codes(compiler, f'export default "{"x" * 2000}";') == ["OUTPUT_TOO_LARGE"]


async def test_nesting_without_end_fails_alone() -> None:
    async with running(memoryBytes=128 * 1024 * 1024) as compiler:
        blamed = asyncio.create_task(codes(compiler, NESTED))
        compiled = await asyncio.gather(
            *(compiler.compile(f'export default "answer {n};"') for n in range(20))
        )
        assert await blamed == ["TOO_COMPLEX"]
        assert [f"answer {n};" in found.code for n, found in enumerate(compiled)] == [True] * 20


@pytest.mark.parametrize(
    "source",
    [
        'export default "a\0b";',
        "export default 1;\0",
        "\0\0\0\0",
        "export default `\u2028\u2029\ufeff`;",
        '//# sourceMappingURL=/etc/passwd\n/// <reference path="/etc/passwd" />\nexport default 1;',
    ],
)
async def test_strange_text_gets_an_answer(compiler: EsbuildCompiler, source: str) -> None:
    found: list[str] = []
    with suppress(CompileFailed):
        found.append((await compiler.compile(source)).code)
    assert "passwd" not in "".join(found)
    assert (await compiler.compile(COMPONENT)).code


async def test_text_without_utf_8_is_refused(compiler: EsbuildCompiler) -> None:
    assert await codes(compiler, 'export default "\ud800";') == ["INVALID_TEXT"]


async def test_a_flood_of_imports_gets_an_answer(compiler: EsbuildCompiler) -> None:
    source = "".join(f'import "x{n}";' for n in range(1_000))
    assert await codes(compiler, source) == ["IMPORT_NOT_ALLOWED"] * 20
