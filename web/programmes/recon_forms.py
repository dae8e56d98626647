"""Forms of reconciliation: plan a parallel run, change it, end it."""

from collections.abc import Sequence
from datetime import date

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.queries import reconciled
from changes.programmes.queries.terms import exit_terms
from changes.reconciliation.actions import planning
from changes.reconciliation.actions.planning import ParallelDraft
from changes.reconciliation.queries import parallels
from changes.reconciliation.rules.exits import ExitTerms
from changes.reconciliation.rules.money import tolerance_of
from changes.reconciliation.values import Mode, ParallelView, Source, SourceKind
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web.app import request_view
from web.noc.questions import Field, Question, ask, settle
from web.programmes.blueprint import programmes
from web.programmes.entries import day_of, number_of
from web.programmes.plan_forms import answer, given, markets_of

PLANS = Permission.PROGRAMME_PLAN
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NO_WEEKDAY = (
    "Other days are closed: they are not compared. None ticked: the days of the site's opening "
    "hours; of no site, or without hours, the market's working days."
)


def require_some(work: Work) -> None:
    """Raise NotAllowed for who may plan nowhere."""
    if not work.actor.markets(PLANS):
        work.require(PLANS, EVERYWHERE)


@programmes.route("/reconciliation/new", methods=["GET", "POST"])
def recon_new() -> ResponseReturnValue:
    """Plan a parallel run."""
    with request_view() as work:
        require_some(work)
        fields = _parallel_fields(work, None)
        today = work.now.date()
    question = Question(
        title="Plan a parallel run",
        action=url_for(".recon_new"),
        button="Plan",
        back=url_for(".recons"),
        back_label="Reconciliation",
        fields=fields,
    )
    if request.method == "GET":
        return ask(question)
    made: list[int] = []
    answered = settle(
        question,
        lambda work: made.append(planning.plan(work, _draft(work, today))),
        "It is planned.",
    )
    if made:
        return redirect(url_for(".recon", parallel_id=made[0]), code=303)
    return answered


@programmes.route("/reconciliation/<int:parallel_id>/edit", methods=["GET", "POST"])
def recon_edit(parallel_id: int) -> ResponseReturnValue:
    """Change a parallel run."""
    with request_view() as work:
        one = parallels.parallel(work, parallel_id)
        work.require(PLANS, one.market)
        fields = _parallel_fields(work, one)
    question = Question(
        title="Change the parallel run",
        action=url_for(".recon_edit", parallel_id=parallel_id),
        button="Keep",
        back=url_for(".recon", parallel_id=parallel_id),
        back_label=one.title,
        fields=fields,
        hidden=[("version", given("version", one.version))],
    )

    def act(work: Work) -> None:
        version = number_of(request.form.get("version", ""), "version")
        planning.replan(work, parallel_id, _draft(work, one.starts_on), version)

    return answer(question, act, "Kept.")


@programmes.route("/reconciliation/<int:parallel_id>/end", methods=["GET", "POST"])
def recon_end(parallel_id: int) -> ResponseReturnValue:
    """End a parallel run."""
    with request_view() as work:
        one = parallels.parallel(work, parallel_id)
        work.require(PLANS, one.market)
    question = Question(
        title=f"End the parallel run of {one.title}",
        action=url_for(".recon_end", parallel_id=parallel_id),
        button="End it",
        back=url_for(".recon", parallel_id=parallel_id),
        back_label=one.title,
        what=f"No further day is compared. Its exit stays as it is: {one.standing.why}.",
        fields=[Field("reason", "Why", "area", given("reason"), required=True)],
        is_final=True,
    )
    return answer(
        question,
        lambda work: planning.end(work, parallel_id, request.form.get("reason", "")),
        "The parallel run ended.",
    )


def _parallel_fields(work: Work, one: ParallelView | None) -> list[Field]:
    names = [("", "–"), *((each.name, each.name) for each in parallels.definitions(work))]
    subject = one.subject if one else request.args.get("subject", "")[:64]
    market = one.market if one else request.args.get("market", "")[:8]
    terms = one.terms if one else asked_of(work, subject)
    weekdays = one.weekdays if one else reconciled.week_of(work, subject)
    title = one.title if one else request.args.get("title", "")[:255]
    minute = one.due_minute if one else 600
    fields = [
        Field("title", "Title", value=given("title", title), required=True),
        Field(
            "subject",
            "Subject",
            value=given("subject", subject),
            required=True,
            most=64,
            hint="Such as site:12 for site 12 of a programme.",
        ),
        Field("market", "Market", "choice", given("market", market), options=markets_of(work)),
        Field(
            "mode",
            "Mode",
            "choice",
            given("mode", one.mode.value if one else ""),
            "Shadow: the new system sees, the old one decides.",
            options=[(each.value, each.value) for each in Mode],
        ),
        Field(
            "starts_on",
            "First day",
            "date",
            given("starts_on", one and one.starts_on),
            required=True,
        ),
        Field(
            "ends_on",
            "Last day",
            "date",
            given("ends_on", one and one.ends_on),
            "May be left empty.",
        ),
        Field("days", "Clean business days in a row", value=given("days", terms.days)),
        Field(
            "tolerance",
            "Tolerance",
            value=given("tolerance", terms.tolerance),
            hint="What explained breaks of one day may be worth, in each currency.",
        ),
        Field(
            "needs_month_end",
            "A month end or payday must be among them",
            "check",
            is_ticked=ticked("needs_month_end", terms.needs_month_end),
        ),
        Field(
            "zone",
            "Time zone of the business day",
            value=given("zone", one.zone if one else ""),
            hint="The market's when left empty.",
            most=64,
        ),
        *(
            Field(
                f"weekday-{at}",
                f"Open on {name}",
                "check",
                hint=_NO_WEEKDAY if at == len(_DAYS) else "",
                is_ticked=ticked(f"weekday-{at}", at in weekdays),
            )
            for at, name in enumerate(_DAYS, 1)
        ),
        Field(
            "window_seconds",
            "Time window in seconds",
            value=given("window_seconds", one.window_seconds if one else 600),
            hint="How far the instants of two lines that match may lie apart.",
        ),
        Field(
            "rounding",
            "Rounding in minor units a line",
            value=given("rounding", one.rounding if one else 1),
        ),
        Field(
            "by_account",
            "Lines match within one account only",
            "check",
            is_ticked=ticked("by_account", bool(one and one.by_account)),
        ),
        Field(
            "due_minute",
            "Due on the next business day, minutes after midnight",
            value=given("due_minute", minute),
        ),
    ]
    for side, source in (
        ("old", one.old if one else Source()),
        ("new", one.new if one else Source()),
    ):
        fields += _source_fields(side, source, names)
    return fields


def asked_of(work: Work, subject: str) -> ExitTerms:
    """Return the exit rule that the programme of a site asks for, else the policy's."""
    kind, _, number = subject.partition(":")
    is_site = kind == "site" and number.isascii() and number.isdecimal() and len(number) < 10
    found = exit_terms(work, int(number) if is_site else 0)
    return ExitTerms(found.clean_days, found.tolerance, found.month_end)


def ticked(name: str, otherwise: bool) -> bool:
    """Return whether a box is ticked: as it was sent, before that as it stands."""
    return name in request.form if request.method == "POST" else otherwise


def _source_fields(side: str, source: Source, names: Sequence[tuple[str, str]]) -> list[Field]:
    kinds = [(each.value, each.value) for each in SourceKind]
    return [
        Field(
            f"{side}-definition",
            f"Extract of the {side} system is read as",
            "choice",
            given(f"{side}-definition", source.definition),
            options=names,
        ),
        Field(
            f"{side}-kind",
            f"The {side} system's extract comes by",
            "choice",
            given(f"{side}-kind", source.kind.value),
            options=kinds,
        ),
        Field(
            f"{side}-path",
            f"Folder: path of the {side} file",
            value=given(f"{side}-path", source.path),
            hint="Such as old/{day}.csv.",
        ),
        Field(
            f"{side}-url",
            f"SQL: where the address of the {side} database stands",
            value=given(f"{side}-url", source.url),
            hint="env:NAME or file:PATH.",
        ),
        Field(
            f"{side}-query",
            f"SQL: one SELECT for the {side} system",
            "area",
            given(f"{side}-query", source.query),
            "It may use :since, :until and :site.",
        ),
        Field(
            f"{side}-site",
            f"SQL: the site as the {side} system names it",
            value=given(f"{side}-site", source.site),
        ),
    ]


def _source(side: str) -> Source:
    form = request.form
    kind = form.get(f"{side}-kind", "upload")
    if kind not in set(SourceKind):
        raise BadInput(f"{kind[:16]!r} is no way an extract comes by")
    found = {
        name: form.get(f"{side}-{name}", "").strip()[:4000]
        for name in ("definition", "path", "url", "query", "site")
    }
    return Source(SourceKind(kind), **found)


def _draft(work: Work, today: date) -> ParallelDraft:
    form = request.form
    mode, subject = form.get("mode", ""), form.get("subject", "")
    weekdays = tuple(at for at in range(1, 8) if f"weekday-{at}" in form)
    if mode not in set(Mode):
        raise BadInput(f"{mode[:16]!r} is no mode: {', '.join(Mode)}")
    return ParallelDraft(
        subject=subject,
        title=form.get("title", ""),
        market=form.get("market", ""),
        starts_on=day_of(form.get("starts_on", ""), "first day") or today,
        ends_on=day_of(form.get("ends_on", ""), "last day"),
        mode=Mode(mode),
        days=number_of(form.get("days", ""), "clean days", 3),
        tolerance=tolerance_of(form.get("tolerance", "1.00")),
        needs_month_end="needs_month_end" in form,
        zone=form.get("zone", "").strip(),
        weekdays=weekdays or reconciled.week_of(work, subject.strip()),
        window_seconds=number_of(form.get("window_seconds", ""), "time window", 600),
        rounding=number_of(form.get("rounding", ""), "rounding", 1),
        by_account="by_account" in form,
        old=_source("old"),
        new=_source("new"),
        due_minute=number_of(form.get("due_minute", ""), "due", 600),
    )
