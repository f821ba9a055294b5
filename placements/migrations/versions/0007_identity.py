"""How long a link to a number holds, claims to a new number, and who has a conversation."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_HOW = ("school", "coordinator", "old_number", "roster_match", "self_said")
_HOW_BEFORE = ("school", "coordinator", "roster_match", "self_said")
_STATES = ("waiting", "agreed", "refused", "expired")


def upgrade() -> None:
    _say_how(_HOW)
    op.add_column(
        "contact_points", sa.Column("confirmed_at", sa.DateTime(timezone=True)), schema="placements"
    )
    op.add_column("contact_points", sa.Column("doubted_at", sa.DateTime(timezone=True)), schema="placements")
    op.add_column("contact_points", sa.Column("doubted_why", sa.Text()), schema="placements")
    op.create_table(
        "number_claims",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("old_number", sa.Text(), nullable=False),
        sa.Column("new_number", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*_STATES, name="state", native_enum=False, create_constraint=False, length=32),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(_among("state", _STATES), name=op.f("ck_number_claims_state")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["placements.people.id"], name=op.f("fk_number_claims_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_claims")),
        schema="placements",
    )
    op.create_index(
        "uq_number_claims_waiting",
        "number_claims",
        ["person_id"],
        unique=True,
        schema="placements",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.add_column("conversation", sa.Column("case_id", sa.Uuid()), schema="conversations")
    op.add_column(
        "conversation", sa.Column("human_until", sa.DateTime(timezone=True)), schema="conversations"
    )
    op.add_column(
        "conversation", sa.Column("human_told_at", sa.DateTime(timezone=True)), schema="conversations"
    )
    op.add_column("case_note", sa.Column("inbound_id", sa.Uuid()), schema="conversations")
    op.create_table(
        "held_notice",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("notice_id", "person_id"),
        schema="conversations",
    )
    op.create_index("ix_held_notice_number", "held_notice", ["number"], schema="conversations")


def downgrade() -> None:
    op.drop_table("held_notice", schema="conversations")
    op.drop_column("case_note", "inbound_id", schema="conversations")
    for column in ("human_told_at", "human_until", "case_id"):
        op.drop_column("conversation", column, schema="conversations")
    op.drop_table("number_claims", schema="placements")
    for column in ("doubted_why", "doubted_at", "confirmed_at"):
        op.drop_column("contact_points", column, schema="placements")
    op.execute("update placements.contact_points set how = 'roster_match' where how = 'old_number'")
    _say_how(_HOW_BEFORE)


def _say_how(words: tuple[str, ...]) -> None:
    """Let the two columns that say how something is known take these words."""
    for table in ("contact_points", "guardian_links"):
        name = f"ck_{table}_how"
        op.drop_constraint(op.f(name), table, schema="placements", type_="check")
        op.create_check_constraint(op.f(name), table, _among("how", words), schema="placements")


def _among(column: str, words: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"{column} in ({listed})"
