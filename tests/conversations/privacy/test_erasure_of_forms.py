"""A signed form is a file with a name, an address and a signature on it: it goes with whoever it is of."""

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from footbridge.commands import Refused
from footbridge.commands import consent as consent_commands
from footbridge.commands import erase as erase_commands
from footbridge.settings import Settings
from tests.stories.consent.family import ISAIAH, asks, states
from tests.support.town import Town

pytestmark = pytest.mark.engine

CONTENT = b"%PDF I, Lorraine Carter, let Isaiah go"
FORMS = "select content, sha256, signed_on, size from placements.consent_forms"


@pytest.fixture
async def form(town: Town, settings: Settings, tmp_path: Path) -> UUID:
    """Lorraine has signed for Isaiah, and Nadia has taken the form in."""
    scan = tmp_path / "form.pdf"
    scan.write_bytes(CONTENT)
    await asks(town, ISAIAH)
    paper = consent_commands.Paper(scan, date(2027, 1, 30), "nadia@demo.example")
    await consent_commands.consent_record(settings, "100251", paper)
    await town.settle()
    [(found,)] = await town.rows("select id from placements.consent_forms")
    return UUID(str(found))


@pytest.mark.parametrize("whose", ["100251", "Lorraine Carter"])
async def test_the_file_goes_with_the_student_and_with_who_signed(
    town: Town, settings: Settings, form: UUID, tmp_path: Path, whose: str
) -> None:
    [(content, sha256, signed_on, size)] = await town.rows(FORMS)
    assert bytes(content) == CONTENT
    said = await erase_commands.erase_one(settings, whose, confirm=lambda _question: True)
    await town.settle()
    assert await town.rows(FORMS) == [(None, sha256, signed_on, size)]
    [(wording,)] = await town.rows("select distinct wording from placements.consents")
    assert wording == ""
    [line] = [line for line in said.splitlines() if "signed forms" in line]
    assert "1 signed forms, whose files are erased" in line and "SHA-256" in line and "paper" in line
    with pytest.raises(Refused, match="erased"):
        await consent_commands.consent_file(settings, form, tmp_path / "copy.pdf")
    assert not (tmp_path / "copy.pdf").exists()


async def test_a_form_stays_when_somebody_else_is_erased(town: Town, settings: Settings, form: UUID) -> None:
    """The coordinator who took it in is in it by id alone; another student has nothing to do with it."""
    for other in ("Nadia Pierre", "100201"):
        said = await erase_commands.erase_one(settings, other, confirm=lambda _question: True)
        assert "signed forms" not in said
    [(content, *_)] = await town.rows(FORMS)
    assert bytes(content) == CONTENT


async def test_what_a_guardian_permitted_stays_permitted(town: Town, settings: Settings, form: UUID) -> None:
    assert await states(town) == ["waiting_host"]
    await erase_commands.erase_one(settings, "Lorraine Carter", confirm=lambda _question: True)
    assert await states(town) == ["waiting_host"]


async def test_before_anything_is_erased_the_law_is_named(town: Town, settings: Settings) -> None:
    asked: list[str] = []
    with pytest.raises(Refused):
        await erase_commands.erase_one(settings, "100201", confirm=lambda q: bool(asked.append(q)))
    assert "34 CFR 99.10(e)" in asked[0]
