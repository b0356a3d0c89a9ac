"""What the server keeps: sessions with all they own, components, blueprints, apps, themes, values, the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = ("ggui",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ggui_app",
        sa.Column(
            "ordinal",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("system_prompt", sa.Text(), nullable=True),
        sa.Column("rate_limit_per_minute", sa.BigInteger(), nullable=True),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("ordinal"),
        sa.UniqueConstraint("app_id"),
    )
    op.create_index("ix_ggui_app_owner", "ggui_app", ["owner", "ordinal"])
    op.create_table(
        "ggui_audit",
        sa.Column(
            "ordinal",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ordinal"),
    )
    op.create_index("ix_ggui_audit_at_ms", "ggui_audit", ["at_ms"])
    op.create_table(
        "ggui_blueprint",
        sa.Column("id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("contract_hash", sa.Text(), nullable=False),
        sa.Column("variance", sa.Text(), nullable=False),
        sa.Column("variant_key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("authored", sa.Text(), nullable=True),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("validator_score", sa.Double(), nullable=True),
        sa.Column("is_operator_default", sa.BigInteger(), nullable=False),
        sa.Column("is_installed", sa.BigInteger(), nullable=False),
        sa.Column("is_featured", sa.BigInteger(), nullable=False),
        sa.Column("is_yanked", sa.BigInteger(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.Column("last_hit_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_ggui_blueprint_app", "ggui_blueprint", ["app_id", "created_at_ms"])
    op.create_index("ix_ggui_blueprint_group", "ggui_blueprint", ["app_id", "contract_hash", "variant_key"])
    op.create_table(
        "ggui_code",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("module", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_table(
        "ggui_document",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_ggui_document_used_at_ms", "ggui_document", ["used_at_ms"])
    op.create_table(
        "ggui_handshake",
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("handshake_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("props_schema", sa.Text(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("app_id", "handshake_id"),
    )
    op.create_index("ix_ggui_handshake_contract", "ggui_handshake", ["contract"])
    op.create_index("ix_ggui_handshake_expires_at_ms", "ggui_handshake", ["expires_at_ms"])
    op.create_index("ix_ggui_handshake_props_schema", "ggui_handshake", ["props_schema"])
    op.create_table(
        "ggui_identity",
        sa.Column(
            "ordinal",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ordinal"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("ix_ggui_identity_app", "ggui_identity", ["app_id", "ordinal"])
    op.create_table(
        "ggui_key_value",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_ggui_key_value_expires_at_ms", "ggui_key_value", ["expires_at_ms"])
    op.create_table(
        "ggui_lock", sa.Column("name", sa.Text(), nullable=False), sa.PrimaryKeyConstraint("name")
    )
    op.create_table(
        "ggui_session",
        sa.Column("id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("contract_hash", sa.Text(), nullable=False),
        sa.Column("variant_key", sa.Text(), nullable=False),
        sa.Column("variance", sa.Text(), nullable=False),
        sa.Column("props", sa.Text(), nullable=False),
        sa.Column("props_schema", sa.Text(), nullable=False),
        sa.Column("props_schema_hash", sa.Text(), nullable=False),
        sa.Column("props_schema_profile", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_activity_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("generator", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("failure_message", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("blueprint_id", sa.Text(), nullable=False),
        sa.Column("host_name", sa.Text(), nullable=True),
        sa.Column("host_session_id", sa.Text(), nullable=True),
        sa.Column("host_context", sa.Text(), nullable=True),
        sa.Column("context_snapshot", sa.Text(), nullable=True),
        sa.Column("theme_id", sa.Text(), nullable=True),
        sa.Column("delivery", sa.Text(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("event_sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ledger_horizon", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ledger_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("pipe_places", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("pipe_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("pipe_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stream_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stream_evicted", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ring_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ring_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("own_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("own_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("short_code"),
    )
    op.create_index("ix_ggui_session_app", "ggui_session", ["app_id", "created_at_ms", "id"])
    op.create_index("ix_ggui_session_contract", "ggui_session", ["contract"])
    op.create_index("ix_ggui_session_expires_at_ms", "ggui_session", ["expires_at_ms"])
    op.create_index(
        "ix_ggui_session_host",
        "ggui_session",
        ["app_id", "host_name", "host_session_id", "created_at_ms", "id"],
    )
    op.create_index("ix_ggui_session_props_schema", "ggui_session", ["props_schema"])
    op.create_index("ix_ggui_session_source", "ggui_session", ["source"])
    op.create_table(
        "ggui_theme",
        sa.Column(
            "ordinal",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("theme_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ordinal"),
        sa.UniqueConstraint("app_id", "theme_id", name="uq_ggui_theme_id"),
    )
    op.create_table(
        "ggui_emission",
        sa.Column("session_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("complete", sa.BigInteger(), nullable=False),
        sa.Column("ring", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["ggui_session.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session_id", "seq"),
    )
    op.create_index("ix_ggui_emission_channel", "ggui_emission", ["session_id", "ring", "channel"])
    op.create_table(
        "ggui_event",
        sa.Column("session_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["ggui_session.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session_id", "seq"),
    )
    op.create_table(
        "ggui_gesture",
        sa.Column("session_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("action_key", sa.Text(), nullable=False),
        sa.Column("state", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lease_id", sa.Text(), nullable=True),
        sa.Column("leased_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("returned", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["ggui_session.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session_id", "place"),
        sa.UniqueConstraint("session_id", "action_key", name="uq_ggui_gesture_action"),
    )
    op.create_index("ix_ggui_gesture_lease", "ggui_gesture", ["lease_id"])
    op.create_index("ix_ggui_gesture_state", "ggui_gesture", ["session_id", "state", "place"])


def downgrade() -> None:
    op.drop_index("ix_ggui_gesture_state", table_name="ggui_gesture")
    op.drop_index("ix_ggui_gesture_lease", table_name="ggui_gesture")
    op.drop_table("ggui_gesture")
    op.drop_table("ggui_event")
    op.drop_index("ix_ggui_emission_channel", table_name="ggui_emission")
    op.drop_table("ggui_emission")
    op.drop_table("ggui_theme")
    op.drop_index("ix_ggui_session_source", table_name="ggui_session")
    op.drop_index("ix_ggui_session_props_schema", table_name="ggui_session")
    op.drop_index("ix_ggui_session_host", table_name="ggui_session")
    op.drop_index("ix_ggui_session_expires_at_ms", table_name="ggui_session")
    op.drop_index("ix_ggui_session_contract", table_name="ggui_session")
    op.drop_index("ix_ggui_session_app", table_name="ggui_session")
    op.drop_table("ggui_session")
    op.drop_table("ggui_lock")
    op.drop_index("ix_ggui_key_value_expires_at_ms", table_name="ggui_key_value")
    op.drop_table("ggui_key_value")
    op.drop_index("ix_ggui_identity_app", table_name="ggui_identity")
    op.drop_table("ggui_identity")
    op.drop_index("ix_ggui_handshake_props_schema", table_name="ggui_handshake")
    op.drop_index("ix_ggui_handshake_expires_at_ms", table_name="ggui_handshake")
    op.drop_index("ix_ggui_handshake_contract", table_name="ggui_handshake")
    op.drop_table("ggui_handshake")
    op.drop_index("ix_ggui_document_used_at_ms", table_name="ggui_document")
    op.drop_table("ggui_document")
    op.drop_table("ggui_code")
    op.drop_index("ix_ggui_blueprint_group", table_name="ggui_blueprint")
    op.drop_index("ix_ggui_blueprint_app", table_name="ggui_blueprint")
    op.drop_table("ggui_blueprint")
    op.drop_index("ix_ggui_audit_at_ms", table_name="ggui_audit")
    op.drop_table("ggui_audit")
    op.drop_index("ix_ggui_app_owner", table_name="ggui_app")
    op.drop_table("ggui_app")
