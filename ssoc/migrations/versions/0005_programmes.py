"""Programmes: the plan of many sites."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "programme",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sponsor", sa.String(length=128), nullable=False),
        sa.Column("authority", sa.String(length=128), nullable=False),
        sa.Column(
            "markets",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column(
            "steering",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "terms",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "brake",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "baseline",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("name", name=op.f("uq_programme_name")),
    )
    op.create_table(
        "site",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("region", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column(
            "opening_hours",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "busiest_days",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("connectivity", sa.String(length=255), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("minimum_staff", sa.Integer(), nullable=False),
        sa.Column(
            "contacts",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "hardware",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "banks",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("code", name=op.f("uq_site_code")),
    )
    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.create_index("ix_site_market", ["market", "region", "id"], unique=False)

    op.create_table(
        "programme_release",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column(
            "versions",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_by", sa.String(length=128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_programme_release_change_id_change")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_programme_release_programme_id_programme"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_release")),
        sa.UniqueConstraint("programme_id", "name", name="uq_programme_release_name"),
    )
    op.create_table(
        "site_staff",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_staff_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_staff")),
        sa.UniqueConstraint("site_id", "code", name="uq_site_staff_code"),
    )
    with op.batch_alter_table("site_staff", schema=None) as batch_op:
        batch_op.create_index("ix_site_staff_site", ["site_id", "id"], unique=False)

    op.create_table(
        "programme_wave",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "release_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("region", sa.String(length=64), nullable=False),
        sa.Column("per_week", sa.Integer(), nullable=False),
        sa.Column(
            "criteria_in",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "criteria_out",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_by", sa.String(length=128), nullable=False),
        sa.Column("paused_because", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_programme_wave_programme_id_programme"),
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["programme_release.id"],
            name=op.f("fk_programme_wave_release_id_programme_release"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_wave")),
        sa.UniqueConstraint("programme_id", "position", name="uq_programme_wave_place"),
    )
    op.create_table(
        "site_rollout",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "release_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "surveyed",
                "ready",
                "migrating",
                "parallel",
                "go/no-go",
                "cut over",
                "hypercare",
                "accepted",
                "blocked",
                "rolled back",
                "deferred",
                name="sitestate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "was",
            sa.Enum(
                "planned",
                "surveyed",
                "ready",
                "migrating",
                "parallel",
                "go/no-go",
                "cut over",
                "hypercare",
                "accepted",
                "blocked",
                "rolled back",
                "deferred",
                name="sitestate",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("slot_on", sa.Date(), nullable=True),
        sa.Column("crew", sa.String(length=64), nullable=False),
        sa.Column("champion", sa.String(length=128), nullable=False),
        sa.Column("blocked_because", sa.String(length=500), nullable=False),
        sa.Column("blocked_kind", sa.String(length=32), nullable=False),
        sa.Column("blocked_owner", sa.String(length=128), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deferred_to", sa.Date(), nullable=True),
        sa.Column("deferred_by", sa.String(length=128), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cut_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_site_rollout_programme_id_programme")
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["programme_release.id"],
            name=op.f("fk_site_rollout_release_id_programme_release"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_site_rollout_site_id_site")
        ),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["programme_wave.id"], name=op.f("fk_site_rollout_wave_id_programme_wave")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_rollout")),
        sa.UniqueConstraint("site_id", "release_id", name="uq_site_rollout_site"),
    )
    with op.batch_alter_table("site_rollout", schema=None) as batch_op:
        batch_op.create_index(
            "ix_site_rollout_accepted", ["programme_id", "accepted_at"], unique=False
        )
        batch_op.create_index("ix_site_rollout_programme", ["programme_id", "state"], unique=False)
        batch_op.create_index("ix_site_rollout_wave", ["wave_id", "id"], unique=False)

    op.create_table(
        "crew_booking",
        sa.Column("crew", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "site_rollout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["site_rollout_id"],
            ["site_rollout.id"],
            name=op.f("fk_crew_booking_site_rollout_id_site_rollout"),
        ),
        sa.PrimaryKeyConstraint("crew", "day", name=op.f("pk_crew_booking")),
    )
    op.create_table(
        "site_moved",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "site_rollout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("move", sa.String(length=32), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "surveyed",
                "ready",
                "migrating",
                "parallel",
                "go/no-go",
                "cut over",
                "hypercare",
                "accepted",
                "blocked",
                "rolled back",
                "deferred",
                name="sitestate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_rollout_id"],
            ["site_rollout.id"],
            name=op.f("fk_site_moved_site_rollout_id_site_rollout"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_moved")),
    )
    with op.batch_alter_table("site_moved", schema=None) as batch_op:
        batch_op.create_index("ix_site_moved_site", ["site_rollout_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("site_moved", schema=None) as batch_op:
        batch_op.drop_index("ix_site_moved_site")

    op.drop_table("site_moved")
    op.drop_table("crew_booking")
    with op.batch_alter_table("site_rollout", schema=None) as batch_op:
        batch_op.drop_index("ix_site_rollout_wave")
        batch_op.drop_index("ix_site_rollout_programme")
        batch_op.drop_index("ix_site_rollout_accepted")

    op.drop_table("site_rollout")
    op.drop_table("programme_wave")
    with op.batch_alter_table("site_staff", schema=None) as batch_op:
        batch_op.drop_index("ix_site_staff_site")

    op.drop_table("site_staff")
    op.drop_table("programme_release")
    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.drop_index("ix_site_market")

    op.drop_table("site")
    op.drop_table("programme")
