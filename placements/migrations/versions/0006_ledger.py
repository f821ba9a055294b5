"""The ledger of a number can only be added to and says which bar it is about; a text says until when it holds good."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SCHEMA = "conversations"
_KEEP = (
    "create trigger append_only before update or delete on conversations.basis"
    " for each row execute function placements.append_only()",
    "create trigger append_only_whole before truncate on conversations.basis"
    " for each statement execute function placements.append_only()",
)


def upgrade() -> None:
    op.add_column("basis", sa.Column("bar", sa.Text(), server_default="", nullable=False), schema=_SCHEMA)
    op.execute(
        "update conversations.basis set bar = case when source in ('carrier', 'keyword') then 'both' else 'ours' end"
        " where kind in ('opt_out', 'opt_in')"
    )
    for statement in _KEEP:
        op.execute(statement)
    op.add_column("outbound", sa.Column("about_id", sa.Uuid()), schema=_SCHEMA)
    op.add_column("outbound", sa.Column("about_state", sa.Text()), schema=_SCHEMA)
    op.add_column("outbound", sa.Column("good_until", sa.DateTime(timezone=True)), schema=_SCHEMA)


def downgrade() -> None:
    for column in ("good_until", "about_state", "about_id"):
        op.drop_column("outbound", column, schema=_SCHEMA)
    op.execute("drop trigger append_only_whole on conversations.basis")
    op.execute("drop trigger append_only on conversations.basis")
    op.drop_column("basis", "bar", schema=_SCHEMA)
