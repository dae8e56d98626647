"""Go/no-go: the list of a programme's meetings, and the page of one with what decides now."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.queries import decisions
from changes.programmes.queries import programmes as plans
from changes.programmes.queries.decisions import DecisionView
from changes.programmes.rules.go_no_go import Criterion, Light, Verdict, Word
from changes.programmes.values import SiteView
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.app import request_view
from web.noc import live
from web.programmes.blueprint import programmes
from web.programmes.cures import cure_of

_TONES = {Light.RED: "p1", Light.NO_DATA: "p2"}
_VERDICTS = {Verdict.NO_GO: "p1", Verdict.NONE: "p3", Verdict.WITH_CONDITIONS: "p3"}


@dataclass(frozen=True)
class Row:
    """One criterion on the page."""

    title: str
    kind: str
    word: str
    tone: str
    why: str
    source: str
    href: str


@dataclass(frozen=True)
class Voice:
    """One role: who votes for it, what it says, and every vote that was given."""

    role: str
    people: str
    word: str
    tone: str
    votes: Sequence[tuple[str, str, str, str]]


@dataclass(frozen=True)
class Act:
    """A button of the page."""

    label: str
    href: str
    is_main: bool = False


@programmes.get("/<int:programme_id>/decisions", endpoint="decisions")
def listed(programme_id: int) -> ResponseReturnValue:
    """List the go/no-go meetings of a programme."""
    with request_view() as work:
        waves = [
            (
                str(each.id),
                f"{each.position} · {each.name}, {each.sites - each.accepted} sites open",
            )
            for each in plans.waves(work, programme_id)
            if work.actor.may(Permission.PROGRAMME_PLAN, each.market)
        ]
        return render_template(
            "programmes/decisions.html",
            programme=plans.programme(work, programme_id),
            waves=waves,
            rows=decisions.listed(work, programme_id),
            tones=_VERDICTS,
            now=work.now,
        )


@programmes.get("/decisions/<int:decision_id>", endpoint="decision")
def show(decision_id: int) -> ResponseReturnValue:
    """Show one meeting: criteria with their evidence, votes, conditions, what decides now."""
    with request_view() as work:
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        found = decisions.decision(work, decision_id)
        verdict = found.verdict or found.finding.verdict
        shown = render_template(
            "programmes/decision.html",
            one=found,
            verdict=verdict,
            tone=_VERDICTS.get(verdict, ""),
            rows=[_row(found, each) for each in found.criteria],
            voices=_voices(work, found),
            acts=_acts(work, found),
            may_close=work.actor.may(Permission.PROGRAMME_WORK, found.market),
            may_add=found.is_open and _may(work, found),
            back=_back(found),
            now=work.now,
            tag=tag,
        )
    return live.page(tag, shown)


def _may(work: Work, one: DecisionView) -> bool:
    wanted = (Permission.PROGRAMME_DECIDE, Permission.PROGRAMME_PLAN)
    return any(work.actor.may(each, one.market) for each in wanted)


def _back(one: DecisionView) -> str:
    if one.site_rollout_id is not None:
        return url_for("programmes.site", site_rollout_id=one.site_rollout_id)
    return url_for("programmes.programme", programme_id=one.programme_id)


@dataclass(frozen=True)
class _Place:
    """The site a meeting is about, as far as links ask."""

    id: int
    programme_id: int
    market: str


def _where(one: DecisionView, name: str) -> str:
    """Return where a criterion is mended: of one site its own page, of a wave the programme."""
    if one.site_rollout_id is None:
        return _back(one)
    link = cure_of(_Place(one.site_rollout_id, one.programme_id, one.market), name)
    return link.href if link else _back(one)


def _row(one: DecisionView, each: Criterion) -> Row:
    return Row(
        each.title,
        "hard" if each.is_hard else "soft",
        each.light.value,
        _TONES.get(each.light, "") if each.is_hard or each.light is not Light.GREEN else "",
        each.why,
        each.source,
        _where(one, each.name) if each.is_automatic else "",
    )


def _voices(work: Work, one: DecisionView) -> list[Voice]:
    heard = one.finding.voices or {}
    found = []
    for role, people in one.steering.items():
        word = heard.get(role)
        given = [
            (each.person, each.word.value, words.when(each.at, work.now), each.reason)
            for each in one.ballots
            if each.role == role
        ]
        tone = "p1" if word is Word.NO else ""
        found.append(
            Voice(role, ", ".join(people), word.value if word else "has not voted", tone, given)
        )
    return found


def _acts(work: Work, one: DecisionView) -> list[Act]:
    """Return what the actor can press, the one that leads on first."""
    if not one.is_open:
        return []

    def act(label: str, endpoint: str, is_main: bool = False) -> Act:
        return Act(label, url_for(endpoint, decision_id=one.id), is_main)

    found = []
    name, decides = work.actor.name, work.actor.may(Permission.PROGRAMME_DECIDE, one.market)
    votes = decides and any(name in people for people in one.steering.values())
    has_voted = any(each.person == name for each in one.ballots)
    if votes:
        label = "Vote again…" if has_voted else "Vote…"
        found.append(act(label, "programmes.decision_vote", not has_voted))
    if decides:
        found.append(act("Decide…", "programmes.decision_decide", not found or has_voted))
    if decides and name == one.authority and one.finding.red:
        found.append(act("Override in writing…", "programmes.decision_override"))
    if _may(work, one):
        found.append(act("Add a condition…", "programmes.decision_condition"))
        found.append(act("Set a criterion…", "programmes.decision_criterion"))
        found.append(act("Edit…", "programmes.decision_edit"))
    return found


# ---- the panel on the page of a site


@dataclass(frozen=True)
class Panel:
    """The newest decision about a site, and the way to plan one."""

    standing: decisions.DecisionStanding
    href: str
    plan: str


def panel(work: Work, site: SiteView) -> Panel | None:
    """Return what the page of a site shows of its go/no-go."""
    told = decisions.standing(work, [site.id])[site.id]
    newest = decisions.newest_of(work, site.id, site.wave_id)
    href = url_for("programmes.decision", decision_id=newest) if newest else ""
    plan = ""
    if work.actor.may(Permission.PROGRAMME_PLAN, site.market) and not site.state.is_cut_over:
        plan = url_for("programmes.decision_new", site=site.id)
    if not (href or plan):
        return None
    return Panel(told, href, plan)
