"""Changes: requests, approvals, freezes, runs and what became of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "approval_delegation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person", sa.String(length=128), nullable=False),
        sa.Column("delegate", sa.String(length=128), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "noc_operator",
                "incident_manager",
                "operations_lead",
                "security_lead",
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
        sa.Column(
            "markets",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("set_by", sa.String(length=128), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_delegation")),
    )
    with op.batch_alter_table("approval_delegation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_approval_delegation_delegate", ["delegate", "expires_at"], unique=False
        )
        batch_op.create_index(
            "ix_approval_delegation_person", ["person", "expires_at"], unique=False
        )

    op.create_table(
        "board_meeting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chair", sa.String(length=128), nullable=False),
        sa.Column(
            "markets",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "filter",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "open",
                "held",
                "cancelled",
                name="meetingstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "quorum",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("set_by", sa.String(length=128), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_meeting")),
    )
    with op.batch_alter_table("board_meeting", schema=None) as batch_op:
        batch_op.create_index("ix_board_meeting_starts_at", ["starts_at"], unique=False)

    op.create_table(
        "calendar_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column(
            "markets",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("component", sa.String(length=128), nullable=False),
        sa.Column("shows", sa.String(length=16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_link")),
        sa.UniqueConstraint("hash", name=op.f("uq_calendar_link_hash")),
    )
    with op.batch_alter_table("calendar_link", schema=None) as batch_op:
        batch_op.create_index("ix_calendar_link_person", ["person", "id"], unique=False)

    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "refused",
                "approved",
                "scheduled",
                "running",
                "ended",
                "reviewed",
                "closed",
                "cancelled",
                name="state",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "successful",
                "with issues",
                "rolled back",
                "failed",
                name="outcome",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("requester", sa.String(length=128), nullable=False),
        sa.Column("implementer", sa.String(length=128), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=False),
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column(
            "people",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("vendor", sa.String(length=64), nullable=False),
        sa.Column("vendor_must_attend", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("preparation_minutes", sa.Integer(), nullable=False),
        sa.Column("rollback_minutes", sa.Integer(), nullable=False),
        sa.Column("soak_minutes", sa.Integer(), nullable=False),
        sa.Column("rollback_plan", sa.Text(), nullable=False),
        sa.Column("rollback_rehearsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "gates",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "rollback_needs",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "tests",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "notices",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "trainings",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("external_reference", sa.String(length=64), nullable=False),
        sa.Column("is_unauthorised", sa.Boolean(), nullable=False),
        sa.Column("is_preapproved", sa.Boolean(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("plan_digest", sa.String(length=64), nullable=False),
        sa.Column("risk_points", sa.Float(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_because", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.create_index("ix_change_ends_at", ["ends_at", "id"], unique=False)
        batch_op.create_index("ix_change_external", ["origin", "external_reference"], unique=False)
        batch_op.create_index("ix_change_finished_at", ["finished_at", "id"], unique=False)
        batch_op.create_index("ix_change_starts_at", ["starts_at", "id"], unique=False)
        batch_op.create_index("ix_change_state", ["state", "starts_at"], unique=False)
        batch_op.create_index("ix_change_team", ["team", "finished_at"], unique=False)
        batch_op.create_index("ix_change_template_id", ["template_id", "finished_at"], unique=False)
        batch_op.create_index("ix_change_type", ["type", "finished_at"], unique=False)

    op.create_table(
        "change_cause",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.String(length=160), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("title", sa.String(length=1024), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "suspected", "confirmed", "ruled out", name="verdict", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_cause")),
    )
    with op.batch_alter_table("change_cause", schema=None) as batch_op:
        batch_op.create_index("ix_change_cause_change", ["change_id", "id"], unique=False)
        batch_op.create_index("ix_change_cause_incident", ["incident_id", "id"], unique=False)

    op.create_table(
        "change_freeze",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("is_hard", sa.Boolean(), nullable=False),
        sa.Column(
            "markets",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "components",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("is_local", sa.Boolean(), nullable=False),
        sa.Column("local_since", sa.String(length=16), nullable=False),
        sa.Column("local_until", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=128), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.String(length=128), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_because", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_freeze")),
    )
    with op.batch_alter_table("change_freeze", schema=None) as batch_op:
        batch_op.create_index("ix_change_freeze_until", ["until", "id"], unique=False)

    op.create_table(
        "change_import",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("tool", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("encoding", sa.String(length=32), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("dates", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_import")),
    )
    with op.batch_alter_table("change_import", schema=None) as batch_op:
        batch_op.create_index("ix_change_import_at", ["at"], unique=False)

    op.create_table(
        "change_import_origin",
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_change_import_origin")),
    )
    op.create_table(
        "change_incident",
        sa.Column("incident_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("component", sa.String(length=255), nullable=False),
        sa.Column(
            "markets",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("priority", sa.String(length=8), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("ranked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_nested", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_change_incident")),
    )
    with op.batch_alter_table("change_incident", schema=None) as batch_op:
        batch_op.create_index("ix_change_incident_began_at", ["began_at"], unique=False)
        batch_op.create_index(
            "ix_change_incident_live",
            ["began_at"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "change_suspect",
        sa.Column("incident_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("candidate", sa.String(length=160), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("title", sa.String(length=1024), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column(
            "terms",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "path",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("ranked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "candidate", name=op.f("pk_change_suspect")),
    )
    with op.batch_alter_table("change_suspect", schema=None) as batch_op:
        batch_op.create_index(
            "ix_change_suspect_change", ["change_id", "incident_id"], unique=False
        )

    op.create_table(
        "change_template",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("does", sa.Text(), nullable=False),
        sa.Column(
            "plan",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "includes",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "ordinary",
                "proposed",
                "standard",
                "retired",
                name="templatestate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("standing_because", sa.String(length=500), nullable=False),
        sa.Column("standing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plan_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.String(length=128), nullable=False),
        sa.Column("proposed_because", sa.String(length=500), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_template")),
        sa.UniqueConstraint("name", name="uq_change_template_name"),
    )
    op.create_table(
        "collision_finding",
        sa.Column("key", sa.String(length=24), nullable=False),
        sa.Column("rule", sa.String(length=4), nullable=False),
        sa.Column(
            "level",
            sa.Enum("block", "warn", "info", name="level", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=512), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column(
            "path",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "markets",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "waivers",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_collision_finding")),
    )
    with op.batch_alter_table("collision_finding", schema=None) as batch_op:
        batch_op.create_index(
            "ix_collision_finding_change", ["change_id", "ended_at"], unique=False
        )
        batch_op.create_index("ix_collision_finding_other", ["other_id", "ended_at"], unique=False)
        batch_op.create_index("ix_collision_finding_until", ["until", "since"], unique=False)

    op.create_table(
        "freeze_feed",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("is_hard", sa.Boolean(), nullable=False),
        sa.Column(
            "markets",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "components",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("every_minutes", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("etag", sa.String(length=255), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expanded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.String(length=500), nullable=False),
        sa.Column(
            "faults",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("added_by", sa.String(length=128), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by", sa.String(length=128), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freeze_feed")),
    )
    op.create_table(
        "mail",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("person", sa.String(length=128), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.String(length=255), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("key", name=op.f("uq_mail_key")),
    )
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.create_index("ix_mail_due", ["due_at"], unique=False)

    op.create_table(
        "approval_round",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("plan_digest", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column(
            "stages",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "markets",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_approval_round_change_id_change")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_round")),
        sa.UniqueConstraint("change_id", "number", name=op.f("uq_approval_round_change_id")),
    )
    op.create_table(
        "board_attendance",
        sa.Column(
            "meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("person", sa.String(length=128), nullable=False),
        sa.Column(
            "roles",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["board_meeting.id"],
            name=op.f("fk_board_attendance_meeting_id_board_meeting"),
        ),
        sa.PrimaryKeyConstraint("meeting_id", "person", name=op.f("pk_board_attendance")),
    )
    op.create_table(
        "board_item",
        sa.Column(
            "meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum("approve", "refuse", "defer", name="boardword", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_board_item_change_id_change")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["board_meeting.id"],
            name=op.f("fk_board_item_meeting_id_board_meeting"),
        ),
        sa.PrimaryKeyConstraint("meeting_id", "change_id", name=op.f("pk_board_item")),
    )
    with op.batch_alter_table("board_item", schema=None) as batch_op:
        batch_op.create_index("ix_board_item_change", ["change_id"], unique=False)

    op.create_table(
        "change_attachment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("content_type", sa.String(length=128), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("attached_by", sa.String(length=128), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_change_attachment_change_id_change")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_attachment")),
    )
    with op.batch_alter_table("change_attachment", schema=None) as batch_op:
        batch_op.create_index("ix_change_attachment_digest", ["digest"], unique=False)
        batch_op.create_index(
            "uq_change_attachment_name",
            ["change_id", "name"],
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.create_table(
        "change_checked",
        sa.Column(
            "change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_change_checked_change_id_change")
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_change_checked")),
    )
    op.create_table(
        "change_component",
        sa.Column(
            "change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("component", sa.String(length=128), nullable=False),
        sa.Column(
            "effect",
            sa.Enum(
                "no effect",
                "less redundant",
                "degraded",
                "down",
                name="effect",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_change_component_change_id_change")
        ),
        sa.PrimaryKeyConstraint("change_id", "component", name=op.f("pk_change_component")),
    )
    with op.batch_alter_table("change_component", schema=None) as batch_op:
        batch_op.create_index(
            "ix_change_component_component", ["component", "change_id"], unique=False
        )

    op.create_table(
        "change_market",
        sa.Column(
            "change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_change_market_change_id_change")
        ),
        sa.PrimaryKeyConstraint("change_id", "market", name=op.f("pk_change_market")),
    )
    with op.batch_alter_table("change_market", schema=None) as batch_op:
        batch_op.create_index("ix_change_market_market", ["market", "change_id"], unique=False)

    op.create_table(
        "change_review",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("reviewer", sa.String(length=128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "reasons",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("lessons", sa.Text(), nullable=False),
        sa.Column(
            "actions",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_change_review_change_id_change")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_review")),
    )
    with op.batch_alter_table("change_review", schema=None) as batch_op:
        batch_op.create_index("ix_change_review_change_id", ["change_id", "at"], unique=False)

    op.create_table(
        "change_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("is_rehearsal", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running", "rolling back", "ended", name="runstate", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "successful",
                "with issues",
                "rolled back",
                "failed",
                name="outcome",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(length=128), nullable=False),
        sa.Column("window_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rollback_minutes", sa.Integer(), nullable=False),
        sa.Column("rolled_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=128), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("suppression_id", sa.Integer(), nullable=True),
        sa.Column(
            "suppressed",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("suppressed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_change_run_change_id_change")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_run")),
    )
    with op.batch_alter_table("change_run", schema=None) as batch_op:
        batch_op.create_index("ix_change_run_change", ["change_id", "id"], unique=False)
        batch_op.create_index("ix_change_run_ended_at", ["ended_at", "id"], unique=False)
        batch_op.create_index(
            "uq_change_run_open",
            ["change_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "change_sighting",
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("component", sa.String(length=128), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "announced",
                "ahead",
                "unauthorised",
                "joined",
                "not watched",
                "ignored",
                name="sighted",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("judged_by", sa.String(length=128), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_change_sighting_change_id_change")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_change_sighting")),
    )
    with op.batch_alter_table("change_sighting", schema=None) as batch_op:
        batch_op.create_index("ix_change_sighting_change_id", ["change_id", "at"], unique=False)
        batch_op.create_index(
            "ix_change_sighting_component", ["component", "source", "at"], unique=False
        )
        batch_op.create_index("ix_change_sighting_received_at", ["received_at"], unique=False)
        batch_op.create_index("ix_change_sighting_verdict", ["verdict", "at"], unique=False)

    op.create_table(
        "change_step",
        sa.Column(
            "change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("planned_minutes", sa.Integer(), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("undo", sa.Text(), nullable=False),
        sa.Column("is_hold_point", sa.Boolean(), nullable=False),
        sa.Column(
            "needs",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_change_step_change_id_change")
        ),
        sa.PrimaryKeyConstraint("change_id", "position", name=op.f("pk_change_step")),
    )
    op.create_table(
        "collision_waiver",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("finding_key", sa.String(length=24), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column(
            "level",
            sa.Enum("block", "warn", "info", name="level", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("waived_by", sa.String(length=128), nullable=False),
        sa.Column("waived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_collision_waiver_change_id_change")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collision_waiver")),
    )
    with op.batch_alter_table("collision_waiver", schema=None) as batch_op:
        batch_op.create_index("ix_collision_waiver_finding", ["finding_key", "id"], unique=False)

    op.create_table(
        "freeze_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("feed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("is_hard", sa.Boolean(), nullable=False),
        sa.Column("first_on", sa.String(length=10), nullable=False),
        sa.Column("last_on", sa.String(length=10), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["freeze_feed.id"], name=op.f("fk_freeze_event_feed_id_freeze_feed")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freeze_event")),
        sa.UniqueConstraint("feed_id", "key", name=op.f("uq_freeze_event_feed_id")),
    )
    with op.batch_alter_table("freeze_event", schema=None) as batch_op:
        batch_op.create_index("ix_freeze_event_until", ["until", "id"], unique=False)

    op.create_table(
        "freeze_met",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("freeze_key", sa.String(length=128), nullable=False),
        sa.Column("freeze_name", sa.String(length=255), nullable=False),
        sa.Column("is_hard", sa.Boolean(), nullable=False),
        sa.Column(
            "markets",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_freeze_met_change_id_change")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freeze_met")),
        sa.UniqueConstraint("change_id", "freeze_key", name=op.f("uq_freeze_met_change_id")),
    )
    op.create_table(
        "freeze_override",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("freeze_key", sa.String(length=128), nullable=False),
        sa.Column("freeze_name", sa.String(length=255), nullable=False),
        sa.Column("plan_digest", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_freeze_override_change_id_change")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freeze_override")),
        sa.UniqueConstraint(
            "change_id", "freeze_key", "plan_digest", name=op.f("uq_freeze_override_change_id")
        ),
    )
    op.create_table(
        "risk_score",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("reckoned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("policy_version", sa.String(length=16), nullable=False),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column(
            "inputs",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_risk_score_change_id_change")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_score")),
    )
    with op.batch_alter_table("risk_score", schema=None) as batch_op:
        batch_op.create_index("ix_risk_score_change", ["change_id", "id"], unique=False)

    op.create_table(
        "separation_exception",
        sa.Column(
            "change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("person", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_separation_exception_change_id_change")
        ),
        sa.PrimaryKeyConstraint("change_id", "person", name=op.f("pk_separation_exception")),
    )
    op.create_table(
        "approval_answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=128), nullable=False),
        sa.Column("on_behalf_of", sa.String(length=128), nullable=False),
        sa.Column("yes", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column(
            "hats",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("plan_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["board_meeting.id"],
            name=op.f("fk_approval_answer_meeting_id_board_meeting"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["approval_round.id"],
            name=op.f("fk_approval_answer_round_id_approval_round"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_answer")),
    )
    with op.batch_alter_table("approval_answer", schema=None) as batch_op:
        batch_op.create_index("ix_approval_answer_round", ["round_id", "id"], unique=False)

    op.create_table(
        "approval_escalation",
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["approval_round.id"],
            name=op.f("fk_approval_escalation_round_id_approval_round"),
        ),
        sa.PrimaryKeyConstraint("round_id", "stage", name=op.f("pk_approval_escalation")),
    )
    op.create_table(
        "change_bridge",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person", sa.String(length=128), nullable=False),
        sa.Column("partner", sa.String(length=64), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["change_run.id"], name=op.f("fk_change_bridge_run_id_change_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_bridge")),
    )
    with op.batch_alter_table("change_bridge", schema=None) as batch_op:
        batch_op.create_index("ix_change_bridge_run", ["run_id", "id"], unique=False)

    op.create_table(
        "change_run_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forecast_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["change_run.id"], name=op.f("fk_change_run_decision_run_id_change_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_run_decision")),
    )
    with op.batch_alter_table("change_run_decision", schema=None) as batch_op:
        batch_op.create_index("ix_change_run_decision_run", ["run_id", "id"], unique=False)

    op.create_table(
        "change_run_step",
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("planned_minutes", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("undo", sa.Text(), nullable=False),
        sa.Column("is_hold_point", sa.Boolean(), nullable=False),
        sa.Column(
            "needs",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "running",
                "done",
                "failed",
                "skipped",
                "undone",
                name="stepstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("began_by", sa.String(length=128), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=128), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=128), nullable=False),
        sa.Column(
            "notes",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["change_run.id"], name=op.f("fk_change_run_step_run_id_change_run")
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_change_run_step")),
    )
    with op.batch_alter_table("change_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("identity", sa.String(length=64), nullable=True))
        batch_op.create_index("ix_change_event_received_at", ["received_at", "id"], unique=False)
        batch_op.create_index("uq_change_event_identity", ["identity"], unique=True)

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("mail", sa.String(length=254), server_default="", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("mail")

    with op.batch_alter_table("change_event", schema=None) as batch_op:
        batch_op.drop_index("uq_change_event_identity")
        batch_op.drop_index("ix_change_event_received_at")
        batch_op.drop_column("identity")
        batch_op.drop_column("ended_at")

    op.drop_table("change_run_step")
    with op.batch_alter_table("change_run_decision", schema=None) as batch_op:
        batch_op.drop_index("ix_change_run_decision_run")

    op.drop_table("change_run_decision")
    with op.batch_alter_table("change_bridge", schema=None) as batch_op:
        batch_op.drop_index("ix_change_bridge_run")

    op.drop_table("change_bridge")
    op.drop_table("approval_escalation")
    with op.batch_alter_table("approval_answer", schema=None) as batch_op:
        batch_op.drop_index("ix_approval_answer_round")

    op.drop_table("approval_answer")
    op.drop_table("separation_exception")
    with op.batch_alter_table("risk_score", schema=None) as batch_op:
        batch_op.drop_index("ix_risk_score_change")

    op.drop_table("risk_score")
    op.drop_table("freeze_override")
    op.drop_table("freeze_met")
    with op.batch_alter_table("freeze_event", schema=None) as batch_op:
        batch_op.drop_index("ix_freeze_event_until")

    op.drop_table("freeze_event")
    with op.batch_alter_table("collision_waiver", schema=None) as batch_op:
        batch_op.drop_index("ix_collision_waiver_finding")

    op.drop_table("collision_waiver")
    op.drop_table("change_step")
    with op.batch_alter_table("change_sighting", schema=None) as batch_op:
        batch_op.drop_index("ix_change_sighting_verdict")
        batch_op.drop_index("ix_change_sighting_received_at")
        batch_op.drop_index("ix_change_sighting_component")
        batch_op.drop_index("ix_change_sighting_change_id")

    op.drop_table("change_sighting")
    with op.batch_alter_table("change_run", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_change_run_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_change_run_ended_at")
        batch_op.drop_index("ix_change_run_change")

    op.drop_table("change_run")
    with op.batch_alter_table("change_review", schema=None) as batch_op:
        batch_op.drop_index("ix_change_review_change_id")

    op.drop_table("change_review")
    with op.batch_alter_table("change_market", schema=None) as batch_op:
        batch_op.drop_index("ix_change_market_market")

    op.drop_table("change_market")
    with op.batch_alter_table("change_component", schema=None) as batch_op:
        batch_op.drop_index("ix_change_component_component")

    op.drop_table("change_component")
    op.drop_table("change_checked")
    with op.batch_alter_table("change_attachment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_change_attachment_name",
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )
        batch_op.drop_index("ix_change_attachment_digest")

    op.drop_table("change_attachment")
    with op.batch_alter_table("board_item", schema=None) as batch_op:
        batch_op.drop_index("ix_board_item_change")

    op.drop_table("board_item")
    op.drop_table("board_attendance")
    op.drop_table("approval_round")
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.drop_index("ix_mail_due")

    op.drop_table("mail")
    op.drop_table("freeze_feed")
    with op.batch_alter_table("collision_finding", schema=None) as batch_op:
        batch_op.drop_index("ix_collision_finding_until")
        batch_op.drop_index("ix_collision_finding_other")
        batch_op.drop_index("ix_collision_finding_change")

    op.drop_table("collision_finding")
    op.drop_table("change_template")
    with op.batch_alter_table("change_suspect", schema=None) as batch_op:
        batch_op.drop_index("ix_change_suspect_change")

    op.drop_table("change_suspect")
    with op.batch_alter_table("change_incident", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_change_incident_live",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_change_incident_began_at")

    op.drop_table("change_incident")
    op.drop_table("change_import_origin")
    with op.batch_alter_table("change_import", schema=None) as batch_op:
        batch_op.drop_index("ix_change_import_at")

    op.drop_table("change_import")
    with op.batch_alter_table("change_freeze", schema=None) as batch_op:
        batch_op.drop_index("ix_change_freeze_until")

    op.drop_table("change_freeze")
    with op.batch_alter_table("change_cause", schema=None) as batch_op:
        batch_op.drop_index("ix_change_cause_incident")
        batch_op.drop_index("ix_change_cause_change")

    op.drop_table("change_cause")
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_index("ix_change_type")
        batch_op.drop_index("ix_change_template_id")
        batch_op.drop_index("ix_change_team")
        batch_op.drop_index("ix_change_state")
        batch_op.drop_index("ix_change_starts_at")
        batch_op.drop_index("ix_change_finished_at")
        batch_op.drop_index("ix_change_external")
        batch_op.drop_index("ix_change_ends_at")

    op.drop_table("change")
    with op.batch_alter_table("calendar_link", schema=None) as batch_op:
        batch_op.drop_index("ix_calendar_link_person")

    op.drop_table("calendar_link")
    with op.batch_alter_table("board_meeting", schema=None) as batch_op:
        batch_op.drop_index("ix_board_meeting_starts_at")

    op.drop_table("board_meeting")
    with op.batch_alter_table("approval_delegation", schema=None) as batch_op:
        batch_op.drop_index("ix_approval_delegation_person")
        batch_op.drop_index("ix_approval_delegation_delegate")

    op.drop_table("approval_delegation")
