"""What the panels of an assessment show: risk with its terms, collisions, who is touched."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from changes.policy import policy
from changes.queries import assessment as queries
from changes.queries.assessment import Finding
from changes.queries.impact import impact
from changes.rules.collisions import Level
from changes.rules.impact import MarketImpact
from changes.values import ChangeView
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from web import words

NOT_KNOWN = "not known"
_SAID = {Level.BLOCK: "blocks", Level.WARN: "warns", Level.INFO: "for information"}
_TONES = {Level.BLOCK: "p1", Level.WARN: "p2", Level.INFO: ""}
MOST_ENDED = 3
MOST_NAMED = 6
MOST_OPEN = 5  # notes that stand open; the others are one step away


@dataclass(frozen=True)
class Factor:
    """One line of the score; widths are shares of the heaviest term."""

    name: str
    said: str
    value: str
    points: str
    weight_width: str
    points_width: str


@dataclass(frozen=True)
class RiskPanel:
    """The score and its terms, the one that adds most first."""

    score: str
    together: str
    version: str
    factors: Sequence[Factor]
    was: str = ""


def risk(work: Work, change: ChangeView) -> RiskPanel | None:
    """Return the score of a change; None while it was never assessed."""
    found = queries.risk_of(work, change.id)
    if found is None:
        return None
    heaviest = max(each.weight for each in found.terms) or 1.0
    ordered = sorted(found.terms, key=lambda each: -each.points)
    version, was = policy(work).version, ""
    if found.policy_version != version and f"{found.points:.1f}" != f"{found.now:.1f}":
        was = f"It was {found.points:.1f} with the weights of version {found.policy_version}."
    return RiskPanel(
        score=f"{found.now:.0f}",
        together=f"{found.now:.1f}",
        version=version,
        factors=[
            Factor(
                name=each.name,
                said=each.said,
                value=f"{each.value:.2f} × {each.weight:g}",
                points=f"{each.points:.1f}",
                weight_width=f"{100 * each.weight / heaviest:.1f}%",
                points_width=f"{100 * each.points / heaviest:.1f}%",
            )
            for each in ordered
        ],
        was=was,
    )


@dataclass(frozen=True)
class FindingLine:
    """One finding as a note; ``other`` names the other change where the actor may open it."""

    rule: str
    word: str
    name: str
    tone: str
    sentence: str
    other: str
    other_href: str
    settled: str
    waivers: str
    waive_href: str


@dataclass(frozen=True)
class CollisionsPanel:
    """What is in the way; ``slot`` is looked for only while something blocks."""

    checked: str
    lines: Sequence[FindingLine]
    ended: Sequence[str]
    is_blocked: bool
    slot: str
    why_none: str
    move_href: str

    @property
    def first(self) -> Sequence[FindingLine]:
        """Return the notes that stand open: all that block or are settled, and some warnings."""
        return self.lines[: self._shown]

    @property
    def rest(self) -> Sequence[FindingLine]:
        """Return the notes one step away."""
        return self.lines[self._shown :]

    @property
    def _shown(self) -> int:
        blocking = sum(each.tone == _TONES[Level.BLOCK] for each in self.lines)
        return max(MOST_OPEN, blocking)


def collisions(work: Work, change: ChangeView) -> CollisionsPanel | None:
    """Return what a change collides with; None when it was never assessed and has no window."""
    found = queries.assessment_of(work, change)
    if found.checked_at is None:
        return None
    numbers = {each for f in found.findings if (each := queries.other_of(f, change.id))}
    open_to = queries.openable(work, numbers)
    own = queries.own_blocks(work, found.findings)
    is_blocked = bool(found.blocking) and change.state.may_be_edited
    slot = next_slot(work, change) if is_blocked else ""
    why_none = queries.why_no_slot(work, change, work.now) if is_blocked and not slot else ""
    may_move = may_plan(work, change) and bool(slot)
    return CollisionsPanel(
        checked=words.when(found.checked_at, work.now),
        lines=[_line(work, change, each, open_to, own) for each in found.findings],
        ended=[
            f"{each.rule} ended {words.when(each.ended_at, work.now)}: {each.sentence}"
            for each in found.ended[:MOST_ENDED]
        ],
        is_blocked=is_blocked,
        slot=slot,
        why_none=why_none,
        move_href=url_for("changes.move_there", change_id=change.id) if may_move else "",
    )


def next_slot(work: Work, change: ChangeView) -> str:
    """Return the next free slot in words; empty when the horizon has none."""
    found = queries.next_free_slot(work, change, work.now)
    if found is None:
        return ""
    return span_words(found.starts_at, found.ends_at, work.now)


def span_words(since: datetime, until: datetime, now: datetime) -> str:
    """Return a window in words: ``Tue 1 Dec 21:00-00:00 UTC``."""
    is_short = (until - since).total_seconds() < 86_400
    end = words.time(until) if is_short else f"{words.day(until, now)} {words.time(until)}"
    return f"{words.day(since, now)} {words.time(since)}{words.NONE}{end} UTC"


def may_plan(work: Work, change: ChangeView) -> bool:
    """Tell whether the actor may plan the change: in every one of its markets."""
    return all(work.actor.may(Permission.CHANGE_PLAN, each) for each in change.markets or ("*",))


def _line(
    work: Work,
    change: ChangeView,
    finding: Finding,
    open_to: frozenset[int],
    own: Collection[str],
) -> FindingLine:
    other = queries.other_of(finding, change.id)
    is_shown = other is not None and other in open_to
    settled = ""
    if finding.waiver:
        at = words.when(finding.waiver.at, work.now)
        settled = f"Waived by {finding.waiver.by}, {at}: “{finding.waiver.reason}”."
    elif finding.is_overridden:
        settled = "The freeze was overridden for this change."
    waive = finding.is_open and finding.level is not Level.INFO and change.state.may_be_edited
    waive = waive and finding.key not in own
    waive = waive and queries.may_waive(work, finding, change.markets)
    href = url_for("changes.waive", change_id=change.id, key=finding.key) if waive else ""
    return FindingLine(
        rule=finding.rule,
        word=_SAID[finding.level],
        name=policy(work).collisions.rules[finding.rule].name,
        tone=_TONES[finding.level] if finding.is_open else "",
        sentence=finding.sentence,
        other=f"CHG-{other}" if is_shown else "",
        other_href=url_for("changes.change", change_id=other) if is_shown else "",
        settled=settled,
        waivers=", ".join(each.replace("_", " ") for each in finding.waivers),
        waive_href=href,
    )


@dataclass(frozen=True)
class MarketLine:
    """One market: what becomes of it, its clocks, what usually happens there, its calendar."""

    name: str
    effects: Sequence[tuple[str, str, Sequence[str]]]  # the word, some names, and the others
    clocks: Sequence[str]
    transactions: str
    money: str
    calendar: str


@dataclass(frozen=True)
class TouchedPanel:
    """Who is touched, market by market; ``needs`` is what it all stands on."""

    markets: Sequence[MarketLine]
    needs: str
    has_window: bool


def touched(work: Work, change: ChangeView) -> TouchedPanel | None:
    """Return who is touched; None when the change names no component and no market."""
    if not change.touched and not change.markets:
        return None
    found, estate = impact(work, change), estate_queries.current(work)
    return TouchedPanel(
        markets=[_market(estate, each, change) for each in found.markets],
        needs=words.listed(map(estate.name_of, found.needs), MOST_NAMED),
        has_window=change.window is not None,
    )


def _market(estate: Estate, each: MarketImpact, change: ChangeView) -> MarketLine:
    effects = [
        (word, ", ".join(map(estate.name_of, keys[:MOST_NAMED])), _others(estate, keys))
        for word, keys in (
            ("down", each.down),
            ("degraded", each.degraded),
            ("less redundant", each.less_redundant),
        )
        if keys
    ]
    usd = each.usual.usd
    return MarketLine(
        name=each.name + ("" if each.market in change.markets else " (reached)"),
        effects=effects,
        clocks=[
            f"{words.time(since)}{words.NONE}{words.time(until)}"
            + (f" {words.place(zone)}" if len(each.local) > 1 else "")
            for zone, since, until in each.local
        ],
        transactions=words.short(each.usual.transactions)
        if each.usual.transactions is not None
        else NOT_KNOWN,
        money=words.money(usd, "USD") if usd is not None else "",
        calendar=_calendar(each),
    )


def _others(estate: Estate, keys: Sequence[str]) -> list[str]:
    return [estate.name_of(each) for each in keys[MOST_NAMED:]]


def _calendar(each: MarketImpact) -> str:
    said = [*each.holidays]
    said += ["pay days"] if each.is_pay_day else []
    said += ["peak hours"] if each.is_peak else []
    return ", ".join(said) or "ordinary"
