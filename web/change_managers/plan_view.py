"""Panels of what was planned: purpose and people, components, steps, the way back, who is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import url_for

from changes.actions import scheduling
from changes.lifecycle import Effect, State
from changes.policy import policy
from changes.queries import templates
from changes.queries.happened import taken_out
from changes.rules.feasibility import past_faults, plan_faults, planned_minutes
from changes.rules.running import planned_starts
from changes.values import ChangeView, PlanStep
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web import words

_TONES = {Effect.DOWN: "none", Effect.DEGRADED: "none"}


@dataclass(frozen=True)
class Pair:
    """One named fact."""

    name: str
    text: str
    href: str = ""


@dataclass(frozen=True)
class TouchedLine:
    """One component with what happens to it meanwhile."""

    key: str
    name: str
    effect: str
    markets: Sequence[str]
    href: str


@dataclass(frozen=True)
class StepLine:
    """One planned step."""

    step: PlanStep
    minutes: str
    starts: str
    waits: str


@dataclass(frozen=True)
class Steps:
    """The plan, with the end it comes to when every step takes as long as planned."""

    lines: Sequence[StepLine]
    note: str


@dataclass(frozen=True)
class Safety:
    """The way back, tests, notices and trainings."""

    rollback: str
    rehearsed: str
    needs: str
    gates: str
    tests: Sequence[Pair]
    notices: Sequence[Pair]
    trainings: Sequence[Pair]


def about(work: Work, change: ChangeView) -> Sequence[Pair]:
    """Return purpose, people and origin."""
    names = templates.names(work, [change.template_id]) if change.template_id else {}
    vendor = f"{change.vendor}, must attend" if change.vendor_must_attend else change.vendor
    known = [
        Pair("Why", change.purpose),
        Pair("Requester", change.requester),
        Pair("Implementer", change.implementer),
        Pair("Verifier", change.verifier),
        Pair("Team", change.team),
        Pair("Also at work", ", ".join(change.people)),
        Pair("Vendor", vendor),
        *(
            Pair("Template", name, url_for("changes.template", template_id=number))
            for number, name in names.items()
        ),
        Pair(
            "Reference elsewhere",
            " ".join(filter(None, (change.origin, change.external_reference))),
        ),
        Pair(
            "Cancelled" if change.state is State.CANCELLED else "Settled", change.cancelled_because
        ),
        Pair("Raised", words.when(change.created_at, work.now)),
        Pair("Submitted", words.when(change.submitted_at, work.now) if change.submitted_at else ""),
    ]
    return [each for each in known if each.text]


def touched(work: Work, change: ChangeView) -> Sequence[TouchedLine]:
    """Return the components with their effects, the worst first."""
    estate = estate_queries.current(work)
    order = list(Effect)
    return [
        TouchedLine(
            each.component,
            estate.name_of(each.component),
            "not known" if change.was_found else each.effect.value,
            estate.markets_of(each.component),
            url_for("admin.component", key=each.component)
            if each.component in estate.components
            else "",
        )
        for each in sorted(
            change.touched, key=lambda one: (-order.index(one.effect), one.component)
        )
    ]


def steps(_work: Work, change: ChangeView) -> Steps | None:
    """Return the planned steps, until the run sheet takes their place."""
    if change.started_at is not None or change.state is State.RUNNING:
        return None
    begins = planned_starts(change.steps)
    lines = [
        StepLine(
            each,
            f"{words.exact(each.planned_minutes)} min",
            _clock(change, begins[each.position]),
            ", ".join(map(str, each.needs)),
        )
        for each in change.steps
    ]
    return Steps(lines, _note(change, planned_minutes(change.steps)))


def _clock(change: ChangeView, later: timedelta) -> str:
    if change.starts_at is None:
        return f"+{words.exact(later // timedelta(minutes=1))} min"
    return words.time(change.starts_at + later)


def _note(change: ChangeView, minutes: int) -> str:
    if change.window is None:
        return f"{words.exact(minutes)} min together"
    length = int((change.window.until - change.window.since).total_seconds() // 60)
    return f"{words.exact(minutes)} of {words.exact(length)} min of the window · times UTC"


def safety(work: Work, change: ChangeView) -> Safety:
    """Return the way back, tests, notices and trainings."""
    if change.was_found:
        unknown = "Nobody planned this change: whether there is a way back is not known."
        return Safety(unknown, "not known", "", "", (), (), ())
    estate = estate_queries.current(work)
    when = change.rollback_rehearsed_at
    minutes = words.exact(change.rollback_minutes)
    return Safety(
        rollback=change.rollback_plan,
        rehearsed=f"{minutes} min, rehearsed {words.when(when, work.now)}"
        if when
        else f"{minutes} min, not rehearsed",
        needs=words.listed([estate.name_of(each) for each in change.rollback_needs], 8),
        gates=words.listed([estate.name_of(each) for each in change.gates], 8),
        tests=[
            Pair(
                each.name,
                f"{'passed' if each.passed else 'not passed yet'}"
                f"{': ' if each.evidence else ''}{each.evidence}",
            )
            for each in change.tests
        ],
        notices=[
            Pair(
                " ".join(filter(None, (each.to, each.market))),
                ", ".join(
                    filter(
                        None,
                        (
                            f"{words.exact(each.hours_before)} h before",
                            f"sent {each.sent_at}" if each.sent_at else "not sent yet",
                            each.text,
                        ),
                    )
                ),
            )
            for each in change.notices
        ],
        trainings=[
            Pair(
                each.audience,
                f"{each.subject or 'training'}, {'done' if each.done else 'not done yet'}",
            )
            for each in change.trainings
        ],
    )


@dataclass(frozen=True)
class InTheWay:
    """What keeps a change out of the calendar, or will once it is approved."""

    heading: str
    lines: Sequence[str]


def in_the_way(work: Work, change: ChangeView) -> InTheWay | None:
    """Return what keeps a change out of the calendar, None when nothing does."""
    faults = plan_faults(change) if change.state.may_be_edited else []
    if change.state is State.APPROVED:
        return _not_scheduled(work, change, faults)
    heading, lines = _heading_and_lines(work, change, faults)
    return InTheWay(heading, lines) if lines else None


def _heading_and_lines(
    work: Work, change: ChangeView, faults: list[str]
) -> tuple[str, Sequence[str]]:
    if change.state is State.DRAFT:
        past = past_faults(change, policy(work).types.get(change.type), work.now)
        if past or faults:
            return "It cannot be submitted as it is:", [*past, *faults]
    ahead = scheduling.foreseen(work, change)
    if ahead:
        return "As it is, approval would not bring it into the calendar:", [*ahead, *faults]
    return "Its plan does not fit its window:", faults


def _not_scheduled(work: Work, change: ChangeView, faults: list[str]) -> InTheWay:
    """Return why an approved change has no place in the calendar, or that it will have one."""
    lines = scheduling.obstacles(work, change)
    heading = "Approved, and not scheduled:"
    out = taken_out(work, [change.id]).get(change.id)
    if out is None and not lines:
        heading = "Approved, nothing is in its way: it is scheduled within a minute."
    elif out is not None:
        if not lines:
            heading = "Approved, and nothing is in its way now; it can be scheduled:"
        why = out.body.get("reason") or "no reason was given"
        lines = [
            f"{out.by} took it out of the calendar {words.when(out.at, work.now)}: {why}",
            *lines,
        ]
    return InTheWay(heading, [*lines, *faults])
