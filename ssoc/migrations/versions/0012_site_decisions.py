"""Sites: go/no-go, cut-over, hypercare, steering."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cut_over_template",
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "steps",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("window_minutes", sa.Integer(), nullable=False),
        sa.Column("rollback_minutes", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_cut_over_template_programme_id_programme"),
        ),
        sa.PrimaryKeyConstraint("programme_id", name=op.f("pk_cut_over_template")),
    )
    op.create_table(
        "programme_forecast",
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("slow_rate", sa.Double(), nullable=False),
        sa.Column("p50_on", sa.Date(), nullable=True),
        sa.Column("p90_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_programme_forecast_programme_id_programme"),
        ),
        sa.PrimaryKeyConstraint("programme_id", "on", name=op.f("pk_programme_forecast")),
    )
    op.create_table(
        "site_figure",
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("sales", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=3), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_figure_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", "hour", "currency", name=op.f("pk_site_figure")),
    )
    with op.batch_alter_table("site_figure", schema=None) as batch_op:
        batch_op.create_index("ix_site_figure_hour", ["hour"], unique=False)

    op.create_table(
        "site_ticket",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_ticket_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_ticket")),
        sa.UniqueConstraint("site_id", "reference", name="uq_site_ticket_reference"),
    )
    with op.batch_alter_table("site_ticket", schema=None) as batch_op:
        batch_op.create_index("ix_site_ticket_opened", ["opened_at", "site_id"], unique=False)

    op.create_table(
        "brake_reading",
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("metric", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["programme_wave.id"], name=op.f("fk_brake_reading_wave_id_programme_wave")
        ),
        sa.PrimaryKeyConstraint("wave_id", "metric", "about", name=op.f("pk_brake_reading")),
    )
    op.create_table(
        "wave_brake",
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["programme_wave.id"], name=op.f("fk_wave_brake_wave_id_programme_wave")
        ),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_wave_brake")),
    )
    op.create_table(
        "cut_over_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "site_rollout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("is_rehearsal", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running", "rolling back", "ended", name="runstate", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(length=128), nullable=False),
        sa.Column("window_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rollback_minutes", sa.Integer(), nullable=False),
        sa.Column("went_on_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("went_on_by", sa.String(length=128), nullable=False),
        sa.Column("went_on_because", sa.String(length=1000), nullable=False),
        sa.Column("rolled_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rolled_back_because", sa.String(length=1000), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=128), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_cut_over_run_programme_id_programme")
        ),
        sa.ForeignKeyConstraint(
            ["site_rollout_id"],
            ["site_rollout.id"],
            name=op.f("fk_cut_over_run_site_rollout_id_site_rollout"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cut_over_run")),
    )
    with op.batch_alter_table("cut_over_run", schema=None) as batch_op:
        batch_op.create_index(
            "ix_cut_over_run_programme", ["programme_id", "is_rehearsal", "id"], unique=False
        )
        batch_op.create_index("ix_cut_over_run_site", ["site_rollout_id", "id"], unique=False)
        batch_op.create_index(
            "uq_cut_over_run_open",
            ["site_rollout_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "site_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "site_rollout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("meets_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("no_return", sa.String(length=500), nullable=False),
        sa.Column("rollback_owner", sa.String(length=128), nullable=False),
        sa.Column("override_by", sa.String(length=128), nullable=False),
        sa.Column("override_reason", sa.Text(), nullable=False),
        sa.Column("override_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum(
                "go",
                "go with conditions",
                "no-go",
                "no decision",
                name="verdict",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column(
            "evidence",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=128), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(site_rollout_id IS NULL) <> (wave_id IS NULL)",
            name=op.f("ck_site_decision_site_decision_about_one"),
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_site_decision_programme_id_programme")
        ),
        sa.ForeignKeyConstraint(
            ["site_rollout_id"],
            ["site_rollout.id"],
            name=op.f("fk_site_decision_site_rollout_id_site_rollout"),
        ),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["programme_wave.id"], name=op.f("fk_site_decision_wave_id_programme_wave")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_decision")),
    )
    with op.batch_alter_table("site_decision", schema=None) as batch_op:
        batch_op.create_index(
            "ix_site_decision_programme", ["programme_id", "meets_at"], unique=False
        )
        batch_op.create_index("ix_site_decision_site", ["site_rollout_id", "id"], unique=False)
        batch_op.create_index("ix_site_decision_wave", ["wave_id", "id"], unique=False)

    op.create_table(
        "site_watch_day",
        sa.Column(
            "site_rollout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                "inside",
                "outside",
                "no data",
                "closed",
                name="dayresult",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column(
            "figures",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("reckoned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_rollout_id"],
            ["site_rollout.id"],
            name=op.f("fk_site_watch_day_site_rollout_id_site_rollout"),
        ),
        sa.PrimaryKeyConstraint("site_rollout_id", "day", name=op.f("pk_site_watch_day")),
    )
    op.create_table(
        "cut_over_step",
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("p50", sa.Integer(), nullable=False),
        sa.Column("p90", sa.Integer(), nullable=False),
        sa.Column("verify", sa.Text(), nullable=False),
        sa.Column("undo", sa.Text(), nullable=False),
        sa.Column(
            "needs",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("is_hold_point", sa.Boolean(), nullable=False),
        sa.Column("drains", sa.Boolean(), nullable=False),
        sa.Column("no_return", sa.Boolean(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
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
        sa.Column("in_flight", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=128), nullable=False),
        sa.Column(
            "notes",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["cut_over_run.id"], name=op.f("fk_cut_over_step_run_id_cut_over_run")
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_cut_over_step")),
    )
    op.create_table(
        "site_decision_condition",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=128), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=128), nullable=False),
        sa.Column("closed_how", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["site_decision.id"],
            name=op.f("fk_site_decision_condition_decision_id_site_decision"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_decision_condition")),
    )
    with op.batch_alter_table("site_decision_condition", schema=None) as batch_op:
        batch_op.create_index(
            "ix_site_decision_condition_decision", ["decision_id", "id"], unique=False
        )

    op.create_table(
        "site_decision_criterion",
        sa.Column(
            "decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("title", sa.String(length=128), nullable=False),
        sa.Column("is_hard", sa.Boolean(), nullable=False),
        sa.Column(
            "light",
            sa.Enum("green", "red", "no data", name="light", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["site_decision.id"],
            name=op.f("fk_site_decision_criterion_decision_id_site_decision"),
        ),
        sa.PrimaryKeyConstraint("decision_id", "title", name=op.f("pk_site_decision_criterion")),
    )
    op.create_table(
        "site_decision_vote",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=128), nullable=False),
        sa.Column(
            "word",
            sa.Enum("yes", "no", "abstain", name="word", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["site_decision.id"],
            name=op.f("fk_site_decision_vote_decision_id_site_decision"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_decision_vote")),
    )
    with op.batch_alter_table("site_decision_vote", schema=None) as batch_op:
        batch_op.create_index("ix_site_decision_vote_decision", ["decision_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("site_decision_vote", schema=None) as batch_op:
        batch_op.drop_index("ix_site_decision_vote_decision")

    op.drop_table("site_decision_vote")
    op.drop_table("site_decision_criterion")
    with op.batch_alter_table("site_decision_condition", schema=None) as batch_op:
        batch_op.drop_index("ix_site_decision_condition_decision")

    op.drop_table("site_decision_condition")
    op.drop_table("cut_over_step")
    op.drop_table("site_watch_day")
    with op.batch_alter_table("site_decision", schema=None) as batch_op:
        batch_op.drop_index("ix_site_decision_wave")
        batch_op.drop_index("ix_site_decision_site")
        batch_op.drop_index("ix_site_decision_programme")

    op.drop_table("site_decision")
    with op.batch_alter_table("cut_over_run", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_cut_over_run_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_cut_over_run_site")
        batch_op.drop_index("ix_cut_over_run_programme")

    op.drop_table("cut_over_run")
    op.drop_table("wave_brake")
    op.drop_table("brake_reading")
    with op.batch_alter_table("site_ticket", schema=None) as batch_op:
        batch_op.drop_index("ix_site_ticket_opened")

    op.drop_table("site_ticket")
    with op.batch_alter_table("site_figure", schema=None) as batch_op:
        batch_op.drop_index("ix_site_figure_hour")

    op.drop_table("site_figure")
    op.drop_table("programme_forecast")
    op.drop_table("cut_over_template")
