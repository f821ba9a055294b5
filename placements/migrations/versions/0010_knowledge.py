"""Questions that nothing answered, without their senders, for a look a week."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unanswered",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="conversations",
    )
    op.create_index("ix_unanswered_week", "unanswered", ["week"], schema="conversations")


def downgrade() -> None:
    op.drop_table("unanswered", schema="conversations")
