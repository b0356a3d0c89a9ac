"""The catalog's word against the plugins of this repository: what it says they own, they offer.

An entry of a plugin that is here but lacks the feature would tell its user to install what is installed.
"""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from ggui_core import catalog
from ggui_core.loading import survey_plugins
from ggui_core.plugins import Plugins
from ggui_core.project import declarations

ROOT = Path(__file__).parents[2]
OURS = sorted(
    path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml") if path.parent.name != "ggui"
)


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    return survey_plugins(enable=OURS).plugins()


@pytest.mark.parametrize("name", OURS)
def test_flags_keys_and_verbs_of_a_plugin_that_is_here_are_there(plugins: Plugins, name: str) -> None:
    declared = declarations(plugins)
    cli = click.Group("ggui")
    plugins.collect("ggui_commands", cli=cli)
    offered = {
        *(flag.option.flag for flag in declared.flags if flag.owner == name),
        *(section.path for owner, section in declared.sections if owner == name),
        *cli.commands,
    }
    tables = (catalog.SERVE_FLAGS, catalog.CONFIG_KEYS, catalog.COMMANDS)
    claimed = {word for table in tables for word, package in table.items() if package == f"ggui-{name}"}
    assert claimed <= offered


def test_every_plugin_that_is_here_is_known_by_name() -> None:
    assert set(OURS) <= catalog.PLUGINS


def test_every_package_that_messages_name_is_a_plugin_of_ours() -> None:
    tables = (catalog.SERVE_FLAGS, catalog.CONFIG_KEYS, catalog.COMMANDS)
    named = {package for table in tables for package in table.values()}
    assert named <= {f"ggui-{name}" for name in catalog.PLUGINS}
