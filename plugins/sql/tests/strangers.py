"""A plugin of somebody else with tables of its own, written to a folder as pip would install it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from types import ModuleType

from ggui_core.migrations import Migrations

PLUGIN = """
from ggui_core import hookimpl
from ggui_core.http.routes import Access, Route
from ggui_core.migrations import Migrations

PLUGIN_API = 1


@hookimpl
def ggui_migrations():
    return Migrations("{package}.versions", "{label}", "{prefix}", "{head}")
"""

REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = {before!r}
branch_labels = {labels!r}


def upgrade() -> None:
{upgrade}


def downgrade() -> None:
{downgrade}
"""

PAGE = 'op.create_table("visits_page", sa.Column("page", sa.Text(), primary_key=True))'
NO_PAGE = 'op.drop_table("visits_page")'
SEEN = """
with op.batch_alter_table("visits_page") as table:
    table.add_column(sa.Column("seen", sa.BigInteger(), nullable=False, server_default="1"))
"""
NOT_SEEN = """
with op.batch_alter_table("visits_page") as table:
    table.drop_column("seen")
"""


@dataclass(frozen=True)
class Stranger:
    """An installed plugin; ``tables`` is what its ``ggui_migrations`` says."""

    folder: Path
    tables: Migrations

    @property
    def package(self) -> str:
        return self.tables.package.removesuffix(".versions")

    def write(self, *steps: tuple[str, str], label: str | None = None) -> Stranger:
        """Give it these revisions and no others, each a pair of what it does and undoes; its head is the last one."""
        versions = self.folder / self.package / "versions"
        for old in versions.glob("v*.py"):
            old.unlink()
        for number, (upgrade, downgrade) in enumerate(steps, 1):
            text = REVISION.format(
                number=f"{number:04}",
                before=None if number == 1 else f"{number - 1:04}",
                labels=(label or self.tables.label,) if number == 1 else None,
                upgrade=indent(dedent(upgrade).strip(), "    "),
                downgrade=indent(dedent(downgrade).strip() or "pass", "    "),
            )
            (versions / f"v{number:04}.py").write_text(text)
        return self.at(f"{len(steps):04}")

    def at(self, head: str) -> Stranger:
        """The same, with another idea of which revision is the newest."""
        tables = Migrations(self.tables.package, self.tables.label, self.tables.prefix, head)
        text = PLUGIN.format(package=self.package, label=tables.label, prefix=tables.prefix, head=head)
        (self.folder / self.package / "plugin.py").write_text(text)
        return Stranger(self.folder, tables)

    def module(self) -> ModuleType:
        """Its plugin module, as it is now."""
        for name in [name for name in sys.modules if name.partition(".")[0] == self.package]:
            del sys.modules[name]
        importlib.invalidate_caches()
        return importlib.import_module(f"{self.package}.plugin")


@contextmanager
def installed(folder: Path, *, name: str = "visits", label: str = "", prefix: str = "") -> Iterator[Stranger]:
    """A plugin without revisions yet, found by its entry point while the block runs."""
    site = folder / f"site-{name}"
    package = f"ggui_{name}"
    (site / package / "versions").mkdir(parents=True)
    (site / package / "__init__.py").touch()
    (site / package / "versions" / "__init__.py").touch()
    facts: Mapping[str, str] = {
        "METADATA": f"Metadata-Version: 2.1\nName: ggui-{name}\nVersion: 1.0\n",
        "entry_points.txt": f"[ggui.plugins]\n{name} = {package}.plugin\n",
    }
    for file, text in facts.items():
        path = site / f"{package}-1.0.dist-info" / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    sys.path.insert(0, str(site))
    importlib.invalidate_caches()
    tables = Migrations(f"{package}.versions", label or name, prefix or f"{name}_", "0001")
    try:
        yield Stranger(site, tables)
    finally:
        sys.path.remove(str(site))
        for each in [each for each in sys.modules if each.partition(".")[0] == package]:
            del sys.modules[each]
        importlib.invalidate_caches()
