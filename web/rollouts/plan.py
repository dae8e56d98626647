"""Plan waves: in fields or as text, one draft and one reader, looked at before it is kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import yaml
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes import queries as change_queries
from changes.draft import BadDraft
from changes.gates.queries import planning as gates
from changes.policy import policy
from changes.programmes.queries import codes
from changes.rollouts.actions import planning
from changes.rollouts.queries import rollouts as queries
from changes.rollouts.rules import drafting, reach
from changes.rollouts.rules.ahead import gate_length
from changes.rollouts.rules.drafting import WavesDraft
from changes.rollouts.rules.faults import Fault
from changes.rollouts.values import WaveView
from changes.rules.gate_terms import GateTerms
from changes.values import ChangeView
from ssoc.accounts import queries as account_queries
from ssoc.core.errors import BadInput, Conflict, IllegalMove, SsocError
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web import words
from web.app import request_view, request_work
from web.noc import times
from web.rollouts import plan_fields, plan_metric, plan_presses
from web.rollouts.blueprint import rollouts
from web.rollouts.plan_fields import PlanFields

LONGEST = 200_000
DEEPEST = 24  # lists and mappings within each other


@dataclass(frozen=True)
class Covered:
    """Whom one wave reaches, before it is kept."""

    title: str
    whom: str
    markets: Sequence[str]
    gate: str
    begins: str


@rollouts.route("/<int:rollout_id>/plan", methods=["GET", "POST"], endpoint="plan")
def plan(rollout_id: int) -> ResponseReturnValue:
    """Write the waves of a roll-out anew."""
    with request_view() as work:
        found = queries.rollout(work, rollout_id)
        change = change_queries.change(work, found.change_id)
    here = url_for("rollouts.plan", rollout_id=rollout_id)
    return _form(change, drafting.plain(drafting.draft_of(found)), found.version, here)


@rollouts.route("/plan/<int:change_id>", methods=["GET", "POST"], endpoint="plan_new")
def plan_new(change_id: int) -> ResponseReturnValue:
    """Write the first waves of a change."""
    with request_view() as work:
        change = change_queries.change(work, change_id)
        number = queries.number_of(work, change_id)
        first = example(change, policy(work).gates)
    if number is not None:
        return redirect(url_for("rollouts.plan", rollout_id=number), code=303)
    here = url_for("rollouts.plan_new", change_id=change_id)
    return _form(change, first, None, here)


@dataclass(frozen=True)
class Typed:
    """The draft as it was sent: as fields or as text, what it says, and what is wrong in it."""

    fields: PlanFields | None = None
    text: str = ""
    draft: WavesDraft | None = None
    faults: Sequence[str] = ()
    status: int = 200


def _form(
    change: ChangeView, plan: Mapping[str, Any], version: int | None, action: str
) -> ResponseReturnValue:
    with request_view() as work:
        for market in change.markets or (EVERYWHERE,):
            work.require(Permission.CHANGE_PLAN, market)
        typed = _begun(work, change, plan) if request.method == "GET" else _sent(work, change)
    if request.form.get("do") == "keep" and typed.draft is not None and not typed.faults:
        try:
            return _keep(change, typed.draft)
        except (BadInput, Conflict, IllegalMove) as refusal:
            typed = replace(typed, faults=_faults(refusal), status=refusal.status)
    return _page(change, typed, request.form.get("version", version or ""), action)


def _begun(work: Work, change: ChangeView, plan: Mapping[str, Any]) -> Typed:
    """Return what a page begins with: fields, unless only the text can show the plan."""
    zones = times.zones_of(estate_queries.current(work), change.markets)
    zone = zones[0] if len(zones) == 1 else times.UTC_ZONE
    draft = drafting.read(plan)
    try:
        return Typed(plan_fields.of_plain(drafting.plain(draft), zone), draft=draft)
    except BadInput:
        return Typed(text=as_yaml(plan), draft=draft)


def _sent(work: Work, change: ChangeView) -> Typed:
    """Return the draft that was posted, after the button that posted it."""
    do = request.form.get("do", "")[:32]
    typed = _of_text() if "waves" in request.form else _of_fields(work, change, do)
    if do in {"keep", "look"} and typed.draft is not None:
        try:
            planning.refuse_faults(work, typed.draft, change.markets)
        except BadInput as refusal:
            typed = replace(typed, faults=tuple(dict.fromkeys((*typed.faults, *_faults(refusal)))))
    if do in {"keep", "look", "text", "fields"}:
        return _turned(typed, do)
    return replace(typed, faults=())


def _of_text() -> Typed:
    text = request.form["waves"].replace("\r\n", "\n")
    try:
        return Typed(text=text, draft=drafting.read(from_yaml(text)))
    except BadInput as refusal:
        return Typed(text=text, faults=_faults(refusal))


def _of_fields(work: Work, change: ChangeView, do: str) -> Typed:
    form = plan_fields.of_request(request.form)
    try:
        times.zone_of(estate_queries.current(work), form.zone)
    except BadInput as refusal:
        return Typed(replace(form, zone=times.UTC_ZONE), faults=(str(refusal),))
    form = plan_presses.pressed(work, form, change, do, request.form.get(f"chosen-{do}", "")[:64])
    faults: list[str] = []
    plain = plan_fields.to_plain(form, faults)
    draft, more = drafting.read_on(plain)
    text = as_yaml(plain if more else drafting.plain(draft))
    return Typed(form, text, draft, (*faults, *more))


def _turned(typed: Typed, do: str) -> Typed:
    """Return the same draft the other way round if that was asked; what is odd stays as it is."""
    status = 400 if typed.faults else 200
    if do == "text":
        return replace(typed, fields=None, status=200, faults=())
    if do == "fields" and typed.draft is not None and not typed.faults:
        zone = request.form.get("zone", times.UTC_ZONE)
        try:
            plain = drafting.plain(typed.draft)
            return replace(typed, fields=plan_fields.of_plain(plain, zone), status=200)
        except BadInput as refusal:
            return replace(typed, faults=_faults(refusal), status=400)
    return replace(typed, status=status)


def _faults(refusal: SsocError) -> tuple[str, ...]:
    return refusal.faults if isinstance(refusal, BadDraft) else (str(refusal),)


def _page(change: ChangeView, typed: Typed, version: object, action: str) -> ResponseReturnValue:
    with request_view() as work:
        estate, now = estate_queries.current(work), work.now
        together = codes.together(work, change.markets) if typed.fields else []
        accounts = list(account_queries.names(work).items())
        series = gates.offered(work, change.markets) if typed.fields else []
        told = _told(work, typed.draft, change) if typed.draft else []
        terms = policy(work).gates
    shown = render_template(
        "rollouts/plan.html",
        change=change,
        typed=typed,
        fields=typed.fields,
        version=version,
        action=action,
        beside=Beside(typed.faults),
        covered=_covered(typed.draft, change) if typed.draft else [],
        told=told,
        markets=[(code, estate.markets[code].name) for code in change.markets],
        zones=times.zone_choices(estate, now, typed.fields.zone if typed.fields else ""),
        together=together,
        series=series,
        accounts=accounts,
        templates=[*((key, each.title) for key, each in terms.templates.items()), _OWN],
        attributes=terms.attributes,
        metric=plan_metric,
        spare=plan_fields.SPARE,
        example=f"{now + timedelta(days=3):%Y-%m-%d} 08:00",
        now=now,
    )
    return shown, typed.status


_OWN = ("", "a measure of your own")


@dataclass(frozen=True)
class Beside:
    """Which fault stands beside which field; those without one stand above all."""

    faults: Sequence[str]

    def of(self, wave: int, *names: str) -> list[str]:
        """Return the faults of fields of a wave, as sentences."""
        found = [each for each in self.faults if isinstance(each, Fault)]
        return [_sentence(e) for e in found if e.wave == wave and e.field in names]

    @property
    def all(self) -> list[tuple[str, str]]:
        """Return every fault with the place on the page that it is about."""
        return [(_sentence(each), _anchor(each)) for each in self.faults]


def _anchor(fault: str) -> str:
    return f"w{fault.wave}" if isinstance(fault, Fault) and fault.wave is not None else ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _keep(change: ChangeView, draft: WavesDraft) -> ResponseReturnValue:
    text = request.form.get("version", "")
    version = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004
    with request_work() as work:
        number = planning.plan(work, change.id, draft, version)
    flash("The waves are planned.")
    return redirect(url_for("rollouts.rollout", rollout_id=number), code=303)


def _covered(draft: WavesDraft, change: ChangeView) -> list[Covered]:
    return [
        Covered(
            f"Wave {each.position} · {each.name}",
            reach.whom(each.cohorts, each.percent, each.sites),
            [one.market for one in reach.covered(each, change.markets)],
            _gate_words(each),
            "begins by itself" if each.is_automatic else "a person begins it",
        )
        for each in draft.views
    ]


def _gate_words(wave: WaveView) -> str:
    metrics, length = words.counted(len(_metrics(wave)), "metric"), gate_length(wave.gate)
    return f"{metrics}, at least {words.age(length)}" if length else metrics


def _metrics(wave: WaveView) -> Sequence[object]:
    found = wave.gate.get("metrics", ())
    return found if isinstance(found, list) else ()


def _told(work: Work, draft: WavesDraft, change: ChangeView) -> list[str]:
    found = reach.overlaps(draft.views, change.markets)
    gaps = reach.gaps(draft.views, change.markets) if draft.waves else []
    return [_sentence(e) for e in [*found, *gaps, *planning.warnings(work, draft, change.markets)]]


def from_yaml(text: str) -> object:
    """Return what YAML or JSON says, or raise BadInput; what refers to itself is refused."""
    if len(text) > LONGEST:
        raise BadInput(f"the plan has {len(text)} signs; write {LONGEST} at most")
    try:
        _refuse_odd(text)
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())[:300]
        raise BadInput(f"the plan is no YAML: {said}") from None


def _refuse_odd(text: str) -> None:
    """Refuse what would keep us busy: each level of nesting is read slower than the one before."""
    depth = 0
    for each in yaml.parse(text):
        if isinstance(each, yaml.AliasEvent):
            raise BadInput("the plan refers to itself by & and *; write it out")
        if isinstance(each, yaml.CollectionStartEvent):
            depth += 1
        if isinstance(each, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise BadInput(f"the plan is nested {depth} deep; {DEEPEST} is the most a plan needs")


def as_yaml(plan: Mapping[str, Any]) -> str:
    """Return a plan as people write it."""
    whole = json.loads(json.dumps(plan))  # what is meant twice is written twice
    return yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=100)


def example(change: ChangeView, terms: GateTerms) -> dict[str, Any]:
    """Return a plan to begin with: a few in the first market, then a part, then everybody."""
    first = next(iter(terms.templates.values()), None)
    gate = {"metrics": first.definitions} if first else {}
    waves: list[dict[str, Any]] = [
        {"name": "first customers", "cohorts": [_stripes("0")], "soak_minutes": 60},
        {"name": "10 % of customers", "cohorts": [_stripes("0-9")], "soak_minutes": 60},
        {"name": "everybody"},
    ]
    if change.markets:
        waves[0]["markets"] = list(change.markets[:1])
    return {"waves": [{**each, "gate": gate} for each in waves]}


def _stripes(values: str) -> dict[str, Any]:
    return {"name": "stripes", "attribute": "stripe", "values": [values]}
