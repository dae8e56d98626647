"""Changes: requests, approvals, freezes, runs and what became of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
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


def downgrade() -> None:
    op.drop_table("change_step")
    with op.batch_alter_table("change_market", schema=None) as batch_op:
        batch_op.drop_index("ix_change_market_market")

    op.drop_table("change_market")
    with op.batch_alter_table("change_component", schema=None) as batch_op:
        batch_op.drop_index("ix_change_component_component")

    op.drop_table("change_component")
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
