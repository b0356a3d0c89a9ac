"""What every suite of this repository starts with."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Examples are not timed: a machine that is busy with something else is no defect.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
