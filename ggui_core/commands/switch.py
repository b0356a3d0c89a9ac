"""Switching a plugin on or off by editing ``ggui.json``."""

from __future__ import annotations

import json
from typing import Any

from ggui_core import catalog
from ggui_core.config import DEFAULT_APP, DEFAULT_PROTOCOL, PluginsSection, plugins_section
from ggui_core.errors import BootError
from ggui_core.loading import Loading, survey_plugins
from ggui_core.manifest import MANIFEST, read_manifest
from ggui_core.manifest_edit import set_member, write_atomically
from ggui_core.project import Project


def switch(name: str, *, on: bool, project: Project) -> str:
    """Enable or disable ``name`` and say what was done.

    Nothing is written when the server would then refuse to start for a reason it does not have already.

    Raises:
        BootError: the plugin is not installed, another needs it, or the file cannot be read or written.
    """
    path = project.manifest or project.root / MANIFEST
    raw = read_manifest(path) if project.manifest is not None else {}
    choice = plugins_section(raw, project.source)
    before = survey_plugins(enable=choice.enable, disable=choice.disable)
    if name not in before.info and (on or name not in (*(choice.enable or ()), *choice.disable)):
        raise not_installed(name, before)
    after = _enabled(choice, name) if on else _disabled(choice, name, before)
    word = "enabled" if on else "disabled"
    if after == choice:
        return f'plugin "{name}" is already {word}'
    known = before.complaints()
    then = survey_plugins(enable=after.enable, disable=after.disable).complaints()
    new_problems = [problem for problem in then if problem not in known]
    if new_problems:
        raise BootError(*new_problems)
    text = _text(project)
    if after.enable is not None and after.enable != choice.enable:
        text = set_member(text, ("plugins", "enable"), list(after.enable))
    if after.disable != choice.disable:
        text = set_member(text, ("plugins", "disable"), list(after.disable))
    try:
        write_atomically(path, text)
    except OSError as error:
        raise BootError(f"cannot write {path}: {error.strerror}; check its permissions") from error
    made = "" if project.manifest is not None else ", which was created"
    return f'plugin "{name}" is {word} in {path}{made}; restart ggui serve'


def _enabled(choice: PluginsSection, name: str) -> PluginsSection:
    disable = tuple(other for other in choice.disable if other != name)
    enable = choice.enable
    if enable is not None and name not in enable:
        enable = (*enable, name)
    return choice.model_copy(update={"enable": enable, "disable": disable})


def _disabled(choice: PluginsSection, name: str, before: Loading) -> PluginsSection:
    """Off means absent from an allow-list, and on the deny-list where there is no allow-list."""
    if choice.enable is None:
        if name in choice.disable:
            return choice
        return choice.model_copy(update={"disable": (*choice.disable, name)})
    enable = tuple(other for other in choice.enable if other != name)
    without = survey_plugins(enable=enable, disable=choice.disable)
    required = name in without.info and without.info[name].state == "enabled"
    disable = (*choice.disable, name) if required and name not in choice.disable else choice.disable
    return choice.model_copy(update={"enable": enable, "disable": disable})


def not_installed(name: str, loading: Loading) -> BootError:
    """The refusal of a verb that was given a plugin which is not there."""
    remedy = catalog.remedy_for_missing(name, loading.info, "ggui plugins list shows what is installed")
    return BootError(f'no plugin "{name}" is installed; {remedy}')


def _text(project: Project) -> str:
    """The file as it is, or the smallest valid one."""
    if project.manifest is not None:
        with project.manifest.open(encoding="utf-8", newline="") as file:
            return file.read()
    # The slug is the tenant: a file that only switches a plugin must not move anybody to another one.
    app = {"slug": DEFAULT_APP, "name": project.root.name[:120] or "My app"}
    content: dict[str, Any] = {"schema": "1", "protocol": DEFAULT_PROTOCOL, "app": app}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
