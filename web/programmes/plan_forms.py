"""Forms of the plan: programmes, releases, waves."""

from collections.abc import Callable, Mapping, Sequence

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.actions import planning
from changes.programmes.queries import programmes as plans
from changes.programmes.rules.drafts import ProgrammeDraft, WaveDraft
from changes.programmes.values import ProgrammeView, ProgrammeWaveView, ReleaseView
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web.app import request_view
from web.noc.questions import Field, Question, ask, settle
from web.programmes.blueprint import programmes
from web.programmes.entries import day_of, lines_of, number_of, pair_lines, pairs_of

PLANS = Permission.PROGRAMME_PLAN


def given(name: str, otherwise: object = "") -> str:
    """Return what was typed, before that how it stands."""
    text = request.form.get(name)
    return text if text is not None else "" if otherwise is None else str(otherwise)


def version_given() -> int | None:
    """Return the version of the row that the form was made of."""
    return number_of(request.form.get("version", ""), "version") or None


def answer(
    question: Question, act: Callable[[Work], object], said: str, then: str = ""
) -> ResponseReturnValue:
    """Show a form, or do what it says."""
    if request.method == "GET":
        return ask(question)
    return settle(question, act, said, then)


def markets_of(work: Work) -> list[tuple[str, str]]:
    """Return the markets in which the actor may plan, as a choice."""
    held = work.actor.markets(PLANS)
    known = estate_queries.current(work).markets
    return [
        (code, f"{code} · {each.name}")
        for code, each in known.items()
        if EVERYWHERE in held or code in held
    ]


def _require_some(work: Work) -> None:
    if not work.actor.markets(PLANS):
        work.require(PLANS, EVERYWHERE)


# ---------------------------------------------------------------- programmes


@programmes.route("/new", methods=["GET", "POST"])
def programme_new() -> ResponseReturnValue:
    """Plan a new programme."""
    with request_view() as work:
        _require_some(work)
        markets = markets_of(work)
    question = _programme_form(None, markets)
    if request.method == "GET":
        return ask(question)
    made: list[int] = []

    def act(work: Work) -> None:
        made.append(planning.make_programme(work, _programme_draft(None)))

    answered = settle(question, act, "The programme is planned; give it a release and waves.")
    if made:
        return redirect(url_for("programmes.programme", programme_id=made[0]), code=303)
    return answered


@programmes.route("/<int:programme_id>/edit", methods=["GET", "POST"])
def programme_edit(programme_id: int) -> ResponseReturnValue:
    """Change a programme."""
    with request_view() as work:
        one = plans.programme(work, programme_id)
        planning.require_all(work, one.markets)
        markets = markets_of(work)
    return answer(
        _programme_form(one, markets),
        lambda work: planning.edit_programme(
            work, programme_id, _programme_draft(one), version_given()
        ),
        "The programme is changed.",
    )


def _programme_form(one: ProgrammeView | None, markets: Sequence[tuple[str, str]]) -> Question:
    ticked = set(request.form.getlist("markets") if request.form else one.markets if one else ())
    steering = pair_lines(
        {role: ", ".join(names) for role, names in one.steering.items()} if one else {}
    )
    back = (
        url_for("programmes.programme", programme_id=one.id)
        if one
        else url_for("programmes.listed")
    )
    action = (
        url_for("programmes.programme_edit", programme_id=one.id)
        if one
        else url_for("programmes.programme_new")
    )
    return Question(
        title="Edit the programme" if one else "New programme",
        action=action,
        button="Save" if one else "Plan it",
        back=back,
        back_label=one.name if one else "Programmes",
        fields=[
            Field("name", "Name", value=given("name", one and one.name), required=True),
            Field("purpose", "What it is for", "area", given("purpose", one and one.purpose)),
            *(
                Field("markets", label, "check", code, is_ticked=code in ticked)
                for code, label in markets
            ),
            Field("sponsor", "Sponsor", value=given("sponsor", one and one.sponsor), most=128),
            Field(
                "authority",
                "Who may override a no-go, in writing",
                value=given("authority", one and one.authority),
                hint="The name of an account.",
                most=128,
            ),
            Field("starts_on", "Begins", "date", given("starts_on", one and one.starts_on)),
            Field("ends_on", "Ends", "date", given("ends_on", one and one.ends_on)),
            Field(
                "steering",
                "Steering: who votes for which role",
                "area",
                given("steering", steering),
                "One role a line, such as IT: amina, juma",
            ),
        ],
        hidden=[("version", given("version", one.version))] if one else (),
    )


def _programme_draft(one: ProgrammeView | None) -> ProgrammeDraft:
    """Return what the form says; terms, brake and baseline stay as they are."""
    form = request.form
    voters = pairs_of(form.get("steering", ""), "steering", "IT: adwoa, carlos")
    return ProgrammeDraft(
        name=form.get("name", ""),
        markets=form.getlist("markets"),
        purpose=form.get("purpose", ""),
        sponsor=form.get("sponsor", ""),
        authority=form.get("authority", ""),
        starts_on=day_of(form.get("starts_on", ""), "begins"),
        ends_on=day_of(form.get("ends_on", ""), "ends"),
        steering={
            role: [name.strip() for name in names.split(",") if name.strip()]
            for role, names in voters.items()
        },
        terms=one.terms if one else {},
        brake=one.brake if one else {},
        baseline=one.baseline if one else {},
    )


# ---------------------------------------------------------------- releases


@programmes.route("/<int:programme_id>/releases/new", methods=["GET", "POST"])
def release_new(programme_id: int) -> ResponseReturnValue:
    """Add a release to a programme."""
    with request_view() as work:
        one = plans.programme(work, programme_id)
        planning.require_all(work, one.markets)
    action = url_for("programmes.release_new", programme_id=programme_id)

    def act(work: Work) -> None:
        planning.make_release(work, programme_id, *_release_given())

    return answer(_release_form(one, None, action), act, "The release is added.")


@programmes.route("/releases/<int:release_id>/edit", methods=["GET", "POST"])
def release_edit(release_id: int) -> ResponseReturnValue:
    """Change a release whose baseline is not frozen."""
    one, release = _release(release_id)
    action = url_for("programmes.release_edit", release_id=release_id)

    def act(work: Work) -> None:
        planning.edit_release(work, release_id, *_release_given(), version=version_given())

    return answer(_release_form(one, release, action), act, "The release is changed.")


@programmes.route("/releases/<int:release_id>/freeze", methods=["GET", "POST"])
def release_freeze(release_id: int) -> ResponseReturnValue:
    """Freeze the baseline of a release: sites may migrate to it from then on."""
    one, release = _release(release_id)
    question = Question(
        title=f"Freeze the baseline of {release.name}",
        action=url_for("programmes.release_freeze", release_id=release_id),
        button="Freeze",
        back=_plan(one),
        back_label=one.name,
        about=", ".join(f"{name} {value}" for name, value in release.versions.items()),
        what="Sites may migrate to it from then on, and nobody changes it any more.",
        is_final=True,
    )
    return answer(
        question,
        lambda work: planning.freeze_release(work, release_id),
        f"The baseline of {release.name} is frozen.",
    )


def _release(release_id: int) -> tuple[ProgrammeView, ReleaseView]:
    with request_view() as work:
        for one in plans.listed(work):
            for release in plans.releases(work, one.id):
                if release.id == release_id:
                    planning.require_all(work, one.markets)
                    return one, release
    raise NotFound(f"there is no release {release_id} that you may see")


def _plan(one: ProgrammeView) -> str:
    return url_for("programmes.programme", programme_id=one.id)


def _release_form(one: ProgrammeView, release: ReleaseView | None, action: str) -> Question:
    versions = pair_lines(release.versions) if release else ""
    return Question(
        title=f"Edit {release.name}" if release else "New release",
        action=action,
        button="Save" if release else "Add it",
        back=_plan(one),
        back_label=one.name,
        fields=[
            Field("name", "Name", value=given("name", release and release.name), required=True),
            Field(
                "versions",
                "Versions",
                "area",
                given("versions", versions),
                "One a line, such as software: 4.2.0; a pass of the acceptance matrix ends with "
                "the version it was given for.",
            ),
            Field(
                "change",
                "Change that has to be approved",
                value=given("change", release and release.change),
                hint="Such as CHG-12; may be left empty.",
                most=16,
            ),
        ],
        hidden=[("version", given("version", release.version))] if release else (),
    )


def _release_given() -> tuple[str, Mapping[str, str], int | None]:
    form = request.form
    reference = form.get("change", "").strip().upper().removeprefix("CHG-")
    change = number_of(reference, "change") or None
    return form.get("name", ""), pairs_of(form.get("versions", ""), "versions"), change


# ---------------------------------------------------------------- waves


@programmes.route("/<int:programme_id>/waves/new", methods=["GET", "POST"])
def wave_new(programme_id: int) -> ResponseReturnValue:
    """Put a wave at the end of a programme."""
    with request_view() as work:
        one = plans.programme(work, programme_id)
        planning.require_all(work, one.markets)
        releases = plans.releases(work, programme_id)
    action = url_for("programmes.wave_new", programme_id=programme_id)
    return answer(
        _wave_form(one, releases, None, action),
        lambda work: planning.make_wave(work, programme_id, _wave_draft()),
        "The wave is added.",
    )


@programmes.route("/waves/<int:wave_id>/edit", methods=["GET", "POST"])
def wave_edit(wave_id: int) -> ResponseReturnValue:
    """Change a wave."""
    one, wave, releases = wave_of(wave_id)
    action = url_for("programmes.wave_edit", wave_id=wave_id)
    return answer(
        _wave_form(one, releases, wave, action),
        lambda work: planning.edit_wave(work, wave_id, _wave_draft(), version_given()),
        f"Wave {wave.position} is changed.",
    )


def wave_of(wave_id: int) -> tuple[ProgrammeView, ProgrammeWaveView, Sequence[ReleaseView]]:
    """Return a wave in whose programme the actor may plan, or raise."""
    with request_view() as work:
        for one in plans.listed(work):
            for wave in plans.waves(work, one.id):
                if wave.id == wave_id:
                    planning.require_all(work, one.markets)
                    return one, wave, plans.releases(work, one.id)
    raise NotFound(f"there is no wave {wave_id} that you may see")


def _wave_form(
    one: ProgrammeView,
    releases: Sequence[ReleaseView],
    wave: ProgrammeWaveView | None,
    action: str,
) -> Question:
    return Question(
        title=f"Edit wave {wave.position}" if wave else "New wave",
        action=action,
        button="Save" if wave else "Add it",
        back=_plan(one),
        back_label=one.name,
        what="" if releases else "The programme has no release yet; add one first.",
        fields=[
            Field("name", "Name", value=given("name", wave and wave.name), required=True, most=128),
            Field(
                "market",
                "Market",
                "choice",
                given("market", wave and wave.market),
                options=[(each, each) for each in one.markets],
            ),
            Field("region", "Region", value=given("region", wave and wave.region), most=64),
            Field(
                "release",
                "Release",
                "choice",
                given("release", wave and wave.release_id),
                options=[(str(each.id), each.name) for each in releases],
            ),
            Field(
                "per_week",
                "Sites a week at most",
                value=given("per_week", wave.per_week if wave else 0),
                hint="0 is no limit.",
                most=9,
            ),
            Field("starts_on", "Begins", "date", given("starts_on", wave and wave.starts_on)),
            Field("ends_on", "Ends", "date", given("ends_on", wave and wave.ends_on)),
            Field(
                "criteria_in",
                "Criteria to begin",
                "area",
                given("criteria_in", "\n".join(wave.criteria_in) if wave else ""),
                "One a line.",
            ),
            Field(
                "criteria_out",
                "Criteria to end",
                "area",
                given("criteria_out", "\n".join(wave.criteria_out) if wave else ""),
                "One a line.",
            ),
        ],
        hidden=[("version", given("version", wave.version))] if wave else (),
    )


def _wave_draft() -> WaveDraft:
    form = request.form
    return WaveDraft(
        name=form.get("name", ""),
        market=form.get("market", ""),
        release_id=number_of(form.get("release", ""), "release"),
        region=form.get("region", "").strip(),
        per_week=number_of(form.get("per_week", ""), "sites a week"),
        criteria_in=lines_of(form.get("criteria_in", "")),
        criteria_out=lines_of(form.get("criteria_out", "")),
        starts_on=day_of(form.get("starts_on", ""), "begins"),
        ends_on=day_of(form.get("ends_on", ""), "ends"),
    )
