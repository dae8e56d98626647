"""The staff of a programme as a list, and forms for one person: add, correct, move, let go."""

from datetime import date

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.actions import places
from changes.programmes.actions import staff as acts
from changes.programmes.queries import people as queries
from changes.programmes.queries import programmes as plans
from changes.programmes.queries import sites as site_queries
from changes.programmes.queries.people import StaffFilter, StaffRow
from changes.programmes.rules.drafts import StaffDraft
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.app import request_view
from web.noc.asked import asked_of
from web.noc.questions import Field, Question
from web.programmes.blueprint import programmes
from web.programmes.entries import day_of
from web.programmes.plan_forms import answer, given

NAMES = ("q", "market", "region", "role", "stands")
USUAL_ROLES = ("seller", "cashier", "manager", "champion")
_BOTH = ["GET", "POST"]


@programmes.get("/<int:programme_id>/staff", endpoint="people")
def listed(programme_id: int) -> ResponseReturnValue:
    """List the people of a programme's sites, with filters."""
    asked = asked_of(request, "programmes.people", NAMES, {}, programme_id=programme_id)
    wanted = StaffFilter(
        asked["q"], asked["market"], asked["region"], asked["role"], asked["stands"]
    )
    with request_view() as work:
        one = plans.programme(work, programme_id)
        found = queries.listed(work, programme_id, wanted, asked.cursor)
        may = {each: work.actor.may(Permission.PROGRAMME_WORK, each) for each in one.markets}
        return render_template(
            "programmes/people.html",
            one=one,
            page=found,
            asked=asked,
            chips=asked.chips({"q": "words"}),
            first=asked.link() if asked.cursor else "",
            older=asked.link(cursor=found.next) if found.next else "",
            stands=[("", "everybody"), *((each, each) for each in queries.STANDS)],
            markets=[("", "all"), *((each, each) for each in one.markets)],
            regions=[("", "all"), *((each, each) for each in found.regions)],
            roles=[("", "all"), *((each, each) for each in found.roles)],
            may=may,
            now=work.now,
        )


@programmes.route("/sites/<int:site_rollout_id>/staff/new", methods=_BOTH, endpoint="person_new")
def new(site_rollout_id: int) -> ResponseReturnValue:
    """Add somebody to a site."""
    with request_view() as work:
        _, site = site_queries.row_of(work, site_rollout_id)
        work.require(acts.WORKS, site.market)
    question = Question(
        title=f"New at {site.code}",
        action=url_for("programmes.person_new", site_rollout_id=site_rollout_id),
        button="Add",
        back=url_for("programmes.site", site_rollout_id=site_rollout_id),
        back_label=site.code,
        about=site.name,
        what="Who is on the roster of the cut-over day without being trained reopens readiness.",
        fields=[Field("code", "Code", value=given("code"), required=True, most=32), *_fields(None)],
    )

    def act(work: Work) -> None:
        acts.add(work, site_rollout_id, _draft(request.form.get("code", "").strip()))

    return answer(question, act, "Written into the staff.")


@programmes.route(
    "/sites/<int:site_rollout_id>/staff/<int:staff_id>/edit", methods=_BOTH, endpoint="person_edit"
)
def edit(site_rollout_id: int, staff_id: int) -> ResponseReturnValue:
    """Correct somebody, or name them champion of the site."""
    one, seen = _person(site_rollout_id, staff_id)
    ticked = "champion" in request.form if request.method == "POST" else one.is_champion
    question = _question(
        one,
        "programmes.person_edit",
        f"Edit {one.name}",
        "Save",
        seen,
        [*_fields(one), Field("champion", "Champion of the site", "check", is_ticked=ticked)],
        also=(
            "Move to another site…",
            url_for("programmes.person_move", site_rollout_id=site_rollout_id, staff_id=staff_id),
        ),
    )

    def act(work: Work) -> None:
        draft = _draft(one.code)
        acts.edit(work, site_rollout_id, staff_id, draft, request.form.get("seen", ""))
        if ticked:
            places.name_champion(work, site_rollout_id, draft.name)
        elif one.is_champion:
            places.name_champion(work, site_rollout_id, "")

    return answer(question, act, f"{one.name} is written down.")


@programmes.route(
    "/sites/<int:site_rollout_id>/staff/<int:staff_id>/leave",
    methods=_BOTH,
    endpoint="person_leave",
)
def leave(site_rollout_id: int, staff_id: int) -> ResponseReturnValue:
    """Let somebody go from a day on."""
    one, seen = _person(site_rollout_id, staff_id)
    fields = [Field("day", "First day they are gone", "date", given("day"), required=True)]
    question = _question(
        one,
        "programmes.person_leave",
        f"{one.name} leaves",
        "Write down",
        seen,
        fields,
        "They come off the rosters from that day on. What they were trained for stays on record.",
    )

    def act(work: Work) -> None:
        day = _day("the day")
        acts.leave(work, site_rollout_id, staff_id, day, request.form.get("seen", ""))

    return answer(question, act, f"{one.name} leaves.")


@programmes.route(
    "/sites/<int:site_rollout_id>/staff/<int:staff_id>/move", methods=_BOTH, endpoint="person_move"
)
def move(site_rollout_id: int, staff_id: int) -> ResponseReturnValue:
    """Move somebody to another site of the market."""
    one, seen = _person(site_rollout_id, staff_id)
    fields = [
        Field("to", f"Code of the other site, in {one.market}", value=given("to"), required=True),
        Field("day", "First day there", "date", given("day"), required=True),
    ]
    question = _question(
        one,
        "programmes.person_move",
        f"Move {one.name}",
        "Move",
        seen,
        fields,
        "They come off the rosters here from that day on, and take with them what they are "
        "trained for.",
    )

    def act(work: Work) -> None:
        day, to = _day("the day"), request.form.get("to", "")
        acts.move(work, site_rollout_id, staff_id, to, day, request.form.get("seen", ""))

    return answer(question, act, f"{one.name} moves.")


def _person(site_rollout_id: int, staff_id: int) -> tuple[StaffRow, str]:
    with request_view() as work:
        found, seen = queries.person(work, site_rollout_id, staff_id)
        work.require(acts.WORKS, found.market)
    return found, seen


def _question(  # noqa: PLR0913 (the parts of one page)
    one: StaffRow,
    endpoint: str,
    title: str,
    button: str,
    seen: str,
    fields: list[Field],
    what: str = "",
    also: tuple[str, str] | None = None,
) -> Question:
    here = url_for(endpoint, site_rollout_id=one.site_rollout_id, staff_id=one.id)
    return Question(
        title=title,
        action=here,
        button=button,
        back=url_for("programmes.site", site_rollout_id=one.site_rollout_id),
        back_label=one.site,
        about=f"{one.code}, {one.role}",
        what=what,
        fields=fields,
        hidden=[("seen", given("seen", seen))],
        also=also,
    )


def _fields(one: StaffRow | None) -> list[Field]:
    roles = [(each, each) for each in USUAL_ROLES]
    return [
        Field("name", "Name", value=given("name", one and one.name), required=True, most=128),
        Field(
            "role",
            "Role",
            value=given("role", one.role if one else "seller"),
            required=True,
            options=roles,
            most=32,
        ),
        Field("joined_on", "Works there since", "date", given("joined_on", one and one.joined_on)),
        Field("left_on", "First day they are gone", "date", given("left_on", one and one.left_on)),
    ]


def _draft(code: str) -> StaffDraft:
    form = request.form
    return StaffDraft(
        code,
        form.get("name", ""),
        form.get("role", ""),
        day_of(form.get("joined_on", ""), "works there since"),
        day_of(form.get("left_on", ""), "first day they are gone"),
    )


def _day(what: str) -> date:
    found = day_of(request.form.get("day", ""), what)
    if found is None:
        raise BadInput(f"{what} is missing; choose it")
    return found
