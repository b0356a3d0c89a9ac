"""What the kernel sees of this plugin."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from ggui_core import hookimpl

if TYPE_CHECKING:
    import click

    from ggui_core.announce import BannerRow
    from ggui_core.http.routes import Route
    from ggui_core.setup import Runtime, Setup

PLUGIN_API = 1


@hookimpl
def ggui_commands(cli: click.Group) -> None:
    """``ggui demo``, ``ggui doctor`` and ``ggui dev``."""
    from ggui_demo.commands import demo, dev, doctor

    cli.add_command(demo)
    cli.add_command(dev)
    cli.add_command(doctor)


@hookimpl
def ggui_routes(setup: Setup) -> Sequence[Route]:
    """The pages and what they load."""
    from ggui_demo.site import Site

    return Site.of(setup).routes()


@hookimpl
def ggui_announce(setup: Setup) -> Sequence[BannerRow]:
    """Where a person starts, and where the operator signs in."""
    from ggui_core.announce import BannerRow

    return [
        BannerRow("open", f"{setup.base_url}/", rank=5),
        BannerRow("try it", f"{setup.base_url}/try", rank=6),
        BannerRow("sign in", f"{setup.base_url}/admin-login", rank=42),
    ]


@hookimpl
def ggui_lifespan(runtime: Runtime) -> AbstractAsyncContextManager[object]:
    """Opens the landing page in a browser on the operator's own machine."""
    from ggui_demo.browser import opened_when_ready

    return opened_when_ready(runtime.setup)
