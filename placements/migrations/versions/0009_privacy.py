"""Looks at records, what was erased and has to stay erased, erasing at the carrier, and restored copies."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MESSAGES = ("inbound", "outbound")
AGE = {"inbound": "received_at", "outbound": "created_at"}


def upgrade() -> None:
    _looks()
    for table in MESSAGES:
        op.add_column(table, sa.Column("erased_at", sa.DateTime(timezone=True)), schema="conversations")
        op.create_index(
            f"{table}_kept",
            table,
            [AGE[table]],
            schema="conversations",
            postgresql_where=sa.text("erased_at is null"),
        )
    op.create_table(
        "erased",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opted_out_at", sa.DateTime(timezone=True)),
        sa.Column("carried_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "digest"),
        schema="conversations",
    )
    op.create_table(
        "carrier_erasure",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("carrier_id", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("pictures", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.Column("claimed_real", sa.DateTime(timezone=True)),
        sa.Column("error_code", sa.Text()),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("carrier_id", "what"),
        schema="conversations",
    )
    op.create_index(
        "carrier_erasure_waiting",
        "carrier_erasure",
        ["id"],
        schema="conversations",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "restored",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("copy_real", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_real", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gap_settled_real", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id"),
        schema="conversations",
    )


def _looks() -> None:
    op.create_table(
        "looks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_looks")),
        schema="placements",
    )
    op.create_index("ix_looks_person_id", "looks", ["person_id", "at"], schema="placements")
    op.execute(
        "create trigger append_only before update or delete on placements.looks"
        " for each row execute function placements.append_only()"
    )


def downgrade() -> None:
    for table in ("restored", "carrier_erasure", "erased"):
        op.drop_table(table, schema="conversations")
    for table in MESSAGES:
        op.drop_index(f"{table}_kept", table, schema="conversations")
        op.drop_column(table, "erased_at", schema="conversations")
    op.drop_table("looks", schema="placements")
