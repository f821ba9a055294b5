"""Signed forms, plans that change, hosts on hold, and a database that confirms nothing nobody permitted."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "bookings",
        sa.Column("needs_form", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="placements",
    )
    op.add_column("bookings", sa.Column("plan_since", sa.DateTime(timezone=True)), schema="placements")
    op.execute("update placements.bookings set plan_since = requested_at")
    op.alter_column("bookings", "plan_since", nullable=False, schema="placements")
    _forms()
    _freezes()
    for statement in (BOOKING_GUARD, REFUSAL_GUARD, REFUSAL_TRIGGER):
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop trigger guard on placements.refusals")
    op.execute("drop function placements.guard_refusal()")
    op.execute(BOOKING_GUARD_BEFORE)
    op.drop_table("partner_freezes", schema="placements")
    op.drop_column("consents", "form_id", schema="placements")
    op.drop_table("consent_forms", schema="placements")
    for column in ("plan_since", "needs_form"):
        op.drop_column("bookings", column, schema="placements")


def _forms() -> None:
    op.create_table(
        "consent_forms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_forms")),
        _to("consent_forms", "booking_id", "bookings.id"),
        _to("consent_forms", "student_id", "students.person_id"),
        _to("consent_forms", "signed_by", "people.id"),
        _to("consent_forms", "recorded_by", "people.id"),
        schema="placements",
    )
    for column in ("booking_id", "student_id"):
        op.create_index(
            op.f(f"ix_consent_forms_{column}"), "consent_forms", [column], unique=False, schema="placements"
        )
    op.add_column("consents", sa.Column("form_id", sa.Uuid()), schema="placements")
    op.create_foreign_key(
        op.f("fk_consents_form_id"),
        "consents",
        "consent_forms",
        ["form_id"],
        ["id"],
        source_schema="placements",
        referent_schema="placements",
    )


def _freezes() -> None:
    op.create_table(
        "partner_freezes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("cause_kind", sa.Text(), nullable=False),
        sa.Column("cause_ref", sa.Text(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True)),
        sa.Column("cleared_by", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_freezes")),
        _to("partner_freezes", "partner_id", "partners.id"),
        _to("partner_freezes", "cleared_by", "people.id"),
        schema="placements",
    )
    op.create_index(
        "uq_partner_freezes_cause",
        "partner_freezes",
        ["partner_id", "cause_kind", "cause_ref"],
        unique=True,
        schema="placements",
    )
    op.create_index(
        "ix_partner_freezes_standing",
        "partner_freezes",
        ["partner_id"],
        schema="placements",
        postgresql_where=sa.text("cleared_at is null"),
    )


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"placements.{target}"], name=op.f(f"fk_{table}_{column}"))


# The same ways as placements/rules/bookings.py; a test holds the two together. The row lock on the student makes a
# confirmation and a refusal in two connections happen one after the other, whichever code asks for them.
BOOKING_GUARD = """
create or replace function placements.guard_booking() returns trigger language plpgsql as $$
declare
    ways constant jsonb := '{
        "requested": ["waiting_consent", "waiting_host", "confirmed", "cancelled", "refused", "expired"],
        "waiting_consent": ["waiting_host", "confirmed", "cancelled", "refused", "expired"],
        "waiting_host": ["waiting_consent", "confirmed", "declined", "cancelled", "refused", "expired"],
        "confirmed": ["waiting_consent", "waiting_host", "attended", "no_show", "cancelled", "refused"],
        "attended": ["no_show"],
        "no_show": ["attended"]
    }';
begin
    if tg_op = 'INSERT' then
        if new.state <> 'requested' then
            raise exception 'a booking begins as requested, not as %', new.state;
        end if;
        return new;
    end if;
    if new.state = old.state then
        return new;
    end if;
    if not coalesce(ways -> old.state ? new.state, false) then
        raise exception 'a booking cannot go from % to %', old.state, new.state;
    end if;
    if new.state not in ('waiting_host', 'confirmed') then
        return new;
    end if;
    perform 1 from placements.students s where s.person_id = new.student_id for no key update;
    if exists (
        select 1 from placements.refusals r
        where r.student_id = new.student_id and r.opportunity_id = new.opportunity_id and r.lifted_at is null
    ) then
        raise exception 'a guardian has refused this';
    end if;
    if new.needs_consent and not exists (
        select 1 from placements.consents c
        where c.booking_id = new.id and c.decision = 'given' and c.at >= new.plan_since
            and (c.form_id is not null or not new.needs_form)
            and (exists (
                select 1 from placements.guardian_links g
                where g.guardian_id = c.person_id and g.student_id = new.student_id
                    and g.valid_until is null and not g.barred
            ) or exists (
                select 1 from placements.people p
                where p.id = new.student_id and p.id = c.person_id
                    and p.birth_date + interval '18 years' <= c.at
            ))
    ) then
        raise exception 'nobody has permitted this plan';
    end if;
    if new.state = 'confirmed' then
        perform 1 from placements.partners p
            join placements.opportunities o on o.partner_id = p.id
            where o.id = new.opportunity_id for share of p;
        if exists (
            select 1 from placements.partner_freezes f
            join placements.opportunities o on o.partner_id = f.partner_id
            where o.id = new.opportunity_id and f.cleared_at is null
        ) then
            raise exception 'visits at this partner are on hold';
        end if;
    end if;
    return new;
end $$
"""

REFUSAL_GUARD = """
create function placements.guard_refusal() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform 1 from placements.students s where s.person_id = new.student_id for no key update;
        return new;
    end if;
    if current_setting('footbridge.erasing', true) = 'on' then
        return coalesce(new, old);
    end if;
    if tg_op = 'DELETE' then
        raise exception 'a refusal is lifted, never deleted';
    end if;
    if old.lifted_at is not null or new.lifted_at is null or new.lifted_by is null
        or (new.student_id, new.opportunity_id, new.person_id, new.at)
            is distinct from (old.student_id, old.opportunity_id, old.person_id, old.at)
    then
        raise exception 'a refusal can only be lifted, once, by somebody';
    end if;
    return new;
end $$
"""

REFUSAL_TRIGGER = """
create trigger guard before insert or update or delete on placements.refusals
    for each row execute function placements.guard_refusal()
"""

BOOKING_GUARD_BEFORE = """
create or replace function placements.guard_booking() returns trigger language plpgsql as $$
declare
    ways constant jsonb := '{
        "requested": ["waiting_consent", "waiting_host", "confirmed", "cancelled", "refused", "expired"],
        "waiting_consent": ["waiting_host", "confirmed", "cancelled", "refused", "expired"],
        "waiting_host": ["confirmed", "declined", "cancelled", "refused", "expired"],
        "confirmed": ["attended", "no_show", "cancelled", "refused"],
        "attended": ["no_show"],
        "no_show": ["attended"]
    }';
begin
    if tg_op = 'INSERT' then
        if new.state <> 'requested' then
            raise exception 'a booking begins as requested, not as %', new.state;
        end if;
        return new;
    end if;
    if new.state <> old.state and not coalesce(ways -> old.state ? new.state, false) then
        raise exception 'a booking cannot go from % to %', old.state, new.state;
    end if;
    if new.state = 'confirmed' and old.state <> 'confirmed' and exists (
        select 1 from placements.refusals r
        where r.student_id = new.student_id and r.opportunity_id = new.opportunity_id and r.lifted_at is null
    ) then
        raise exception 'a guardian has refused this';
    end if;
    return new;
end $$
"""
