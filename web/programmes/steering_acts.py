"""What steering does: pause and resume waves, look at a brake, plan the rest again and apply it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.actions import braking
from changes.programmes.actions import replanning as applying
from changes.programmes.queries import brakes, replanning
from changes.programmes.queries import programmes as plans
from changes.programmes.queries import sites as site_queries
from changes.programmes.rules.replanning import Crew, Plan, Slot, Stop
from changes.programmes.rules.throughput import monday
from ssoc.core.errors import BadInput, Conflict, IllegalMove
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.app import request_view, request_work
from web.noc.questions import Field, Question, ask, settle
from web.programmes.blueprint import programmes
from web.programmes.entries import day_of, lines_of, number_of, pair_lines, pairs_of

_BOTH = ["GET", "POST"]


@dataclass(frozen=True)
class Line:
    """One proposed slot."""

    day: date
    crew: str
    site: str
    code: str
    market: str
    region: str
    wave: int
    week: date | None  # where a new week begins


@programmes.get("/waves/<int:wave_id>/brake", endpoint="wave_brake")
def brake(wave_id: int) -> ResponseReturnValue:
    """Show the gate that brakes after a wave, with the newest figure of each metric."""
    with request_view() as work:
        found = brakes.brake(work, wave_id)
        return render_template("programmes/brake.html", brake=found, now=work.now)


def _wave(
    wave_id: int, title: str, what: str, act: Callable[[Work, int, str], None], endpoint: str
) -> ResponseReturnValue:
    with request_view() as work:
        name, programme_id, paused = brakes.wave_named(work, wave_id)
    question = Question(
        title=f"{title} {name}",
        action=url_for(endpoint, wave_id=wave_id),
        button=title,
        back=url_for("programmes.steering", programme_id=programme_id),
        back_label="Steering",
        about=paused,
        what=what,
        fields=[
            Field(
                "reason",
                "Why; it stays on record with your name",
                "area",
                request.form.get("reason", ""),
                required=True,
                most=500,
            )
        ],
    )
    if request.method == "GET":
        return ask(question)
    reason = request.form.get("reason", "")
    return settle(question, lambda work: act(work, wave_id, reason), f"{title}: done.")


@programmes.route("/waves/<int:wave_id>/pause", methods=_BOTH, endpoint="wave_pause")
def pause(wave_id: int) -> ResponseReturnValue:
    """Pause a wave."""
    with request_view() as work:
        work.require(Permission.PROGRAMME_DECIDE, brakes.market_of(work, wave_id))
    what = "None of its sites migrates or cuts over until somebody of steering resumes it."
    return _wave(wave_id, "Pause", what, braking.pause, "programmes.wave_pause")


@programmes.route("/waves/<int:wave_id>/resume", methods=_BOTH, endpoint="wave_resume")
def resume(wave_id: int) -> ResponseReturnValue:
    """Resume a wave; the evidence that paused it is consumed."""
    with request_view() as work:
        braking.require_steering(work, wave_id)
    what = "What was measured so far cannot pause it again; what is measured from now on can."
    return _wave(wave_id, "Resume", what, braking.resume, "programmes.wave_resume")


@programmes.route("/<int:programme_id>/plan-again", methods=_BOTH, endpoint="plan_again")
def plan_again(programme_id: int) -> ResponseReturnValue:
    """Propose days and crews for the sites that have none; a second press applies them."""
    given = request.form
    with request_view() as work:
        programme = plans.programme(work, programme_id)
        usual = _crews(work, programme_id)
        question = _asked(programme_id, programme.name, usual, work.now.date())
        if request.method == "GET":
            return ask(question)
        try:
            crews, since, trained, stock = _read()
            plan, codes = replanning.propose(work, programme_id, crews, since, trained, stock)
        except (BadInput, Conflict, IllegalMove) as refusal:
            text = str(refusal)
            return ask(replace(question, fault=f"{text[:1].upper()}{text[1:]}."), refusal.status)
        stops = {each.id: each for each in replanning.waiting(work, programme_id)[0]}
        lines = _lines(plan, codes, stops)
        return render_template(
            "programmes/proposal.html",
            programme=programme,
            lines=lines,
            plan=plan,
            left=[(codes[number], why) for number, why in list(plan.left.items())[:50]],
            slots=_packed(plan),
            crews=given.get("crews", ""),
            now=work.now,
        )


@programmes.post("/<int:programme_id>/plan-again/apply", endpoint="plan_apply")
def apply(programme_id: int) -> ResponseReturnValue:
    """Book what was proposed, all of it or nothing."""
    slots = _unpacked(request.form.get("slots", ""))
    with request_work() as work:
        number = applying.apply(work, programme_id, slots)
    flash(f"{number} sites have a day and a crew.")
    return redirect(url_for("programmes.steering", programme_id=programme_id), code=303)


def _lines(plan: Plan, codes: Mapping[int, str], stops: Mapping[int, Stop]) -> list[Line]:
    found: list[Line] = []
    last = None
    for each in plan.slots:
        week, stop = monday(each.day), stops[each.stop]
        begins = week if week != last else None
        place = (stop.market, stop.region, stop.wave)
        found.append(Line(each.day, each.crew, str(stop.id), codes[stop.id], *place, begins))
        last = week
    return found


def _crews(work: Work, programme_id: int) -> dict[str, str]:
    """Return the crews of the programme with the markets and regions they have worked in."""
    found: dict[str, set[str]] = {}
    for each in site_queries.board(work, programme_id).sites:
        if each.crew:
            is_plain = each.region and "," not in each.region
            place = f"{each.market}/{each.region}" if is_plain else each.market
            found.setdefault(each.crew, set()).add(place)
    return {name: ", ".join(sorted(markets)) for name, markets in sorted(found.items())}


def _asked(programme_id: int, name: str, usual: dict[str, str], today: date) -> Question:
    given = request.form
    monday = today + timedelta(days=7 - today.weekday())
    return Question(
        title="Plan again",
        action=url_for("programmes.plan_again", programme_id=programme_id),
        button="Propose",
        back=url_for("programmes.steering", programme_id=programme_id),
        back_label="Steering",
        about=name,
        what="Sites that wait without a day to come get one: a crew is at one site a day, no hard "
        "freeze, no more a week than the wave takes, what is trained and what has come; waves in "
        "their order, the nearest site next. Nothing is booked before you have seen it.",
        fields=[
            Field("crews", "Crews and where they work, one a line", "area",
                  given.get("crews", pair_lines(usual)),
                  "North: KE, TZ/Mwanza; with a region they are sent nowhere else of the market.",
                  True, most=4_000),
            Field("since", "From", "date", given.get("since", monday.isoformat()), required=True),
            Field("trained", "Sites trainers prepare in a week", value=given.get("trained", ""),
                  hint="Empty: no limit."),
            Field("stock", "Sets that have come by a day, in all", "area", given.get("stock", ""),
                  "2026-12-01: 120; empty: no limit."),
        ],
    )  # fmt: skip


def _read() -> tuple[list[Crew], date, int, list[tuple[date, int]]]:
    given = request.form
    crews = [
        _crew(name, where)
        for name, where in pairs_of(given.get("crews", ""), "crews", "North: KE, TZ/Mwanza").items()
    ]
    if not crews or len(crews) > 100:
        raise BadInput(f"give 1 to 100 crews, one a line, not {len(crews)}")
    since = day_of(given.get("since", ""), "from")
    if since is None:
        raise BadInput("from: give the first day")
    stock = []
    for text, number in pairs_of(given.get("stock", ""), "stock", "2026-12-01: 120").items():
        day = day_of(text, "stock")
        if day is not None:
            stock.append((day, number_of(number, "stock")))
    return crews, since, number_of(given.get("trained", ""), "trained"), sorted(stock)


def _crew(name: str, where: str) -> Crew:
    places = [each.strip().partition("/") for each in where.split(",") if each.strip()]
    return Crew(
        name[:64],
        frozenset(market.strip().upper() for market, _, _ in places),
        frozenset(
            (market.strip().upper(), region.strip()) for market, _, region in places if region
        ),
    )


def _packed(plan: Plan) -> str:
    return "\n".join(f"{each.stop} {each.day} {each.crew}" for each in plan.slots)


def _unpacked(text: str) -> list[Slot]:
    found = []
    for line in lines_of(text):
        site, _, rest = line.partition(" ")
        day, _, crew = rest.partition(" ")
        on = day_of(day, "day")
        if on is None or not crew.strip():
            raise BadInput("the proposal is damaged; plan again")
        found.append(Slot(number_of(site, "site"), on, crew.strip()))
    return found
