"""First tables.

Everything the first release keeps. There is no release before it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("was_state", sa.SmallInteger(), nullable=True),
        sa.Column("was_severity", sa.SmallInteger(), nullable=True),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("newest_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_by", sa.String(length=81), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("component", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("service", sa.String(length=255), nullable=False),
        sa.Column("instance", sa.String(length=255), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alert")),
        postgresql_with={"fillfactor": 70},
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index(
            "ix_alert_open",
            ["severity", "started_at", "key"],
            unique=False,
            sqlite_where=sa.text("state < 2"),
            postgresql_where=sa.text("state < 2"),
        )
        batch_op.create_index(
            "ix_alert_open_component",
            ["component"],
            unique=False,
            sqlite_where=sa.text("state < 2"),
            postgresql_where=sa.text("state < 2"),
        )
        batch_op.create_index(
            "ix_alert_open_market",
            ["market", "severity", "started_at", "key"],
            unique=False,
            sqlite_where=sa.text("state < 2"),
            postgresql_where=sa.text("state < 2"),
        )
        batch_op.create_index(
            "ix_alert_resolved",
            ["severity", "started_at", "key"],
            unique=False,
            sqlite_where=sa.text("state = 2"),
            postgresql_where=sa.text("state = 2"),
        )

    op.create_table(
        "alert_acknowledgement",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("markets", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "started_at", name=op.f("pk_alert_acknowledgement")),
    )
    op.create_table(
        "alert_archive",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "body",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_archive")),
    )
    with op.batch_alter_table("alert_archive", schema=None) as batch_op:
        batch_op.create_index("ix_alert_archive_key", ["key", "resolved_at"], unique=False)
        batch_op.create_index("ix_alert_archive_resolved_at", ["resolved_at"], unique=False)

    op.create_table(
        "alert_detail",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "labels",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "annotations",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("severity_word", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alert_detail")),
    )
    op.create_table(
        "alert_hour",
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("hour_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("alerts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("market", "hour_at", name=op.f("pk_alert_hour")),
    )
    op.create_table(
        "alert_source",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "source", "way", name=op.f("pk_alert_source")),
    )
    op.create_table(
        "alert_transition",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("was_state", sa.SmallInteger(), nullable=True),
        sa.Column("was_severity", sa.SmallInteger(), nullable=True),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("component", sa.String(length=128), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_transition")),
        sa.UniqueConstraint("key", "number", name=op.f("uq_alert_transition_key")),
    )
    with op.batch_alter_table("alert_transition", schema=None) as batch_op:
        batch_op.create_index("ix_alert_transition_at", ["at"], unique=False)
        batch_op.create_index(
            "ix_alert_transition_waiting",
            ["id"],
            unique=False,
            sqlite_where=sa.text("taken_at IS NULL"),
            postgresql_where=sa.text("taken_at IS NULL"),
        )

    op.create_table(
        "api_token",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column(
            "scope",
            sa.Enum("ingest", "read", "write", name="tokenscope", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("markets", sa.String(length=255), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=128), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_token_hash")),
        sa.UniqueConstraint("name", name=op.f("uq_api_token_name")),
    )
    op.create_table(
        "change_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("component", sa.String(length=128), nullable=False),
        sa.Column("reference", sa.String(length=128), nullable=False),
        sa.Column("summary", sa.String(length=1024), nullable=False),
        sa.Column(
            "details",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "links",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_event")),
    )
    with op.batch_alter_table("change_event", schema=None) as batch_op:
        batch_op.create_index("ix_change_event_at", ["at"], unique=False)

    op.create_table(
        "check_state",
        sa.Column("check", sa.String(length=256), nullable=False),
        sa.Column("component", sa.String(length=128), nullable=False),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("path", sa.String(length=64), nullable=False),
        sa.Column(
            "health",
            sa.Enum(
                "ok", "degraded", "down", "unknown", name="health", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "",
                "unreachable",
                "auth refused",
                "configuration",
                "no data",
                "bad answer",
                "error answer",
                "stale",
                name="reason",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("good_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unanswered", sa.Integer(), nullable=False),
        sa.Column(
            "memory",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("check", name=op.f("pk_check_state")),
    )
    with op.batch_alter_table("check_state", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_check_state_component"), ["component"], unique=False)

    op.create_table(
        "component_state",
        sa.Column("component", sa.String(length=255), nullable=False),
        sa.Column("critical", sa.Integer(), nullable=False),
        sa.Column("error", sa.Integer(), nullable=False),
        sa.Column("warning", sa.Integer(), nullable=False),
        sa.Column("info", sa.Integer(), nullable=False),
        sa.Column("stale", sa.Integer(), nullable=False),
        sa.Column("ours", sa.Integer(), nullable=False),
        sa.Column("bad_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worst_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("turned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("component", name=op.f("pk_component_state")),
    )
    with op.batch_alter_table("component_state", schema=None) as batch_op:
        batch_op.create_index(
            "ix_component_state_bad",
            ["component"],
            unique=False,
            sqlite_where=sa.text("bad_since IS NOT NULL"),
            postgresql_where=sa.text("bad_since IS NOT NULL"),
        )

    op.create_table(
        "correlator_turn",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("episodes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correlator_turn")),
    )
    op.create_table(
        "estate_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=256), nullable=False),
        sa.Column(
            "body",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estate_item")),
    )
    with op.batch_alter_table("estate_item", schema=None) as batch_op:
        batch_op.create_index(
            "uq_estate_item_current",
            ["kind", "key"],
            unique=True,
            sqlite_where=sa.text("retired_at IS NULL"),
            postgresql_where=sa.text("retired_at IS NULL"),
        )

    op.create_table(
        "estate_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "difference",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estate_version")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column(
            "body",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("hash", name=op.f("uq_event_hash")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_kind"), ["kind"], unique=False)
        batch_op.create_index("ix_event_subject", ["subject", "id"], unique=False)

    op.create_table(
        "event_chain",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_chain")),
    )
    op.create_table(
        "flapping",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_change_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_flapping")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("component", sa.String(length=128), nullable=False),
        sa.Column("every_seconds", sa.Integer(), nullable=False),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
        sa.UniqueConstraint("hash", name=op.f("uq_heartbeat_hash")),
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("component", sa.String(length=255), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column(
            "title_told",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "reason_told",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "acknowledged",
                "mitigated",
                "resolved",
                "closed",
                "reopened",
                name="state",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("worst_severity", sa.SmallInteger(), nullable=False),
        sa.Column("impact", sa.SmallInteger(), nullable=False),
        sa.Column("urgency", sa.SmallInteger(), nullable=False),
        sa.Column(
            "priority",
            sa.Enum("P1", "P2", "P3", "P4", name="priority", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("priority_reason", sa.String(length=500), nullable=False),
        sa.Column("is_suspected", sa.Boolean(), nullable=False),
        sa.Column("is_forced", sa.Boolean(), nullable=False),
        sa.Column("held_because", sa.String(length=255), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("declared_by", sa.String(length=128), nullable=False),
        sa.Column("offered_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "previous_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "merged_into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mitigated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause_cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "resolved_at >= opened_at", name=op.f("ck_incident_resolved_after_opened")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["incident.id"], name=op.f("fk_incident_merged_into_id_incident")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["incident.id"], name=op.f("fk_incident_parent_id_incident")
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["incident.id"], name=op.f("fk_incident_previous_id_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(
            "ix_incident_component_resolved", ["component", "resolved_at"], unique=False
        )
        batch_op.create_index(
            "ix_incident_live",
            ["priority", "opened_at"],
            unique=False,
            sqlite_where=sa.text("state NOT IN ('resolved', 'closed')"),
            postgresql_where=sa.text("state NOT IN ('resolved', 'closed')"),
        )
        batch_op.create_index("ix_incident_opened_at", ["opened_at"], unique=False)
        batch_op.create_index("ix_incident_parent_id", ["parent_id"], unique=False)
        batch_op.create_index("ix_incident_resolved_at", ["resolved_at"], unique=False)
        batch_op.create_index(
            "uq_incident_live_component",
            ["component"],
            unique=True,
            sqlite_where=sa.text("state NOT IN ('resolved', 'closed')"),
            postgresql_where=sa.text("state NOT IN ('resolved', 'closed')"),
        )

    op.create_table(
        "ingest_fault",
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("faults", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("example", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("way", "source", "kind", name=op.f("pk_ingest_fault")),
    )
    op.create_table(
        "ingest_source",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alerts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "way", "market", name=op.f("pk_ingest_source")),
    )
    op.create_table(
        "job_run",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("every_seconds", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("misfires", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("process", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_run")),
    )
    op.create_table(
        "kiosk_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("markets", sa.String(length=255), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=128), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk_link")),
        sa.UniqueConstraint("hash", name=op.f("uq_kiosk_link_hash")),
        sa.UniqueConstraint("name", name=op.f("uq_kiosk_link_name")),
    )
    op.create_table(
        "maintenance_window",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column(
            "components",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "markets",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_window")),
    )
    with op.batch_alter_table("maintenance_window", schema=None) as batch_op:
        batch_op.create_index("ix_maintenance_window_ends_at", ["ends_at"], unique=False)

    op.create_table(
        "page",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("receiver", sa.String(length=64), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "firing",
                "worsened",
                "spread",
                "flapping",
                "reopened",
                "nested",
                "resolved",
                name="kind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("markets", sa.String(length=255), nullable=False),
        sa.Column("component", sa.String(length=255), nullable=False),
        sa.Column("priority", sa.String(length=2), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.String(length=255), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page")),
        sa.UniqueConstraint("key", name=op.f("uq_page_key")),
    )
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.create_index("ix_page_due", ["due_at"], unique=False)
        batch_op.create_index(
            "ix_page_incident", ["incident_id", "receiver", "number"], unique=False
        )

    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=128), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("totp_nonce", sa.String(length=64), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column(
            "preferences",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("name", name=op.f("uq_person_name")),
    )
    op.create_table(
        "poll",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("check", sa.String(length=256), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("late_ms", sa.Integer(), nullable=False),
        sa.Column(
            "health",
            sa.Enum(
                "ok", "degraded", "down", "unknown", name="health", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "",
                "unreachable",
                "auth refused",
                "configuration",
                "no data",
                "bad answer",
                "error answer",
                "stale",
                name="reason",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll")),
        sa.UniqueConstraint("check", "at", name=op.f("uq_poll_check")),
    )
    with op.batch_alter_table("poll", schema=None) as batch_op:
        batch_op.create_index("ix_poll_at", ["at"], unique=False)

    op.create_table(
        "poll_hour",
        sa.Column("check", sa.String(length=256), nullable=False),
        sa.Column("hour_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ok", sa.Integer(), nullable=False),
        sa.Column("degraded", sa.Integer(), nullable=False),
        sa.Column("down", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("duration_ms_sum", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms_max", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("check", "hour_at", name=op.f("pk_poll_hour")),
    )
    with op.batch_alter_table("poll_hour", schema=None) as batch_op:
        batch_op.create_index("ix_poll_hour_at", ["hour_at"], unique=False)

    op.create_table(
        "repeatable_request",
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column(
            "answer",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("by", "key", name=op.f("pk_repeatable_request")),
    )
    with op.batch_alter_table("repeatable_request", schema=None) as batch_op:
        batch_op.create_index("ix_repeatable_request_at", ["at"], unique=False)

    op.create_table(
        "revision",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_revision")),
    )
    op.create_table(
        "roll_up_due",
        sa.Column("hour_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hour_at", name=op.f("pk_roll_up_due")),
    )
    op.create_table(
        "series",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("check", sa.String(length=256), nullable=False),
        sa.Column("component", sa.String(length=128), nullable=False),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("labels", sa.String(length=512), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("check", "name", "labels", name=op.f("uq_series_check")),
    )
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_series_component"), ["component"], unique=False)
        batch_op.create_index(batch_op.f("ix_series_market"), ["market"], unique=False)

    op.create_table(
        "sign_in_failure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failure")),
    )
    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_failure_address", ["address", "at"], unique=False)
        batch_op.create_index("ix_sign_in_failure_name", ["name", "at"], unique=False)

    op.create_table(
        "silence",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "matchers",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("markets", sa.String(length=255), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_match_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
    )
    with op.batch_alter_table("silence", schema=None) as batch_op:
        batch_op.create_index("ix_silence_ends_at", ["ends_at"], unique=False)

    op.create_table(
        "watch_memory",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column(
            "memory",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watch_memory")),
    )
    op.create_table(
        "incident_alert",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("component", sa.String(length=255), nullable=False),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column(
            "incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("is_moved", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_incident_alert_incident_id_incident")
        ),
        sa.PrimaryKeyConstraint("key", "started_at", name=op.f("pk_incident_alert")),
    )
    with op.batch_alter_table("incident_alert", schema=None) as batch_op:
        batch_op.create_index("ix_incident_alert_incident", ["incident_id", "key"], unique=False)
        batch_op.create_index("ix_incident_alert_key", ["key"], unique=False)
        batch_op.create_index(
            "ix_incident_alert_moved",
            ["incident_id"],
            unique=False,
            sqlite_where=sa.text("is_moved AND state < 2"),
            postgresql_where=sa.text("is_moved AND state < 2"),
        )
        batch_op.create_index(
            "ix_incident_alert_open",
            ["component"],
            unique=False,
            sqlite_where=sa.text("state < 2"),
            postgresql_where=sa.text("state < 2"),
        )
        batch_op.create_index(
            "ix_incident_alert_waiting",
            ["component"],
            unique=False,
            sqlite_where=sa.text("incident_id IS NULL AND state < 2"),
            postgresql_where=sa.text("incident_id IS NULL AND state < 2"),
        )

    op.create_table(
        "incident_clock_due",
        sa.Column(
            "incident_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("clock", sa.String(length=16), nullable=False),
        sa.Column("at_risk_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_clock_due_incident_id_incident"),
        ),
        sa.PrimaryKeyConstraint("incident_id", "clock", name=op.f("pk_incident_clock_due")),
    )
    with op.batch_alter_table("incident_clock_due", schema=None) as batch_op:
        batch_op.create_index("ix_incident_clock_due_at_risk", ["at_risk_at"], unique=False)
        batch_op.create_index("ix_incident_clock_due_next", ["next_at"], unique=False)

    op.create_table(
        "incident_clock_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("clock", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("party", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column(
            "body",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_clock_event_incident_id_incident"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_clock_event")),
    )
    with op.batch_alter_table("incident_clock_event", schema=None) as batch_op:
        batch_op.create_index(
            "ix_incident_clock_event_incident", ["incident_id", "at"], unique=False
        )

    op.create_table(
        "incident_component",
        sa.Column(
            "incident_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("component", sa.String(length=255), nullable=False),
        sa.Column("is_cause", sa.Boolean(), nullable=False),
        sa.Column("is_moved", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loose_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_component_incident_id_incident"),
        ),
        sa.PrimaryKeyConstraint("incident_id", "component", name=op.f("pk_incident_component")),
    )
    with op.batch_alter_table("incident_component", schema=None) as batch_op:
        batch_op.create_index(
            "ix_incident_component_component", ["component", "left_at"], unique=False
        )
        batch_op.create_index(
            "ix_incident_component_here",
            ["incident_id"],
            unique=False,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )

    op.create_table(
        "incident_market",
        sa.Column(
            "incident_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("lost", sa.Numeric(precision=20, scale=2), nullable=True),
        sa.Column("value_lost", sa.Numeric(precision=24, scale=4), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("usd_lost", sa.Numeric(precision=24, scale=4), nullable=True),
        sa.Column("lost_per_minute", sa.Numeric(precision=20, scale=2), nullable=True),
        sa.Column("success_percent", sa.Numeric(precision=7, scale=3), nullable=True),
        sa.Column("usual_percent", sa.Numeric(precision=7, scale=3), nullable=True),
        sa.Column("share_lost", sa.Numeric(precision=7, scale=4), nullable=True),
        sa.Column("reckoned_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uncounted", sa.String(length=32), nullable=False),
        sa.Column("counted_at_id", sa.Integer(), nullable=True),
        sa.Column("unknown_seconds", sa.Integer(), nullable=False),
        sa.Column("unseen_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_again_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_incident_market_incident_id_incident")
        ),
        sa.PrimaryKeyConstraint("incident_id", "market", name=op.f("pk_incident_market")),
    )
    with op.batch_alter_table("incident_market", schema=None) as batch_op:
        batch_op.create_index("ix_incident_market_market", ["market", "incident_id"], unique=False)
        batch_op.create_index(
            "ix_incident_market_unseen",
            ["incident_id"],
            unique=False,
            sqlite_where=sa.text("unseen_since IS NOT NULL AND seen_again_at IS NULL"),
            postgresql_where=sa.text("unseen_since IS NOT NULL AND seen_again_at IS NULL"),
        )

    op.create_table(
        "incident_role",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_incident_role_incident_id_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_role")),
    )
    with op.batch_alter_table("incident_role", schema=None) as batch_op:
        batch_op.create_index(
            "uq_incident_role_held",
            ["incident_id", "role"],
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )

    op.create_table(
        "incident_timeline",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "body",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_incident_timeline_incident_id_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_timeline")),
    )
    with op.batch_alter_table("incident_timeline", schema=None) as batch_op:
        batch_op.create_index(
            "ix_incident_timeline_incident", ["incident_id", "at", "id"], unique=False
        )

    op.create_table(
        "outbox",
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subscriber", sa.String(length=128), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_outbox_event_id_event")),
        sa.PrimaryKeyConstraint("event_id", "subscriber", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_due", ["due_at", "event_id"], unique=False)

    op.create_table(
        "role_grant",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "role",
            sa.Enum(
                "noc_operator",
                "incident_manager",
                "change_manager",
                "capacity_planner",
                "vendor_manager",
                "quality_lead",
                "product_owner",
                "executive",
                "auditor",
                "admin",
                name="role",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint("person_id", "role", "market", name=op.f("uq_role_grant_person_id")),
    )
    op.create_table(
        "sample",
        sa.Column(
            "series_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("special", sa.String(length=4), nullable=True),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_sample_series_id_series")
        ),
        sa.PrimaryKeyConstraint("series_id", "at", name=op.f("pk_sample")),
    )
    with op.batch_alter_table("sample", schema=None) as batch_op:
        batch_op.create_index("ix_sample_at", ["at"], unique=False)

    op.create_table(
        "sample_hour",
        sa.Column(
            "series_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("hour_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sum", sa.Float(), nullable=False),
        sa.Column("least", sa.Float(), nullable=False),
        sa.Column("most", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_sample_hour_series_id_series")
        ),
        sa.PrimaryKeyConstraint("series_id", "hour_at", name=op.f("pk_sample_hour")),
    )
    with op.batch_alter_table("sample_hour", schema=None) as batch_op:
        batch_op.create_index("ix_sample_hour_at", ["hour_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("sample_hour", schema=None) as batch_op:
        batch_op.drop_index("ix_sample_hour_at")

    op.drop_table("sample_hour")
    with op.batch_alter_table("sample", schema=None) as batch_op:
        batch_op.drop_index("ix_sample_at")

    op.drop_table("sample")
    op.drop_table("role_grant")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_due")

    op.drop_table("outbox")
    with op.batch_alter_table("incident_timeline", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_timeline_incident")

    op.drop_table("incident_timeline")
    with op.batch_alter_table("incident_role", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_incident_role_held",
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )

    op.drop_table("incident_role")
    with op.batch_alter_table("incident_market", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_incident_market_unseen",
            sqlite_where=sa.text("unseen_since IS NOT NULL AND seen_again_at IS NULL"),
            postgresql_where=sa.text("unseen_since IS NOT NULL AND seen_again_at IS NULL"),
        )
        batch_op.drop_index("ix_incident_market_market")

    op.drop_table("incident_market")
    with op.batch_alter_table("incident_component", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_incident_component_here",
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )
        batch_op.drop_index("ix_incident_component_component")

    op.drop_table("incident_component")
    with op.batch_alter_table("incident_clock_event", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_clock_event_incident")

    op.drop_table("incident_clock_event")
    with op.batch_alter_table("incident_clock_due", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_clock_due_next")
        batch_op.drop_index("ix_incident_clock_due_at_risk")

    op.drop_table("incident_clock_due")
    with op.batch_alter_table("incident_alert", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_incident_alert_waiting",
            sqlite_where=sa.text("incident_id IS NULL AND state < 2"),
            postgresql_where=sa.text("incident_id IS NULL AND state < 2"),
        )
        batch_op.drop_index(
            "ix_incident_alert_open",
            sqlite_where=sa.text("state < 2"),
            postgresql_where=sa.text("state < 2"),
        )
        batch_op.drop_index(
            "ix_incident_alert_moved",
            sqlite_where=sa.text("is_moved AND state < 2"),
            postgresql_where=sa.text("is_moved AND state < 2"),
        )
        batch_op.drop_index("ix_incident_alert_key")
        batch_op.drop_index("ix_incident_alert_incident")

    op.drop_table("incident_alert")
    op.drop_table("watch_memory")
    with op.batch_alter_table("silence", schema=None) as batch_op:
        batch_op.drop_index("ix_silence_ends_at")

    op.drop_table("silence")
    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_failure_name")
        batch_op.drop_index("ix_sign_in_failure_address")

    op.drop_table("sign_in_failure")
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_series_market"))
        batch_op.drop_index(batch_op.f("ix_series_component"))

    op.drop_table("series")
    op.drop_table("roll_up_due")
    op.drop_table("revision")
    with op.batch_alter_table("repeatable_request", schema=None) as batch_op:
        batch_op.drop_index("ix_repeatable_request_at")

    op.drop_table("repeatable_request")
    with op.batch_alter_table("poll_hour", schema=None) as batch_op:
        batch_op.drop_index("ix_poll_hour_at")

    op.drop_table("poll_hour")
    with op.batch_alter_table("poll", schema=None) as batch_op:
        batch_op.drop_index("ix_poll_at")

    op.drop_table("poll")
    op.drop_table("person")
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.drop_index("ix_page_incident")
        batch_op.drop_index("ix_page_due")

    op.drop_table("page")
    with op.batch_alter_table("maintenance_window", schema=None) as batch_op:
        batch_op.drop_index("ix_maintenance_window_ends_at")

    op.drop_table("maintenance_window")
    op.drop_table("kiosk_link")
    op.drop_table("job_run")
    op.drop_table("ingest_source")
    op.drop_table("ingest_fault")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_incident_live_component",
            sqlite_where=sa.text("state NOT IN ('resolved', 'closed')"),
            postgresql_where=sa.text("state NOT IN ('resolved', 'closed')"),
        )
        batch_op.drop_index("ix_incident_resolved_at")
        batch_op.drop_index("ix_incident_parent_id")
        batch_op.drop_index("ix_incident_opened_at")
        batch_op.drop_index(
            "ix_incident_live",
            sqlite_where=sa.text("state NOT IN ('resolved', 'closed')"),
            postgresql_where=sa.text("state NOT IN ('resolved', 'closed')"),
        )
        batch_op.drop_index("ix_incident_component_resolved")

    op.drop_table("incident")
    op.drop_table("heartbeat")
    op.drop_table("flapping")
    op.drop_table("event_chain")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_subject")
        batch_op.drop_index(batch_op.f("ix_event_kind"))
        batch_op.drop_index(batch_op.f("ix_event_at"))

    op.drop_table("event")
    op.drop_table("estate_version")
    with op.batch_alter_table("estate_item", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_estate_item_current",
            sqlite_where=sa.text("retired_at IS NULL"),
            postgresql_where=sa.text("retired_at IS NULL"),
        )

    op.drop_table("estate_item")
    op.drop_table("correlator_turn")
    with op.batch_alter_table("component_state", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_component_state_bad",
            sqlite_where=sa.text("bad_since IS NOT NULL"),
            postgresql_where=sa.text("bad_since IS NOT NULL"),
        )

    op.drop_table("component_state")
    with op.batch_alter_table("check_state", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_check_state_component"))

    op.drop_table("check_state")
    with op.batch_alter_table("change_event", schema=None) as batch_op:
        batch_op.drop_index("ix_change_event_at")

    op.drop_table("change_event")
    op.drop_table("api_token")
    with op.batch_alter_table("alert_transition", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_alert_transition_waiting",
            sqlite_where=sa.text("taken_at IS NULL"),
            postgresql_where=sa.text("taken_at IS NULL"),
        )
        batch_op.drop_index("ix_alert_transition_at")

    op.drop_table("alert_transition")
    op.drop_table("alert_source")
    op.drop_table("alert_hour")
    op.drop_table("alert_detail")
    with op.batch_alter_table("alert_archive", schema=None) as batch_op:
        batch_op.drop_index("ix_alert_archive_resolved_at")
        batch_op.drop_index("ix_alert_archive_key")

    op.drop_table("alert_archive")
    op.drop_table("alert_acknowledgement")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_alert_resolved",
            sqlite_where=sa.text("state = 2"),
            postgresql_where=sa.text("state = 2"),
        )
        batch_op.drop_index(
            "ix_alert_open_market",
            sqlite_where=sa.text("state < 2"),
            postgresql_where=sa.text("state < 2"),
        )
        batch_op.drop_index(
            "ix_alert_open_component",
            sqlite_where=sa.text("state < 2"),
            postgresql_where=sa.text("state < 2"),
        )
        batch_op.drop_index(
            "ix_alert_open",
            sqlite_where=sa.text("state < 2"),
            postgresql_where=sa.text("state < 2"),
        )

    op.drop_table("alert")
