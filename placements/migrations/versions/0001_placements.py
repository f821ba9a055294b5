"""The placement database"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activity_types",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "awareness",
                "exploration",
                "preparation",
                "any",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=32,
                schema="placements",
            ),
            nullable=False,
        ),
        sa.Column("label", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_activity_types")),
        schema="placements",
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("cause_kind", sa.Text(), nullable=False),
        sa.Column("cause_ref", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        schema="placements",
    )
    op.create_index(
        "ix_audit_record", "audit", ["record_type", "record_id"], unique=False, schema="placements"
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ahead", sa.Interval(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_clock_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
        schema="placements",
    )
    op.create_table(
        "districts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("rule_pack", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_districts")),
        sa.UniqueConstraint("name", name=op.f("uq_districts_name")),
        schema="placements",
    )
    op.create_table(
        "effects",
        sa.Column("cause_kind", sa.Text(), nullable=False),
        sa.Column("cause_ref", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("cause_kind", "cause_ref", "verb", name=op.f("pk_effects")),
        schema="placements",
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("position", name=op.f("uq_notices_position")),
        schema="placements",
    )
    op.create_index(
        "ix_notices_record", "notices", ["record_type", "record_id"], unique=False, schema="placements"
    )
    op.create_index(
        "ix_notices_unsent",
        "notices",
        ["position"],
        unique=False,
        schema="placements",
        postgresql_where=sa.text("done_at is null"),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("language in ('en', 'es')", name=op.f("ck_people_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        schema="placements",
    )
    op.create_table(
        "roster_tries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("student_number", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matched", sa.Boolean(), nullable=False),
        sa.Column("cleared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_tries")),
        schema="placements",
    )
    op.create_index(
        "ix_roster_tries_phone", "roster_tries", ["phone", "at"], unique=False, schema="placements"
    )
    op.create_index(
        "ix_roster_tries_student_number",
        "roster_tries",
        ["student_number", "at"],
        unique=False,
        schema="placements",
    )
    op.create_table(
        "contact_points",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "phone",
                "email",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
                schema="placements",
            ),
            nullable=False,
        ),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column(
            "how",
            sa.Enum(
                "school",
                "coordinator",
                "roster_match",
                "self_said",
                name="how",
                native_enum=False,
                create_constraint=True,
                length=32,
                schema="placements",
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind <> 'phone' or value ~ '^\\+[1-9][0-9]{6,14}$'", name=op.f("ck_contact_points_e164")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["placements.people.id"], name=op.f("fk_contact_points_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_points")),
        schema="placements",
    )
    op.create_index(
        "ix_contact_points_value",
        "contact_points",
        ["value"],
        unique=False,
        schema="placements",
        postgresql_where=sa.text("valid_until is null"),
    )
    op.create_index(
        "uq_contact_points_current",
        "contact_points",
        ["person_id", "kind", "value"],
        unique=True,
        schema="placements",
        postgresql_where=sa.text("valid_until is null"),
    )
    op.create_table(
        "partners",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("aliases", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "employer",
                "chamber_of_commerce",
                "industry_association",
                "workforce_board",
                "nonprofit",
                "postsecondary",
                "government",
                "community_organization",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
                schema="placements",
            ),
            nullable=False,
        ),
        sa.Column(
            "reach",
            sa.Enum(
                "state",
                "sector",
                "regional",
                "local",
                name="reach",
                native_enum=False,
                create_constraint=True,
                length=32,
                schema="placements",
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "asked",
                "replied",
                "vetted",
                "active",
                "paused",
                "lapsed",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
                schema="placements",
            ),
            nullable=False,
        ),
        sa.Column("clusters", sa.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["placements.districts.id"], name=op.f("fk_partners_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
        sa.UniqueConstraint("name", name=op.f("uq_partners_name")),
        schema="placements",
    )
    op.create_index(
        op.f("ix_partners_district_id"), "partners", ["district_id"], unique=False, schema="placements"
    )
    op.create_table(
        "schools",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("aliases", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.Column("weekdays", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("holiday_pack", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id"], ["placements.districts.id"], name=op.f("fk_schools_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools")),
        sa.UniqueConstraint("name", name=op.f("uq_schools_name")),
        schema="placements",
    )
    op.create_index(
        op.f("ix_schools_district_id"), "schools", ["district_id"], unique=False, schema="placements"
    )
    op.create_table(
        "academies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pathway", sa.Text(), nullable=False),
        sa.Column("clusters", sa.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["placements.schools.id"], name=op.f("fk_academies_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_academies")),
        schema="placements",
    )
    op.create_index(
        op.f("ix_academies_school_id"), "academies", ["school_id"], unique=False, schema="placements"
    )
    op.create_table(
        "champions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "asked",
                "replied",
                "vetted",
                "active",
                "paused",
                "lapsed",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
                schema="placements",
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["placements.partners.id"], name=op.f("fk_champions_partner_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["placements.people.id"], name=op.f("fk_champions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_champions")),
        schema="placements",
    )
    op.create_index(
        op.f("ix_champions_partner_id"), "champions", ["partner_id"], unique=False, schema="placements"
    )
    op.create_index(
        "uq_champions_current",
        "champions",
        ["person_id", "partner_id"],
        unique=True,
        schema="placements",
        postgresql_where=sa.text("valid_until is null"),
    )
    op.create_table(
        "school_closures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_school_closures_in_order")),
        sa.ForeignKeyConstraint(
            ["school_id"], ["placements.schools.id"], name=op.f("fk_school_closures_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_closures")),
        schema="placements",
    )
    op.create_index(
        "uq_school_closures_span",
        "school_closures",
        ["school_id", "first_day", "last_day"],
        unique=True,
        schema="placements",
    )
    op.create_table(
        "sites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("ask_for", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hazards", sa.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["placements.partners.id"], name=op.f("fk_sites_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        schema="placements",
    )
    op.create_index(op.f("ix_sites_partner_id"), "sites", ["partner_id"], unique=False, schema="placements")
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "coordinator",
                "teacher",
                "counselor",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
                schema="placements",
            ),
            nullable=False,
        ),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id"], ["placements.districts.id"], name=op.f("fk_staff_district_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["placements.people.id"], name=op.f("fk_staff_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["placements.schools.id"], name=op.f("fk_staff_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        schema="placements",
    )
    op.create_index(op.f("ix_staff_person_id"), "staff", ["person_id"], unique=False, schema="placements")
    op.create_table(
        "opportunities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("champion_id", sa.Uuid(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("what_you_do", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("bring", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("clusters", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("occupations", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("min_grade", sa.Integer(), nullable=True),
        sa.Column("min_age", sa.Integer(), nullable=True),
        sa.Column("school_ids", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "listed",
                "closed",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
                schema="placements",
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["activity"], ["placements.activity_types.code"], name=op.f("fk_opportunities_activity")
        ),
        sa.ForeignKeyConstraint(
            ["champion_id"], ["placements.people.id"], name=op.f("fk_opportunities_champion_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["placements.partners.id"], name=op.f("fk_opportunities_partner_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["placements.sites.id"], name=op.f("fk_opportunities_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunities")),
        schema="placements",
    )
    op.create_index(
        op.f("ix_opportunities_activity"), "opportunities", ["activity"], unique=False, schema="placements"
    )
    op.create_index(
        op.f("ix_opportunities_partner_id"),
        "opportunities",
        ["partner_id"],
        unique=False,
        schema="placements",
    )
    op.create_table(
        "students",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("academy_id", sa.Uuid(), nullable=True),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("student_number", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("grade between 6 and 13", name=op.f("ck_students_grade")),
        sa.ForeignKeyConstraint(
            ["academy_id"], ["placements.academies.id"], name=op.f("fk_students_academy_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["placements.people.id"], name=op.f("fk_students_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["placements.schools.id"], name=op.f("fk_students_school_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_students")),
        schema="placements",
    )
    op.create_index(
        "ix_students_student_number", "students", ["student_number"], unique=False, schema="placements"
    )
    op.create_index(
        "uq_students_number", "students", ["school_id", "student_number"], unique=True, schema="placements"
    )
    op.create_table(
        "guardian_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("barred", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "how",
            sa.Enum(
                "school",
                "coordinator",
                "roster_match",
                "self_said",
                name="how",
                native_enum=False,
                create_constraint=True,
                length=32,
                schema="placements",
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("guardian_id <> student_id", name=op.f("ck_guardian_links_two_people")),
        sa.ForeignKeyConstraint(
            ["guardian_id"], ["placements.people.id"], name=op.f("fk_guardian_links_guardian_id")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["placements.students.person_id"], name=op.f("fk_guardian_links_student_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian_links")),
        schema="placements",
    )
    op.create_index(
        op.f("ix_guardian_links_student_id"),
        "guardian_links",
        ["student_id"],
        unique=False,
        schema="placements",
    )
    op.create_index(
        "uq_guardian_links_current",
        "guardian_links",
        ["guardian_id", "student_id"],
        unique=True,
        schema="placements",
        postgresql_where=sa.text("valid_until is null"),
    )
    op.create_table(
        "interests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("clusters", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("activity", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity"], ["placements.activity_types.code"], name=op.f("fk_interests_activity")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["placements.students.person_id"], name=op.f("fk_interests_student_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interests")),
        schema="placements",
    )
    op.create_index(
        op.f("ix_interests_student_id"), "interests", ["student_id"], unique=False, schema="placements"
    )
    op.create_table(
        "refusals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["placements.opportunities.id"], name=op.f("fk_refusals_opportunity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["placements.people.id"], name=op.f("fk_refusals_person_id")),
        sa.ForeignKeyConstraint(
            ["student_id"], ["placements.students.person_id"], name=op.f("fk_refusals_student_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusals")),
        schema="placements",
    )
    op.create_index(
        "uq_refusals_unlifted",
        "refusals",
        ["student_id", "opportunity_id", "person_id"],
        unique=True,
        schema="placements",
        postgresql_where=sa.text("lifted_at is null"),
    )
    op.create_table(
        "slots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("ask_for", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "closed",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
                schema="placements",
            ),
            nullable=False,
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_slots_in_order")),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["placements.opportunities.id"], name=op.f("fk_slots_opportunity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots")),
        schema="placements",
    )
    op.create_index(
        op.f("ix_slots_opportunity_id"), "slots", ["opportunity_id"], unique=False, schema="placements"
    )
    op.create_index("ix_slots_starts_at", "slots", ["starts_at"], unique=False, schema="placements")
    op.create_table(
        "student_forms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["student_id"], ["placements.students.person_id"], name=op.f("fk_student_forms_student_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_student_forms")),
        schema="placements",
    )
    op.create_index(
        op.f("ix_student_forms_student_id"),
        "student_forms",
        ["student_id"],
        unique=False,
        schema="placements",
    )
    op.create_table(
        "places",
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("place_no", sa.Integer(), nullable=False),
        sa.CheckConstraint("place_no > 0", name=op.f("ck_places_from_one")),
        sa.ForeignKeyConstraint(["slot_id"], ["placements.slots.id"], name=op.f("fk_places_slot_id")),
        sa.PrimaryKeyConstraint("slot_id", "place_no", name=op.f("pk_places")),
        schema="placements",
    )
    op.create_table(
        "bookings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("place_no", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "waiting_consent",
                "waiting_host",
                "confirmed",
                "attended",
                "no_show",
                "cancelled",
                "declined",
                "refused",
                "expired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
                schema="placements",
            ),
            nullable=False,
        ),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("needs_consent", sa.Boolean(), nullable=False),
        sa.Column("needs_host", sa.Boolean(), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("day_before_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("host_asked", sa.Boolean(), nullable=False),
        sa.Column("nudged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_from", sa.Uuid(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["moved_from"], ["placements.bookings.id"], name=op.f("fk_bookings_moved_from")
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["placements.opportunities.id"], name=op.f("fk_bookings_opportunity_id")
        ),
        sa.ForeignKeyConstraint(
            ["slot_id", "place_no"],
            ["placements.places.slot_id", "placements.places.place_no"],
            name=op.f("fk_bookings_slot_id_place_no"),
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["placements.students.person_id"], name=op.f("fk_bookings_student_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        schema="placements",
    )
    op.create_index(
        "ix_bookings_deadline",
        "bookings",
        ["deadline"],
        unique=False,
        schema="placements",
        postgresql_where=sa.text("state in ('confirmed', 'requested', 'waiting_consent', 'waiting_host')"),
    )
    op.create_index("ix_bookings_student_id", "bookings", ["student_id"], unique=False, schema="placements")
    op.create_index(
        "uq_bookings_place",
        "bookings",
        ["slot_id", "place_no"],
        unique=True,
        schema="placements",
        postgresql_where=sa.text("state in ('confirmed', 'requested', 'waiting_consent', 'waiting_host')"),
    )
    op.create_index(
        "uq_bookings_student_slot",
        "bookings",
        ["student_id", "slot_id"],
        unique=True,
        schema="placements",
        postgresql_where=sa.text("state in ('confirmed', 'requested', 'waiting_consent', 'waiting_host')"),
    )
    op.create_table(
        "booking_dues",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["placements.bookings.id"], name=op.f("fk_booking_dues_booking_id")
        ),
        sa.PrimaryKeyConstraint("booking_id", "kind", name=op.f("pk_booking_dues")),
        schema="placements",
    )
    op.create_table(
        "booking_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "from_state",
            sa.Enum(
                "requested",
                "waiting_consent",
                "waiting_host",
                "confirmed",
                "attended",
                "no_show",
                "cancelled",
                "declined",
                "refused",
                "expired",
                name="from_state",
                native_enum=False,
                create_constraint=True,
                length=32,
                schema="placements",
            ),
            nullable=True,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "requested",
                "waiting_consent",
                "waiting_host",
                "confirmed",
                "attended",
                "no_show",
                "cancelled",
                "declined",
                "refused",
                "expired",
                name="to_state",
                native_enum=False,
                create_constraint=True,
                length=32,
                schema="placements",
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("cause_kind", sa.Text(), nullable=False),
        sa.Column("cause_ref", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["placements.bookings.id"], name=op.f("fk_booking_events_booking_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_events")),
        schema="placements",
    )
    op.create_index(
        op.f("ix_booking_events_booking_id"),
        "booking_events",
        ["booking_id"],
        unique=False,
        schema="placements",
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "given",
                "refused",
                "revoked",
                "lifted",
                name="decision",
                native_enum=False,
                create_constraint=True,
                length=32,
                schema="placements",
            ),
            nullable=False,
        ),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("cause_kind", sa.Text(), nullable=False),
        sa.Column("cause_ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["placements.bookings.id"], name=op.f("fk_consents_booking_id")
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["placements.opportunities.id"], name=op.f("fk_consents_opportunity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["placements.people.id"], name=op.f("fk_consents_person_id")),
        sa.ForeignKeyConstraint(
            ["student_id"], ["placements.students.person_id"], name=op.f("fk_consents_student_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        schema="placements",
    )
    op.create_index(
        op.f("ix_consents_booking_id"), "consents", ["booking_id"], unique=False, schema="placements"
    )
    op.create_index(
        "ix_consents_student_opportunity",
        "consents",
        ["student_id", "opportunity_id"],
        unique=False,
        schema="placements",
    )
    for statement in (APPEND_ONLY, BOOKING_GUARD):
        op.execute(statement)
    for table in ("audit", "booking_events", "consents"):
        op.execute(
            f"create trigger append_only before update or delete on placements.{table}"
            " for each row execute function placements.append_only()"
        )
    op.execute(
        "create trigger guard before insert or update of state on placements.bookings"
        " for each row execute function placements.guard_booking()"
    )


# Erasing a person's data sets `footbridge.erasing` for its own transaction.
APPEND_ONLY = """
create function placements.append_only() returns trigger language plpgsql as $$
begin
    if current_setting('footbridge.erasing', true) = 'on' then
        return coalesce(new, old);
    end if;
    raise exception 'rows of % are only ever added', tg_table_name;
end $$
"""

# The same ways as placements/rules/bookings.py; a test holds the two together.
BOOKING_GUARD = """
create function placements.guard_booking() returns trigger language plpgsql as $$
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
