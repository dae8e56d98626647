"""What changed before an incident: suspects by rank, each with its terms and what people said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from changes.lifecycle import CauseMove, Verdict
from changes.queries import causes
from changes.queries.causes import Judged, Judgement
from changes.rules.suspects import Kind, Suspect, Term, Troubled, span
from changes.run_values import run_of_place
from changes.values import WAVES
from incidents.queries import Line
from ssoc.core.errors import NotFound
from ssoc.core.work import Work
from ssoc.estate.values import Estate
from web import words

_LABELS = {
    CauseMove.CONFIRM: ("Confirm…", Verdict.CONFIRMED),
    CauseMove.RULE_OUT: ("Rule out…", Verdict.RULED_OUT),
    CauseMove.DOUBT: ("Open again…", Verdict.SUSPECTED),
}
_BADGES = {Verdict.SUSPECTED: "", Verdict.CONFIRMED: "done", Verdict.RULED_OUT: "none"}


@dataclass(frozen=True)
class TermLine:
    """One term: its name, its words, and how its points come about."""

    name: str
    said: str
    value: str
    weight: str
    points: str


@dataclass(frozen=True)
class SuspectAct:
    """A button of a row."""

    label: str
    href: str


@dataclass(frozen=True)
class SuspectLine:
    """One suspect: its rank, what it is, where, why, its score and what people say."""

    key: str
    rank: int
    title: str
    href: str
    is_outside: bool
    sub: str
    why: str
    where: str
    path: str
    score: str
    bar: str
    verdict: str
    badge: str
    said: str
    reason: str
    terms: Sequence[TermLine]
    acts: Sequence[SuspectAct]


@dataclass(frozen=True)
class SuspectsView:
    """The panel: its lines, how far was looked, and what stands when there is nothing."""

    lines: Sequence[SuspectLine]
    note: str
    nothing: str
    more: str
    others: Sequence[str]
    about: str = ""  # the change whose late run it is about
    about_href: str = ""


def suspects(work: Work, line: Line, estate: Estate) -> SuspectsView:
    """Return the suspects of an incident as they are ranked now, the first of them."""
    found = causes.suspects(work, line.id, told(line))
    may = causes.may_judge(work, line.markets)
    shown = [
        each
        for each in found.suspects
        if each.suspect.rank <= found.shown or each.verdict is not Verdict.SUSPECTED
    ]
    back = span(found.look_back)
    since = words.when(found.began_at - found.look_back, work.now)
    reference, run = run_of_place(line.component) or ("", 0)
    return SuspectsView(
        about=reference,
        about_href=url_for("changes.run", run_id=run) if run else "",
        lines=[_line(line.id, each, estate, found.most, work.now, may) for each in shown],
        note=f"by time, distance, markets, own checks, overrun, risk, history; {back} back",
        nothing=(
            "Nothing that you may see was changed on what it stands on or in its markets in the "
            f"{back} before it began (since {since} UTC): no change, deployment, window or expiry."
        ),
        more=_more(len(found.suspects) - len(shown)),
        others=[_other(each, work.now) for each in found.others],
    )


def told(line: Line) -> Troubled:
    """Return an incident as its page knows it."""
    return Troubled(line.component, tuple(line.markets), (line.opened_at,))


def title_of(work: Work, line: Line, candidate: str) -> str:
    """Return what a suspect is called, or raise NotFound when it is none that may be seen."""
    for each in causes.suspects(work, line.id, told(line)).suspects:
        if each.suspect.candidate.key == candidate:
            return each.suspect.candidate.title or candidate
    raise NotFound(f"{candidate[:64]!r} is no suspect of {line.mark}; choose one on its page")


def _more(number: int) -> str:
    return f"{words.counted(number, 'more suspect')} with a lower score" if number > 0 else ""


def _line(
    incident_id: int, judged: Judged, estate: Estate, most: float, now: datetime, may: bool
) -> SuspectLine:
    suspect, candidate = judged.suspect, judged.suspect.candidate
    said = judged.judgements[-1] if judged.judgements else None
    share = 100 * suspect.score / most if most else 0.0
    href = _href(suspect)
    return SuspectLine(
        key=candidate.key,
        rank=suspect.rank,
        title=candidate.title or candidate.reference,
        href=href,
        is_outside=href == candidate.href,
        sub=" · ".join(filter(None, (candidate.reference, candidate.kind.value, candidate.origin))),
        why=why(suspect, estate, now),
        where=where(suspect, estate),
        path=" – ".join(estate.name_of(each) for each in suspect.path),
        score=f"{suspect.score:.2f}",
        bar=f"{share:.0f}%",
        verdict=judged.verdict.value,
        badge=_BADGES[judged.verdict],
        said=f"{said.by}, {words.when(said.at, now)}" if said else "",
        reason=said.reason if said else "",
        terms=[_term(each) for each in suspect.terms],
        acts=_acts(incident_id, judged) if may else (),
    )


_WAVE = re.compile(r"ROL-(\d{1,9}) ", re.ASCII)


def _href(suspect: Suspect) -> str:
    candidate = suspect.candidate
    if candidate.change_id is not None:
        return url_for("changes.change", change_id=candidate.change_id)
    wave = _WAVE.match(candidate.title) if candidate.origin == WAVES else None
    if wave is not None:
        return url_for("rollouts.rollout", rollout_id=int(wave[1]))
    return url_for("noc.windows") if candidate.kind is Kind.VENDOR else candidate.href


def why(suspect: Suspect, estate: Estate, now: datetime) -> str:
    """Return what speaks for it, in words: when, how far, which markets, what went wrong."""
    terms = {each.name: each for each in suspect.terms}
    candidate = suspect.candidate
    end = f"began {words.when(candidate.began_at, now)}"
    if candidate.ended_at is not None:
        end = f"ended {words.when(candidate.ended_at, now)}"
    age = terms["time"].said.removeprefix("ended ")
    said = [f"{end}, {age}", distance(suspect, estate)]
    said.append(_markets(terms["market"].value, suspect))
    said += [terms[name].said for name in ("gate", "overran") if terms[name].value]
    return " · ".join(filter(None, said))


def _markets(share: float, suspect: Suspect) -> str:
    if share >= 1:
        return "all its markets"
    return " ".join(suspect.candidate.markets[:6]) if share else "other markets"


def distance(suspect: Suspect, estate: Estate) -> str:
    """Return how far from what fails it is, and on which side: below is what that stands on."""
    path = suspect.path
    if not suspect.candidate.components and suspect.hops is not None:
        return "the whole market"
    if suspect.hops is None:
        return "no path between them"
    if suspect.hops == 0:
        return "same component"
    return f"{words.counted(suspect.hops, 'hop')} {side(path, estate)}"


def side(path: Sequence[str], estate: Estate) -> str:
    """Return ``below`` when each part of the path needs the next, ``above`` the other way."""
    pairs = list(zip(path, path[1:], strict=False))
    if all(any(e.needs == low for e in estate.needs.get(up, ())) for up, low in pairs):
        return "below"
    if all(any(e.needs == low for e in estate.needs.get(up, ())) for low, up in pairs):
        return "above"
    return "away"


def where(suspect: Suspect, estate: Estate) -> str:
    """Return the part it touched that is nearest, with the number of the others."""
    parts = suspect.candidate.components
    if not parts:
        names = [
            estate.markets[each].name if each in estate.markets else each
            for each in suspect.candidate.markets
        ]
        return words.listed(names, 3) or "not placed"
    nearest = suspect.path[-1] if suspect.path else parts[0]
    rest = f" and {len(parts) - 1} more" if len(parts) > 1 else ""
    return f"{estate.name_of(nearest)}{rest}"


def _term(term: Term) -> TermLine:
    return TermLine(
        term.name.capitalize(),
        term.said,
        f"{term.value:.2f}",
        f"{term.weight:.2f}",
        f"{term.points:.3f}",
    )


def _acts(incident_id: int, judged: Judged) -> list[SuspectAct]:
    key = judged.suspect.candidate.key
    return [
        SuspectAct(
            _LABELS[move][0],
            url_for(
                "noc.judge",
                incident_id=incident_id,
                candidate=key,
                verdict=_LABELS[move][1].value,
                was=judged.verdict.value,
            ),
        )
        for move in judged.moves
    ]


def _other(said: Judgement, now: datetime) -> str:
    return (
        f"{said.title}: {said.verdict.value} by {said.by}, {words.when(said.at, now)}; "
        f"{said.reason}. It is no suspect any more: the incident began before it, or moved."
    )
