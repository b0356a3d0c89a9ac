"""Deliveries on channels that replay nothing are kept while somebody polls their session."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COLUMNS = ("polled_until_ms", "polled_count", "polled_bytes")


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("ggui_session", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    op.execute("DELETE FROM ggui_emission WHERE ring = 3")  # which earlier versions would replay
    for name in reversed(_COLUMNS):
        op.drop_column("ggui_session", name)
