"""Sites: readiness, and what was imported."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "site_import",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("csv", "xlsx", name="filekind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("sheet", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_site_import_programme_id_programme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_import")),
    )
    with op.batch_alter_table("site_import", schema=None) as batch_op:
        batch_op.create_index("ix_site_import_at", ["at"], unique=False)

    op.create_table(
        "site_readiness",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "site_rollout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column(
            "result",
            sa.Enum("pass", "fail", "waived", name="result", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("evidence", sa.String(length=500), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_rollout_id"],
            ["site_rollout.id"],
            name=op.f("fk_site_readiness_site_rollout_id_site_rollout"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_readiness")),
    )
    with op.batch_alter_table("site_readiness", schema=None) as batch_op:
        batch_op.create_index(
            "ix_site_readiness_site", ["site_rollout_id", "item", "id"], unique=False
        )

    op.create_table(
        "site_readiness_lost",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "site_rollout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("met_again_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_rollout_id"],
            ["site_rollout.id"],
            name=op.f("fk_site_readiness_lost_site_rollout_id_site_rollout"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_readiness_lost")),
    )
    with op.batch_alter_table("site_readiness_lost", schema=None) as batch_op:
        batch_op.create_index(
            "uq_site_readiness_lost_open",
            ["site_rollout_id"],
            unique=True,
            sqlite_where=sa.text("met_again_at IS NULL"),
            postgresql_where=sa.text("met_again_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("site_readiness_lost", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_site_readiness_lost_open",
            sqlite_where=sa.text("met_again_at IS NULL"),
            postgresql_where=sa.text("met_again_at IS NULL"),
        )

    op.drop_table("site_readiness_lost")
    with op.batch_alter_table("site_readiness", schema=None) as batch_op:
        batch_op.drop_index("ix_site_readiness_site")

    op.drop_table("site_readiness")
    with op.batch_alter_table("site_import", schema=None) as batch_op:
        batch_op.drop_index("ix_site_import_at")

    op.drop_table("site_import")
