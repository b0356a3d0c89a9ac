"""``ggui doctor``: is this installation able to put a card in front of a person, and if not, what to do.

Each check is a function that returns findings and never raises; :func:`examine` runs them all, the slow one last.
"""

from __future__ import annotations

from collections.abc import Iterator

from ggui_demo.doctor.finding import Finding
from ggui_demo.doctor.installation import assets, configuration, plugins, storage
from ggui_demo.doctor.machine import port, python
from ggui_demo.doctor.place import Place
from ggui_demo.doctor.rehearsal import rehearsal

__all__ = ["Finding", "Place", "examine"]


def examine(place: Place) -> Iterator[Finding]:
    """Run every check; a finding comes as soon as there is one."""
    yield python()
    yield port(place)
    yield configuration(place)
    yield from plugins(place)
    yield from assets(place)
    yield from storage(place)
    yield from rehearsal(place)
