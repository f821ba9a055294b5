"""The `footbridge` command: exit status 0 done, 1 refused with a reason on standard error, 2 wrong usage."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn
from uuid import UUID

import typer

from footbridge import logs
from footbridge.settings import Settings, SettingsError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Footbridge: work-based learning by text.",
)
cases_app = typer.Typer(no_args_is_help=True, help="What waits for a person.")
bench_app = typer.Typer(help="The performance tables.")
demo_app = typer.Typer(no_args_is_help=True, help="The demo district.")
answers_app = typer.Typer(
    no_args_is_help=True, help="The answers to crisis texts, and who signed their words."
)
consent_app = typer.Typer(no_args_is_help=True, help="Permission: forms taken in, a no lifted.")
partners_app = typer.Typer(no_args_is_help=True, help="Hosts: on hold, and what they offer.")
export_app = typer.Typer(no_args_is_help=True, help="What is held about a person, to hand out.")
people_app = typer.Typer(no_args_is_help=True, help="Whose number is whose.")
app.add_typer(cases_app, name="cases")
app.add_typer(answers_app, name="answers")
app.add_typer(people_app, name="people")
app.add_typer(demo_app, name="demo")
app.add_typer(bench_app, name="bench")
app.add_typer(consent_app, name="consent")
app.add_typer(partners_app, name="partners")
texts_app = typer.Typer(no_args_is_help=True, help="What goes out, in the coordinators' own words.")
app.add_typer(texts_app, name="texts")
Language = Annotated[str, typer.Option("--lang", help="en or es.")]
By = Annotated[str, typer.Option("--by", help="Who changes it.")]
app.add_typer(export_app, name="export")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, for a pipe.")]


def refuse(reason: str) -> NoReturn:
    """Leave with status 1 and a reason."""
    typer.echo(f"footbridge: {reason}", err=True)
    raise typer.Exit(1)


def loaded() -> Settings:
    """The settings, or one line that names what is wrong with them."""
    try:
        return Settings.load()
    except SettingsError as wrong:
        refuse(str(wrong))


def run(work: Coroutine[Any, Any, str]) -> str:
    """Run a command's work; what it refuses becomes one line."""
    from footbridge.commands import Refused
    from footbridge.postgres import PostgresError

    try:
        return asyncio.run(work)
    except (Refused, SettingsError, PostgresError) as refused:
        refuse(str(refused))


@app.callback()
def main(
    who: Annotated[
        str,
        typer.Option("--as", help="Who looks, for the record of looks; the machine's account if left out."),
    ] = "",
    reason: Annotated[str, typer.Option("--because", help="Why, for the record of looks.")] = "",
) -> None:
    """Footbridge: work-based learning by text."""
    if who or reason:
        from footbridge.commands import look_as

        look_as(who, reason)


@app.command()
def serve(
    only: Annotated[str | None, typer.Option(help="gateway, worker or engine: one part alone.")] = None,
) -> None:
    """Start everything and watch it, or one part of it."""
    settings = loaded()
    from footbridge import serve as serving
    from footbridge.model import TrainingFailed
    from footbridge.postgres import PostgresError

    if only is not None and only not in ("gateway", "worker", "engine"):
        typer.echo("footbridge: --only takes gateway, worker or engine", err=True)
        raise typer.Exit(2)
    try:
        if only == "engine":
            serving.run_engine(settings)
        elif only is not None:
            _run_part(settings, only)
        else:
            raise typer.Exit(serving.Supervisor(settings).run())
    except (
        SettingsError,
        PostgresError,
        TrainingFailed,
        serving.AlreadyRunning,
        serving.NotMigrated,
    ) as wrong:
        refuse(str(wrong))


def _run_part(settings: Settings, part: str) -> None:
    from footbridge import serve as serving

    logs.configure(part, settings.home, stderr=not serving.supervised())
    if not serving.supervised():
        serving.require_schema(settings)
    if part == "gateway":
        from footbridge.gateway import run_gateway

        asyncio.run(run_gateway(settings))
    else:
        from footbridge.worker import run_worker

        asyncio.run(run_worker(settings))


@app.command()
def train(force: Annotated[bool, typer.Option(help="Train even where the model is there.")] = False) -> None:
    """Train the model of the present content, unless it is there."""
    from footbridge.model import TrainingFailed, ensure_model

    try:
        made = ensure_model(force=force)
    except TrainingFailed as failed:
        refuse(str(failed))
    from bot.actions import nearest

    nearest.warm()
    typer.echo(str(made))


@app.command()
def settings() -> None:
    """Print the effective settings, secrets masked."""
    for name, value in loaded().describe().items():
        typer.echo(f"{name}={value}")


@app.command()
def understand(
    text: Annotated[str | None, typer.Argument(help="The text; leave it out with --batch.")] = None,
    role: Annotated[str, typer.Option(help="student, employer, guardian, coordinator or anyone")] = "anyone",
    at: Annotated[str | None, typer.Option(help="When it was sent (ISO); now if left out.")] = None,
    pending: Annotated[str | None, typer.Option(help="The kind of question that is open.")] = None,
    batch: Annotated[bool, typer.Option("--batch", help="JSON lines in, JSON lines out.")] = False,
) -> None:
    """What a text is understood as, on one line of JSON. Needs nothing running."""
    from footbridge import understanding

    if batch == (text is not None):
        typer.echo("footbridge: give a text, or --batch and JSON lines on standard input", err=True)
        raise typer.Exit(2)
    try:
        if batch:
            understanding.batch(sys.stdin.buffer, sys.stdout)
        else:
            row = {"id": "", "text": text, "role": role, "at": at, "pending": pending}
            found = understanding.one({k: v for k, v in row.items() if v is not None})
            typer.echo(json.dumps(found, ensure_ascii=False))
    except understanding.BadRow as bad:
        refuse(str(bad))


@app.command()
def why(
    message: Annotated[str, typer.Argument(help="A message's id, ours or the carrier's.")],
    as_json: AsJson = False,
) -> None:
    """What the bot understood, decided and did for one message, step by step."""
    from footbridge.commands import why as why_commands

    typer.echo(run(why_commands.why(loaded(), message, as_json=as_json)))


@app.command()
def clock(as_json: AsJson = False) -> None:
    """The installation's clock."""
    from footbridge.commands import clock as clock_commands

    typer.echo(run(clock_commands.clock(loaded(), as_json=as_json)))


@app.command()
def tick(at: Annotated[str, typer.Option(help="The moment to go to (ISO, with its zone).")]) -> None:
    """Move the demo's clock forward and do everything that falls due on the way, once each."""
    from footbridge.commands import clock as clock_commands

    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        typer.echo("footbridge: --at takes a time such as 2026-12-01T17:00:00-05:00", err=True)
        raise typer.Exit(2) from None
    typer.echo(run(clock_commands.tick(loaded(), moment)))


@cases_app.command("list")
def cases_list(
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """The open cases, most urgent first."""
    from footbridge.commands import cases as cases_commands

    typer.echo(run(cases_commands.cases_list(loaded(), everything=everything, as_json=as_json)))


@cases_app.command("show")
def cases_show(number: int, as_json: AsJson = False) -> None:
    """One case: who, what was said, what was done."""
    from footbridge.commands import cases as cases_commands

    typer.echo(run(cases_commands.cases_show(loaded(), number, as_json=as_json)))


@cases_app.command("reply")
def cases_reply(number: int, text: str) -> None:
    """Text the person of a case as the school."""
    from footbridge.commands import cases as cases_commands

    typer.echo(run(cases_commands.cases_reply(loaded(), number, text)))


@cases_app.command("close")
def cases_close(number: int, note: Annotated[str, typer.Option(help="What was done.")] = "") -> None:
    """Close a case; the bot has the conversation again."""
    from footbridge.commands import cases as cases_commands

    typer.echo(run(cases_commands.cases_close(loaded(), number, note)))


Why = Annotated[str, typer.Option(help="Why; kept beside the change.")]
PersonArgument = Annotated[
    str, typer.Argument(help="Student number (100201 or 100201@School), name, phone or id.")
]
NumberArgument = Annotated[str, typer.Argument(metavar="PHONE", help="A phone number.")]


@people_app.command("show")
def people_show(person: PersonArgument, as_json: AsJson = False) -> None:
    """The numbers of a person, or the people of a number: how each is known, since when, until when."""
    from footbridge.commands import people as people_commands

    typer.echo(run(people_commands.people_show(loaded(), person, as_json=as_json)))


@people_app.command("link")
def people_link(
    phone: NumberArgument,
    person: PersonArgument,
    why: Why,
    alone: Annotated[bool, typer.Option("--alone", help="The person's other numbers end.")] = False,
) -> None:
    """Link a number to a person, as a coordinator who has checked it."""
    from footbridge.commands import people as people_commands

    typer.echo(run(people_commands.people_link(loaded(), phone, person, why=why, alone=alone)))


@people_app.command("unlink")
def people_unlink(
    phone: NumberArgument,
    why: Why,
    person: Annotated[str | None, typer.Option(help="Only of this person.")] = None,
) -> None:
    """End the link of a number: nothing more about these people goes there."""
    from footbridge.commands import people as people_commands

    typer.echo(run(people_commands.people_unlink(loaded(), phone, person, why=why)))


@people_app.command("confirm")
def people_confirm(phone: NumberArgument, why: Why) -> None:
    """Say that a number is still with its people, so that it need not be asked."""
    from footbridge.commands import people as people_commands

    typer.echo(run(people_commands.people_confirm(loaded(), phone, why=why)))


@people_app.command("lift")
def people_lift(phone: NumberArgument, why: Why) -> None:
    """Let a phone try the roster again that guessed wrong too often."""
    from footbridge.commands import people as people_commands

    typer.echo(run(people_commands.people_lift(loaded(), phone, why=why)))


@app.command()
def drill(
    report: Annotated[bool, typer.Option("--report", help="How the last drill went, or goes.")] = False,
    end: Annotated[bool, typer.Option("--end", help="End the drill that is going on.")] = False,
    number: Annotated[int | None, typer.Option(help="With --report: the drill of that case number.")] = None,
    by: Annotated[str, typer.Option(help="Who holds the drill, for the record.")] = "the terminal",
    as_json: AsJson = False,
) -> None:
    """Call the people on call with plainly marked texts, as for a crisis, and see how long it takes."""
    from footbridge.commands import drill as drill_commands

    if report and end:
        typer.echo("footbridge: --report and --end are two things", err=True)
        raise typer.Exit(2)
    if report:
        typer.echo(run(drill_commands.report(loaded(), number, as_json=as_json)))
    elif end:
        typer.echo(run(drill_commands.end(loaded(), by=by)))
    else:
        typer.echo(run(drill_commands.drill(loaded(), by=by)))


@answers_app.command("list")
def answers_list(as_json: AsJson = False) -> None:
    """Every crisis answer in both languages: signed, changed since, or unsigned."""
    from footbridge.commands import answers as answers_commands

    typer.echo(run(answers_commands.answers_list(loaded(), as_json=as_json)))


@answers_app.command("show")
def answers_show(key: str, as_json: AsJson = False) -> None:
    """One answer, word for word, as people receive it."""
    from footbridge.commands import answers as answers_commands

    typer.echo(run(answers_commands.answers_show(loaded(), key, as_json=as_json)))


@answers_app.command("sign")
def answers_sign(
    keys: Annotated[list[str], typer.Argument(help="The answers, as `footbridge answers list` names them.")],
    by: Annotated[str, typer.Option(help="Name and office of whoever has read the words and approves them.")],
    language: Annotated[str | None, typer.Option(help="en or es; both if left out.")] = None,
) -> None:
    """Put on record who approves the words of an answer as they are now."""
    from footbridge.commands import answers as answers_commands

    typer.echo(run(answers_commands.answers_sign(loaded(), keys, language=language, by=by)))


ByOption = Annotated[str, typer.Option("--by", help="The coordinator who decides: mail address, name or id.")]


@consent_app.command("record")
def consent_record(
    student: PersonArgument,
    form: Annotated[Path, typer.Option(help="The signed form as a file, such as a scan.")],
    signed: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The date beside the signature.")],
    by: ByOption,
    guardian: Annotated[str | None, typer.Option(help="Who signed, where several may.")] = None,
    booking: Annotated[UUID | None, typer.Option(help="For which booking, where several wait.")] = None,
    late: Annotated[bool, typer.Option("--late", help="Book again what ran out of time.")] = False,
) -> None:
    """Take in a signed form: it permits the visit that waits for it, also after the hour for answers by text."""
    from footbridge.commands import consent as consent_commands

    paper = consent_commands.Paper(form, signed.date(), by, guardian, booking, late)
    typer.echo(run(consent_commands.consent_record(loaded(), student, paper)))


@consent_app.command("lift")
def consent_lift(
    student: PersonArgument,
    by: ByOption,
    partner: Annotated[str | None, typer.Option(help="Only what was refused at this host.")] = None,
) -> None:
    """Take back the no that stands against a student's visits; the student may then ask again."""
    from footbridge.commands import consent as consent_commands

    typer.echo(run(consent_commands.consent_lift(loaded(), student, by=by, partner=partner)))


@consent_app.command("bar")
def consent_bar(
    student: PersonArgument,
    guardian: Annotated[str, typer.Argument(help="A guardian of the student, by name or id.")],
    by: ByOption,
) -> None:
    """A court order: the guardian decides nothing and hears nothing about the student from now on."""
    from footbridge.commands import consent as consent_commands

    typer.echo(run(consent_commands.consent_bar(loaded(), student, guardian, by=by)))


@consent_app.command("show")
def consent_show(student: PersonArgument, as_json: AsJson = False) -> None:
    """What was decided about a student's visits, by whom, when and how; whose no stands."""
    from footbridge.commands import consent as consent_commands

    typer.echo(run(consent_commands.consent_show(loaded(), student, as_json=as_json)))


@consent_app.command("file")
def consent_file(
    form: Annotated[UUID, typer.Argument(help="The form's id, as `consent show` prints it.")],
    out: Annotated[Path, typer.Argument(help="The file to write.")],
) -> None:
    """Write a stored form to a file; the look at it is on record."""
    from footbridge.commands import consent as consent_commands

    typer.echo(run(consent_commands.consent_file(loaded(), form, out)))


PartnerArgument = Annotated[str, typer.Argument(metavar="HOST", help="The host, by name, other name or id.")]


@partners_app.command("held")
def partners_held(as_json: AsJson = False) -> None:
    """The hosts on hold."""
    from footbridge.commands import partners as partners_commands

    typer.echo(run(partners_commands.partners_held(loaded(), as_json=as_json)))


@partners_app.command("freeze")
def partners_freeze(host: PartnerArgument, by: ByOption) -> None:
    """Put a host on hold: nothing is offered, booked, accepted or passed on there."""
    from footbridge.commands import partners as partners_commands

    typer.echo(run(partners_commands.partners_freeze(loaded(), host, by=by)))


@partners_app.command("clear")
def partners_clear(host: PartnerArgument, by: ByOption) -> None:
    """Let a host go on, after a look; what waited is asked afresh."""
    from footbridge.commands import partners as partners_commands

    typer.echo(run(partners_commands.partners_clear(loaded(), host, by=by)))


@partners_app.command("call-off")
def partners_call_off(
    booking: Annotated[UUID, typer.Argument(help="The visit, as the case lists it in --json.")], by: ByOption
) -> None:
    """Call one visit off; everyone concerned hears of it."""
    from footbridge.commands import partners as partners_commands

    typer.echo(run(partners_commands.partners_call_off(loaded(), booking, by=by)))


OfferOption = Annotated[
    str | None, typer.Option(help="One offer, by id or a part of its title; all if left out.")
]
LOCAL_TIME = ["%Y-%m-%dT%H:%M"]


@partners_app.command("show")
def partners_show(host: PartnerArgument, as_json: AsJson = False) -> None:
    """What a host offers: people, places and times to come, with their ids."""
    from footbridge.commands import plans as plan_commands

    typer.echo(run(plan_commands.partners_show(loaded(), host, as_json=as_json)))


@partners_app.command("change-champion")
def partners_change_champion(
    host: PartnerArgument,
    person: Annotated[str, typer.Argument(help="Who speaks for the host and receives the students now.")],
    by: ByOption,
    offer: OfferOption = None,
) -> None:
    """Another person at the host receives the students; everyone is asked again."""
    from footbridge.commands import plans as plan_commands

    typer.echo(run(plan_commands.change_champion(loaded(), host, person, offer=offer, by=by)))


@partners_app.command("change-place")
def partners_change_place(
    host: PartnerArgument,
    site: Annotated[str, typer.Argument(help="A site of the host, by name or id.")],
    by: ByOption,
    offer: OfferOption = None,
) -> None:
    """Visits are at another site of the host; everyone is asked again."""
    from footbridge.commands import plans as plan_commands

    typer.echo(run(plan_commands.change_place(loaded(), host, site, offer=offer, by=by)))


@partners_app.command("change-time")
def partners_change_time(
    slot: Annotated[UUID, typer.Argument(help="The time, as `partners show` lists it.")],
    starts: Annotated[
        datetime, typer.Option(formats=LOCAL_TIME, help="As 2027-02-09T09:00, by the clock there.")
    ],
    ends: Annotated[datetime, typer.Option(formats=LOCAL_TIME, help="The end, written in the same way.")],
    by: ByOption,
) -> None:
    """A time that is offered begins and ends at another; everyone is asked again."""
    from footbridge.commands import plans as plan_commands

    typer.echo(run(plan_commands.change_time(loaded(), slot, starts, ends, by=by)))


@demo_app.command("reset")
def demo_reset() -> None:
    """Load the demo district afresh, dates relative to today."""
    from footbridge.commands import demo as demo_commands

    typer.echo(run(demo_commands.demo_reset(loaded())))


@texts_app.command("list")
def texts_list(
    part: Annotated[str, typer.Argument(help="A part of the name, such as know.pay.")] = "",
    edited: Annotated[bool, typer.Option("--edited", help="Only those that somebody changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Every text by name; a star marks the ones that were changed."""
    from footbridge.commands import texts as text_commands

    typer.echo(run(text_commands.texts_list(loaded(), part, edited=edited, as_json=as_json)))


@texts_app.command("show")
def texts_show(key: str) -> None:
    """One text in both languages."""
    from footbridge.commands import texts as text_commands

    typer.echo(run(text_commands.texts_show(loaded(), key)))


@texts_app.command("edit")
def texts_edit(key: str, wording: str, lang: Language = "en", by: By = "coordinator") -> None:
    """Say a text in other words, live at once; refused where it breaks a rule."""
    from footbridge.commands import texts as text_commands

    typer.echo(run(text_commands.texts_edit(loaded(), key, lang, wording, by)))


@texts_app.command("reset")
def texts_reset(key: str, lang: Language = "en", by: By = "coordinator") -> None:
    """Go back to the wording that ships."""
    from footbridge.commands import texts as text_commands

    typer.echo(run(text_commands.texts_reset(loaded(), key, lang, by)))


@app.command()
def questions(
    week: Annotated[bool, typer.Option("--week", help="Last week's only.")] = False, as_json: AsJson = False
) -> None:
    """Questions that nothing answered, those alike together."""
    from footbridge.commands import questions as question_commands

    typer.echo(run(question_commands.questions(loaded(), week=week, as_json=as_json)))


@app.command()
def check() -> None:
    """Lint the content: Rasa data, knowledge, every outbound text."""
    from footbridge.check import findings

    found = findings()
    for each in found:
        typer.echo(each, err=True)
    for each in _unsigned():
        typer.echo(f"warning: {each}", err=True)
    if found:
        refuse(f"{len(found)} findings")
    typer.echo("nothing found")


def _unsigned() -> list[str]:
    """What a district has still to sign; the content is without fault either way."""
    from footbridge.readiness import signatures

    try:
        return signatures(Settings.load())
    except SettingsError as wrong:
        return [f"who signed the crisis answers cannot be looked up: {wrong}"]


@app.command()
def proof(
    number: Annotated[str, typer.Argument(help="A phone number, such as +13055550101 or 305-555-0101.")],
    as_json: AsJson = False,
) -> None:
    """Why a number may be texted, every opt-out and opt-in, and what was sent and held back since, as proof."""
    from footbridge.commands import proof as proof_commands

    typer.echo(run(proof_commands.proof(loaded(), number, as_json=as_json)))


@app.command("opt-in")
def opt_in(
    number: Annotated[str, typer.Argument(help="A phone number, such as +13055550101 or 305-555-0101.")],
    wording: Annotated[str, typer.Argument(help="Who asked for the texts, when and how; kept as the proof.")],
) -> None:
    """Lift our own bar on what a person told the school. The phone carrier's bar only START from that phone lifts."""
    from footbridge.commands import proof as proof_commands

    typer.echo(run(proof_commands.opt_in(loaded(), number, wording)))


@export_app.command("learner")
def export_learner(
    student: Annotated[
        str, typer.Argument(help="Student number (100201 or 100201@School), name, phone or id.")
    ],
    form: Annotated[str, typer.Option("--format", help="json or html (to print).")] = "json",
    out: Annotated[Path | None, typer.Option(help="A file to write, for its owner alone.")] = None,
    with_safety: Annotated[bool, typer.Option(help="What was said in matters of safety, too.")] = False,
) -> None:
    """The inspection copy: everything held about one student."""
    from footbridge.commands import export as export_commands

    if form not in export_commands.FORMATS:
        typer.echo("footbridge: --format takes json or html", err=True)
        raise typer.Exit(2)
    copy = run(export_commands.export_learner(loaded(), student, form=form, with_safety=with_safety))
    if out is None:
        typer.echo(copy)
        return
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(copy)
    typer.echo(f"written to {out}")


@app.command()
def erase(
    person: Annotated[
        str, typer.Argument(help="Student number (100201 or 100201@School), name, phone or id.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a person: words, name and numbers, here and at the carrier. Says what is kept."""
    from footbridge.commands import erase as erase_commands

    def confirm(question: str) -> bool:
        return yes or (sys.stdin.isatty() and typer.confirm(question, err=True))

    typer.echo(run(erase_commands.erase_one(loaded(), person, confirm=confirm)))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, such as footbridge.tar.gz.")],
) -> None:
    """The whole store at one snapshot, while everything runs."""
    from footbridge.commands import backup as backup_commands

    typer.echo(run(backup_commands.backup(loaded(), file)))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Also where the database holds people.")] = False,
) -> None:
    """Put a backup back. What was erased since stays erased; nothing that went out since is sent again."""
    from footbridge.commands import backup as backup_commands

    typer.echo(run(backup_commands.restore(loaded(), file, replace=replace)))


@bench_app.callback(invoke_without_command=True)
def bench(context: typer.Context) -> None:
    """The performance tables; alone it lists them."""
    from footbridge.commands import bench as bench_commands

    if context.invoked_subcommand is None:
        typer.echo(bench_commands.tables())


@bench_app.command("understanding")
def bench_understanding(
    clinc: Annotated[Path | None, typer.Option(help="CLINC150's data_full.json.")] = None,
    clinc_only: Annotated[bool, typer.Option("--clinc-only", help="Leave our own texts out.")] = False,
    stock_python: Annotated[
        Path | None, typer.Option(help="A Python with rasa==3.6.21 and TensorFlow: stock Rasa beside us.")
    ] = None,
    stock_epochs: Annotated[int, typer.Option(help="Of stock's classifier on our texts.")] = 100,
    stock_clinc_epochs: Annotated[int, typer.Option(help="Of it on CLINC150.")] = 20,
    stock_models: Annotated[
        Path | None, typer.Option(help="Keep stock's trained models in this folder, and take those there.")
    ] = None,
    texts: Annotated[int | None, typer.Option(help="Train on so many of our texts only.")] = None,
    data: Annotated[Path | None, typer.Option(help="Other texts to train on and to hold back from.")] = None,
    as_json: AsJson = False,
) -> None:
    """How well texts are understood, measured anew: minutes, and hours beside stock Rasa."""
    from footbridge.commands import bench as bench_commands

    options = {
        "clinc": clinc,
        "clinc_only": clinc_only,
        "stock_python": stock_python,
        "stock_epochs": stock_epochs,
        "stock_clinc_epochs": stock_clinc_epochs,
        "stock_models": stock_models,
        "texts": texts,
        "data": data,
        "json": as_json,
    }
    _measure(lambda: bench_commands.understanding(options))


@bench_app.command("heldout")
def bench_heldout(
    sets: Annotated[list[str] | None, typer.Argument(help="Sets of texts; all when none is named.")] = None,
    errors: Annotated[bool, typer.Option("--errors", help="List the misses, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """What is understood of texts that nobody who trains the bot has read."""
    from footbridge.commands import bench as bench_commands

    _measure(lambda: bench_commands.heldout(sets or [], errors=errors, as_json=as_json))


def _measure(work: Callable[[], int]) -> None:
    from footbridge.commands import Refused

    try:
        status = work()
    except Refused as refused:
        refuse(str(refused))
    raise typer.Exit(status)
