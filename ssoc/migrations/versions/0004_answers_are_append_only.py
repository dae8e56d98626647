"""Let the database itself refuse to change or delete answers of approval.

An answer is followed by another, never edited (rule A6 of the approvals). Safe beside the
previous release, which has no such table.
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER approval_answer_no_{verb.lower()} BEFORE {verb} "
                "ON approval_answer "
                "BEGIN SELECT RAISE(ABORT, 'answers of approval are append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_answer_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'answers of approval are append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER approval_answer_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON approval_answer FOR EACH STATEMENT EXECUTE FUNCTION refuse_answer_change()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER approval_answer_no_update")
        op.execute("DROP TRIGGER approval_answer_no_delete")
        return
    op.execute("DROP TRIGGER approval_answer_append_only ON approval_answer")
    op.execute("DROP FUNCTION refuse_answer_change()")
