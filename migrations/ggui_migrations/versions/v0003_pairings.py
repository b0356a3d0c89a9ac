"""Pairings and connector keys, which numbers were given out, and which files were taken over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ggui_pairing",
        sa.Column(
            "ordinal",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("pairing_id", sa.Text(), nullable=False),
        sa.Column("device_name", sa.Text(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_remote_address", sa.Text(), nullable=True),
        sa.Column("app_id", sa.Text(), nullable=True),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("ordinal"),
        sa.UniqueConstraint("pairing_id"),
        sa.UniqueConstraint("token_sha256"),
    )
    op.create_index("ix_ggui_pairing_expires_at_ms", "ggui_pairing", ["expires_at_ms"])
    op.create_table(
        "ggui_counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "ggui_pairing_source",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("taken_over_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )


def downgrade() -> None:
    op.drop_table("ggui_pairing_source")
    op.drop_table("ggui_counter")
    op.drop_index("ix_ggui_pairing_expires_at_ms", table_name="ggui_pairing")
    op.drop_table("ggui_pairing")
