"""``ggui plugins new``: a complete, installable plugin from the templates beside this file."""

from __future__ import annotations

import keyword
import re
from importlib.resources import files
from pathlib import Path

from ggui_core import __version__, catalog
from ggui_core.errors import BootError

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_LONGEST = 40

TEMPLATES = {
    "pyproject.toml.tmpl": "pyproject.toml",
    "README.md.tmpl": "README.md",
    "init.py.tmpl": "ggui_@module@/__init__.py",
    "plugin.py.tmpl": "ggui_@module@/plugin.py",
    "py.typed.tmpl": "ggui_@module@/py.typed",
    "test_plugin.py.tmpl": "tests/test_plugin.py",
}
"""Template to the path it is written to."""


def scaffold(name: str, target: Path) -> None:
    """Write a plugin distribution to ``target``.

    Args:
        name: Lower-case letters, digits and inner hyphens; the word users will write in ``ggui.json``.

    Raises:
        BootError: the name is not valid or taken by ggui itself, or ``target`` holds something already.
    """
    _check_name(name)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BootError(f"{target} exists and is not empty; choose another place with --dir")
    module = name.replace("-", "_")
    major, minor = __version__.split(".")[:2]
    words = {
        "@name@": name,
        "@module@": module,
        "@class@": "".join(part.capitalize() for part in name.split("-")),
        "@core@": f"{major}.{minor}",
        "@next@": f"{major}.{int(minor) + 1}",
    }
    for template, path in TEMPLATES.items():
        text = (files(__name__) / template).read_text(encoding="utf-8")
        for word, value in words.items():
            text, path = text.replace(word, value), path.replace(word, value)
        file = target / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise BootError(f"cannot write {file}: {error.strerror}; choose another --dir") from error


def _check_name(name: str) -> None:
    if not _NAME.match(name) or len(name) > _LONGEST or keyword.iskeyword(name):
        raise BootError(
            f'"{name}" is no plugin name; use up to {_LONGEST} lower-case letters, digits and inner hyphens, '
            "starting with a letter, such as my-plugin"
        )
    if name in catalog.PLUGINS or name in ("core", "migrations"):
        raise BootError(f'"{name}" is the name of a plugin of ggui itself; choose another')
