"""Sites: training, migration checks, interfaces, acceptance."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "acceptance_scope",
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "methods",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "flows",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "exclusions",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_acceptance_scope_programme_id_programme"),
        ),
        sa.PrimaryKeyConstraint("programme_id", name=op.f("pk_acceptance_scope")),
    )
    op.create_table(
        "programme_interface",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("target", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_programme_interface_programme_id_programme"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_interface")),
        sa.UniqueConstraint("programme_id", "name", name="uq_programme_interface_name"),
    )
    op.create_table(
        "training_course",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("pass_score", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_training_course_programme_id_programme"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_course")),
        sa.UniqueConstraint("programme_id", "name", name="uq_training_course_name"),
    )
    op.create_table(
        "site_absence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_site_absence_site_id_site")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["site_staff.id"], name=op.f("fk_site_absence_staff_id_site_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_absence")),
        sa.UniqueConstraint("staff_id", "day", name="uq_site_absence_staff"),
    )
    with op.batch_alter_table("site_absence", schema=None) as batch_op:
        batch_op.create_index("ix_site_absence_site", ["site_id", "day"], unique=False)

    op.create_table(
        "site_roster",
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_roster_site_id_site")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["site_staff.id"], name=op.f("fk_site_roster_staff_id_site_staff")
        ),
        sa.PrimaryKeyConstraint("site_id", "day", "staff_id", name=op.f("pk_site_roster")),
    )
    with op.batch_alter_table("site_roster", schema=None) as batch_op:
        batch_op.create_index("ix_site_roster_staff", ["staff_id", "day"], unique=False)

    op.create_table(
        "training_competency",
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "course_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("evidence", sa.String(length=500), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["training_course.id"],
            name=op.f("fk_training_competency_course_id_training_course"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["site_staff.id"], name=op.f("fk_training_competency_staff_id_site_staff")
        ),
        sa.PrimaryKeyConstraint("staff_id", "course_id", name=op.f("pk_training_competency")),
    )
    op.create_table(
        "training_session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "course_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("region", sa.String(length=64), nullable=False),
        sa.Column("trainer", sa.String(length=128), nullable=False),
        sa.Column("room", sa.String(length=128), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_by", sa.String(length=128), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.String(length=128), nullable=False),
        sa.Column("cancelled_because", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "ends_at > starts_at", name=op.f("ck_training_session_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["training_course.id"],
            name=op.f("fk_training_session_course_id_training_course"),
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_training_session_programme_id_programme"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_training_session_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_session")),
    )
    with op.batch_alter_table("training_session", schema=None) as batch_op:
        batch_op.create_index(
            "ix_training_session_programme", ["programme_id", "day"], unique=False
        )
        batch_op.create_index("ix_training_session_trainer", ["trainer", "starts_at"], unique=False)

    op.create_table(
        "site_cover",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "absence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["absence_id"], ["site_absence.id"], name=op.f("fk_site_cover_absence_id_site_absence")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["training_session.id"],
            name=op.f("fk_site_cover_session_id_training_session"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_cover_site_id_site")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["site_staff.id"], name=op.f("fk_site_cover_staff_id_site_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_cover")),
        sa.UniqueConstraint("absence_id", name=op.f("uq_site_cover_absence_id")),
        sa.UniqueConstraint("staff_id", "day", name="uq_site_cover_staff"),
    )
    with op.batch_alter_table("site_cover", schema=None) as batch_op:
        batch_op.create_index("ix_site_cover_site", ["site_id", "day"], unique=False)

    op.create_table(
        "training_attendance",
        sa.Column(
            "session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attended", sa.Boolean(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["training_session.id"],
            name=op.f("fk_training_attendance_session_id_training_session"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["site_staff.id"], name=op.f("fk_training_attendance_staff_id_site_staff")
        ),
        sa.PrimaryKeyConstraint("session_id", "staff_id", name=op.f("pk_training_attendance")),
    )
    with op.batch_alter_table("training_attendance", schema=None) as batch_op:
        batch_op.create_index("ix_training_attendance_staff", ["staff_id"], unique=False)

    op.create_table(
        "acceptance_cell",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "site_rollout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("bank", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.Column("flow", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("evidence", sa.String(length=500), nullable=False),
        sa.Column("terminal_version", sa.String(length=64), nullable=False),
        sa.Column("software_version", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_rollout_id"],
            ["site_rollout.id"],
            name=op.f("fk_acceptance_cell_site_rollout_id_site_rollout"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance_cell")),
        sa.UniqueConstraint("site_rollout_id", "bank", "method", "flow", name="uq_acceptance_cell"),
    )
    op.create_table(
        "interface_proof",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "interface_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "site_rollout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("proof", sa.String(length=16), nullable=False),
        sa.Column("is_ok", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["interface_id"],
            ["programme_interface.id"],
            name=op.f("fk_interface_proof_interface_id_programme_interface"),
        ),
        sa.ForeignKeyConstraint(
            ["site_rollout_id"],
            ["site_rollout.id"],
            name=op.f("fk_interface_proof_site_rollout_id_site_rollout"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interface_proof")),
    )
    with op.batch_alter_table("interface_proof", schema=None) as batch_op:
        batch_op.create_index("ix_interface_proof_site", ["site_rollout_id", "id"], unique=False)

    op.create_table(
        "migration_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "site_rollout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source_snapshot", sa.String(length=128), nullable=False),
        sa.Column("is_rehearsal", sa.Boolean(), nullable=False),
        sa.Column("is_clean", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_rollout_id"],
            ["site_rollout.id"],
            name=op.f("fk_migration_run_site_rollout_id_site_rollout"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration_run")),
        sa.UniqueConstraint("site_rollout_id", "number", name="uq_migration_run_number"),
    )
    op.create_table(
        "migration_waiver",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "site_rollout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("through", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_rollout_id"],
            ["site_rollout.id"],
            name=op.f("fk_migration_waiver_site_rollout_id_site_rollout"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration_waiver")),
    )
    with op.batch_alter_table("migration_waiver", schema=None) as batch_op:
        batch_op.create_index("ix_migration_waiver_site", ["site_rollout_id", "id"], unique=False)

    op.create_table(
        "migration_check",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("account_class", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("expected", sa.String(length=64), nullable=False),
        sa.Column("actual", sa.String(length=64), nullable=False),
        sa.Column("tolerance", sa.String(length=64), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column(
            "details",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["migration_run.id"], name=op.f("fk_migration_check_run_id_migration_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration_check")),
    )
    with op.batch_alter_table("migration_check", schema=None) as batch_op:
        batch_op.create_index("ix_migration_check_run", ["run_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("migration_check", schema=None) as batch_op:
        batch_op.drop_index("ix_migration_check_run")

    op.drop_table("migration_check")
    with op.batch_alter_table("migration_waiver", schema=None) as batch_op:
        batch_op.drop_index("ix_migration_waiver_site")

    op.drop_table("migration_waiver")
    op.drop_table("migration_run")
    with op.batch_alter_table("interface_proof", schema=None) as batch_op:
        batch_op.drop_index("ix_interface_proof_site")

    op.drop_table("interface_proof")
    op.drop_table("acceptance_cell")
    with op.batch_alter_table("training_attendance", schema=None) as batch_op:
        batch_op.drop_index("ix_training_attendance_staff")

    op.drop_table("training_attendance")
    with op.batch_alter_table("site_cover", schema=None) as batch_op:
        batch_op.drop_index("ix_site_cover_site")

    op.drop_table("site_cover")
    with op.batch_alter_table("training_session", schema=None) as batch_op:
        batch_op.drop_index("ix_training_session_trainer")
        batch_op.drop_index("ix_training_session_programme")

    op.drop_table("training_session")
    op.drop_table("training_competency")
    with op.batch_alter_table("site_roster", schema=None) as batch_op:
        batch_op.drop_index("ix_site_roster_staff")

    op.drop_table("site_roster")
    with op.batch_alter_table("site_absence", schema=None) as batch_op:
        batch_op.drop_index("ix_site_absence_site")

    op.drop_table("site_absence")
    op.drop_table("training_course")
    op.drop_table("programme_interface")
    op.drop_table("acceptance_scope")
