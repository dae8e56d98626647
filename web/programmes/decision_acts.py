"""What people do to a go/no-go: plan it, vote, set conditions and criteria, override, decide."""

from dataclasses import replace

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.actions import go_no_go
from changes.programmes.actions.go_no_go import MeetingDraft
from changes.programmes.queries import criteria, decisions
from changes.programmes.queries import programmes as plans
from changes.programmes.queries import sites as site_queries
from changes.programmes.queries.decisions import DecisionView
from changes.programmes.rules.go_no_go import Light, Word
from ssoc.core.errors import BadInput, Conflict, IllegalMove
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web import words
from web.app import request_view, request_work
from web.noc import times
from web.noc.questions import Field, Question, ask, settle
from web.programmes.blueprint import programmes
from web.programmes.entries import day_of, number_of

_PLACE = "/decisions/<int:decision_id>"
_BOTH = ["GET", "POST"]


def _seen(decision_id: int) -> tuple[DecisionView, str]:
    with request_view() as work:
        return decisions.decision(work, decision_id), work.actor.name


def _question(
    one: DecisionView, endpoint: str, title: str, button: str, **given: object
) -> Question:
    return Question(
        title=title,
        action=url_for(endpoint, decision_id=one.id),
        button=button,
        back=url_for("programmes.decision", decision_id=one.id),
        back_label=one.reference,
        about=one.about,
        **given,  # type: ignore[arg-type]
    )


def _typed(name: str, usual: str = "") -> str:
    return request.form.get(name, usual)


@programmes.route("/decisions/new", methods=_BOTH, endpoint="decision_new")
def new() -> ResponseReturnValue:
    """Plan a meeting about the site or the wave that the address names."""
    asked = request.values
    site_id, wave_id = (
        number_of(asked.get("site", ""), "site"),
        number_of(asked.get("wave", ""), "wave"),
    )
    with request_view() as work:
        if site_id:
            way, site = site_queries.row_of(work, site_id)
            about, back = (
                f"{site.code} {site.name}",
                url_for("programmes.site", site_rollout_id=way.id),
            )
        elif wave_id:
            wave, programme_id, market = plans.wave_named(work, wave_id)
            work.require(Permission.PROGRAMME_PLAN, market)
            number = len(criteria.of_wave(work, wave_id))
            about = f"{wave}: {words.counted(number, 'site')} still to go"
            back = url_for("programmes.programme", programme_id=programme_id)
        else:
            raise BadInput("a go/no-go is about one site or about one wave; choose one of them")
        zones = times.zone_choices(estate_queries.current(work), work.now)
        soon = times.typed(work.now.replace(second=0, microsecond=0))
    question = Question(
        title="Plan a go/no-go",
        action=url_for("programmes.decision_new"),
        button="Plan it",
        back=back,
        back_label="Back",
        about=about,
        what="Criteria are read from the guards until it is decided, and kept as they stood then.",
        fields=[
            Field("meets_at", "Meets at", value=_typed("meets_at", soon), required=True),
            Field(
                "zone", "On the clocks of", "choice", _typed("zone", times.UTC_ZONE), options=zones
            ),
            *_owners(_typed("no_return"), _typed("rollback_owner")),
        ],
        hidden=[("site", str(site_id or "")), ("wave", str(wave_id or ""))],
    )
    if request.method == "GET":
        return ask(question)
    try:
        with request_work() as work:
            zone = times.zone_of(estate_queries.current(work), _typed("zone"))
            draft = MeetingDraft(
                times.read(_typed("meets_at"), "the meeting", zone),
                site_id or None,
                wave_id or None,
                _typed("no_return"),
                _typed("rollback_owner"),
            )
            number = go_no_go.plan(work, draft)
    except (BadInput, Conflict, IllegalMove) as refusal:
        text = str(refusal)
        return ask(replace(question, fault=f"{text[:1].upper()}{text[1:]}."), refusal.status)
    flash("The meeting is planned.")
    return redirect(url_for("programmes.decision", decision_id=number), code=303)


def _owners(no_return: str, rollback_owner: str) -> list[Field]:
    return [
        Field(
            "no_return",
            "Point of no return",
            value=no_return,
            hint="Such as: step 6, switch.",
            most=500,
        ),
        Field(
            "rollback_owner",
            "Who rolls back",
            value=rollback_owner,
            hint="A go needs a name here.",
            most=128,
        ),
    ]


@programmes.route(f"{_PLACE}/edit", methods=_BOTH, endpoint="decision_edit")
def edit(decision_id: int) -> ResponseReturnValue:
    """Move the meeting, name the point of no return and who rolls back."""
    one, _ = _seen(decision_id)
    question = _question(
        one,
        "programmes.decision_edit",
        "Edit the meeting",
        "Keep",
        fields=[
            Field("meets_at", "Meets at, UTC", value=_typed("meets_at", times.typed(one.meets_at))),
            *_owners(
                _typed("no_return", one.no_return), _typed("rollback_owner", one.rollback_owner)
            ),
        ],
    )
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        at = times.read(_typed("meets_at"), "the meeting")
        go_no_go.edit(work, decision_id, at, _typed("no_return"), _typed("rollback_owner"))

    return settle(question, act, "Kept.")


@programmes.route(f"{_PLACE}/vote", methods=_BOTH, endpoint="decision_vote")
def vote(decision_id: int) -> ResponseReturnValue:
    """Vote for a role one holds."""
    one, me = _seen(decision_id)
    roles = [role for role, people in one.steering.items() if me in people] or list(one.steering)
    question = _question(
        one,
        "programmes.decision_vote",
        "Vote",
        "Vote",
        what="It stands with your name and the time. Voting again adds one; the last one counts.",
        fields=[
            Field(
                "role", "For", "choice", _typed("role", roles[0] if roles else ""),
                options=[(each, each) for each in roles],
            ),
            Field(
                "word", "Vote", "choice", _typed("word"),
                options=[("", "Choose…"), *((each.value, each.capitalize()) for each in Word)],
            ),
            Field("reason", "Why; a no needs it", "area", _typed("reason"), most=1_000),
        ],
    )  # fmt: skip
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        go_no_go.vote(work, decision_id, _typed("role"), _typed("word"), _typed("reason"))

    return settle(question, act, "Your vote is written down.")


@programmes.route(f"{_PLACE}/condition", methods=_BOTH, endpoint="decision_condition")
def condition(decision_id: int) -> ResponseReturnValue:
    """Add a condition."""
    one, _ = _seen(decision_id)
    question = _question(
        one,
        "programmes.decision_condition",
        "Add a condition",
        "Add",
        what="It stands against the cut-over until somebody closes it and says how.",
        fields=[
            Field("text", "What has to be done", value=_typed("text"), required=True, most=500),
            Field("owner", "By whom", value=_typed("owner"), required=True, most=128),
            Field("due", "Until", "date", _typed("due")),
        ],
    )
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        due = day_of(_typed("due"), "until")
        go_no_go.add_condition(work, decision_id, _typed("text"), _typed("owner"), due)

    return settle(question, act, "The condition is added.")


@programmes.route(
    f"{_PLACE}/conditions/<int:condition_id>/close", methods=_BOTH, endpoint="condition_close"
)
def close(decision_id: int, condition_id: int) -> ResponseReturnValue:
    """Close a condition by saying how it was met."""
    one, _ = _seen(decision_id)
    known = next((each for each in one.conditions if each.id == condition_id), None)
    question = replace(
        _question(
            one,
            "programmes.decision",
            "Close a condition",
            "Close it",
            what=known.text if known else "",
            fields=[Field("how", "How it was met", "area", _typed("how"), required=True, most=500)],
        ),
        action=url_for(
            "programmes.condition_close", decision_id=decision_id, condition_id=condition_id
        ),
    )
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        go_no_go.close_condition(work, decision_id, condition_id, _typed("how"))

    return settle(question, act, "The condition is closed.")


@programmes.route(f"{_PLACE}/criterion", methods=_BOTH, endpoint="decision_criterion")
def criterion(decision_id: int) -> ResponseReturnValue:
    """Set a criterion that no guard answers."""
    one, _ = _seen(decision_id)
    own = [(each.title, each.title) for each in one.criteria if not each.is_automatic]
    question = _question(
        one,
        "programmes.decision_criterion",
        "Set a criterion",
        "Set it",
        what="For what no guard knows. The others are read by themselves.",
        fields=[
            Field("title", "Criterion", "text", _typed("title"), "", True, own, most=128),
            Field(
                "light", "It is", "choice", _typed("light", Light.NO_DATA.value),
                options=[(each.value, each.value.capitalize()) for each in Light],
            ),
            Field("is_hard", "Hard: red is a no-go", "check", is_ticked=bool(_typed("is_hard"))),
            Field("source", "Evidence", "text", _typed("source"), "Green needs it.", most=500),
        ],
    )  # fmt: skip
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        go_no_go.set_criterion(
            work,
            decision_id,
            _typed("title"),
            _typed("light"),
            bool(_typed("is_hard")),
            _typed("source"),
        )

    return settle(question, act, "The criterion is set.")


@programmes.route(f"{_PLACE}/override", methods=_BOTH, endpoint="decision_override")
def override(decision_id: int) -> ResponseReturnValue:
    """Let red hard criteria pass, in writing."""
    one, _ = _seen(decision_id)
    with request_view() as work:
        go_no_go.require_authority(work, decision_id)
    red = [each for each in one.criteria if each.name in one.finding.red]
    question = _question(
        one,
        "programmes.decision_override",
        "Override red criteria",
        "Override",
        what=f"Red or unknown: {words.listed(each.title for each in red) or 'none'}. What you "
        "write is shown with your name wherever this decision is.",
        fields=[
            Field("reason", "Why it may go all the same", "area", _typed("reason"), required=True)
        ],
        is_final=True,
    )
    if request.method == "GET":
        return ask(question)
    return settle(
        question,
        lambda work: go_no_go.override(work, decision_id, _typed("reason")),
        "The override is written down.",
    )


@programmes.route(f"{_PLACE}/decide", methods=_BOTH, endpoint="decision_decide")
def decide(decision_id: int) -> ResponseReturnValue:
    """Close the meeting."""
    one, _ = _seen(decision_id)
    question = _question(
        one,
        "programmes.decision_decide",
        "Decide",
        "Decide",
        what=f"As it stands: {one.finding.verdict}. {one.finding.sentence}. Criteria are kept as "
        "they are at this moment; afterwards nothing changes any more.",
        fields=[
            Field(
                "word", "Decision", "choice", _typed("word"),
                options=[("", "Choose…"), (go_no_go.GO, "Go"), (go_no_go.NO_GO, "No-go")],
            )
        ],
    )  # fmt: skip
    if request.method == "GET":
        return ask(question)
    return settle(
        question, lambda work: go_no_go.decide(work, decision_id, _typed("word")), "It is decided."
    )
