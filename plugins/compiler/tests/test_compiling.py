"""What comes out for a source, and what is said of one that has faults."""

from __future__ import annotations

from tempfile import gettempdir

import pytest

from ggui_compiler.compiler import EsbuildCompiler
from ggui_core.seams import CompileFailed, Diagnostic


async def refused(compiler: EsbuildCompiler, source: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(CompileFailed) as caught:
        await compiler.compile(source)
    return caught.value.diagnostics


async def test_the_module_is_small_and_keeps_names(compiler: EsbuildCompiler) -> None:
    compiled = await compiler.compile(
        "/** A note.\n * @license mine */\n"
        "function Title(): string { return 'é'; }\n"
        "export default function Note() {\n  // nothing else\n  return <h1>{Title()}</h1>;\n}\n"
    )
    assert '"Note"' in compiled.code
    assert '"Title"' in compiled.code
    assert '"é"' in compiled.code
    assert "license" not in compiled.code
    assert "nothing else" not in compiled.code
    assert "sourceMappingURL" not in compiled.code
    assert compiled.code.count("\n") == 1


async def test_newer_syntax_is_brought_down(compiler: EsbuildCompiler) -> None:
    compiled = await compiler.compile("export default class { #n = 1; read(a) { a ??= this.#n; return a; } }")
    assert "??=" not in compiled.code
    assert "#n" not in compiled.code


async def test_types_and_unused_imports_leave_nothing(compiler: EsbuildCompiler) -> None:
    compiled = await compiler.compile(
        'import type { Secret } from "./types";\n'
        'import React, { useMemo, type ReactNode } from "react";\n'
        'import { Card, CardProps } from "@ggui-ai/design";\n'
        "enum Size { Small, Large }\n"
        "export default (props: CardProps & { children: ReactNode }) => <Card>{Size.Large}</Card>;\n"
    )
    assert compiled.imports == ("@ggui-ai/design", "react/jsx-runtime")
    assert "CardProps" not in compiled.code


async def test_every_fault_is_reported_up_to_twenty(compiler: EsbuildCompiler) -> None:
    source = "\n".join(f'import x{n} from "./{n}";' for n in range(30)) + "\nexport default 1;\n"
    found = await refused(compiler, source)
    assert len(found) == 20
    assert [fault.line for fault in found[:5]] == [1, 2, 3, 4, 5]
    assert {fault.column for fault in found[:9]} == {16}


async def test_an_unused_import_is_held_against_the_list_too(compiler: EsbuildCompiler) -> None:
    (found,) = await refused(compiler, 'const é = "é"; import unused from "fs";\nexport default 1;\n')
    assert found == Diagnostic(found.message, 1, 35, "IMPORT_NOT_ALLOWED")
    assert "'fs'" in found.message


async def test_a_pragma_does_not_get_around_the_list(compiler: EsbuildCompiler) -> None:
    (found,) = await refused(compiler, "/** @jsxImportSource evil */\nexport default () => <p />;")
    assert found.code == "IMPORT_NOT_ALLOWED"
    assert "evil/jsx-runtime" in found.message


@pytest.mark.parametrize(
    "source",
    [
        "const load = require;\nexport default load('fs');",
        "import fs = require('fs');\nexport default fs;",
        "export default () => require('react');",
        "export default () => { try { require('fs'); } catch {} };",
    ],
)
async def test_require_is_refused_whatever_it_asks_for(compiler: EsbuildCompiler, source: str) -> None:
    found = await refused(compiler, source)
    assert found[0].code == "IMPORT_NOT_ALLOWED"
    assert found[0].line in (1, 2)


async def test_a_message_is_short_and_names_no_file(compiler: EsbuildCompiler) -> None:
    (found,) = await refused(compiler, f'import x from "{"a" * 5_000}";\nexport default x;')
    assert len(found.message) <= 300
    found = (await refused(compiler, "export default <p>{</p>;"))[0]
    assert "component" not in found.message
    assert gettempdir() not in found.message


async def test_what_exports_nothing_is_refused(compiler: EsbuildCompiler) -> None:
    assert [found.code for found in await refused(compiler, "console.log(1)")] == ["NO_EXPORT"]
    assert [found.code for found in await refused(compiler, "const a = 1")] == ["EMPTY_OUTPUT"]
