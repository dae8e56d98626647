"""Write to those who may answer when a stage opens, and to whom it is escalated."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select

from changes import approval_links
from changes.approval_links import Link
from changes.lifecycle import State
from changes.models import ApprovalDelegation
from changes.policy import policy
from changes.queries import rounds, views
from changes.queries.assessment import assessment_of
from changes.queries.rounds import StoredRound, delegation_of
from changes.rules.approval_terms import Stage
from changes.rules.approvals import StageState, separation_fault
from changes.rules.collisions import Level
from changes.rules.freeze_words import wall
from changes.values import ChangeView
from ssoc.accounts.queries import Holder, active_holders
from ssoc.core.errors import NotFound
from ssoc.core.permissions import Role
from ssoc.core.vocabulary import ApprovalEscalated, ApprovalStageOpened
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.notify.actions import Post, post

MOST_TOLD = 5  # collisions in a letter; all of them stand on the page


def ask_by_mail(work: Work, event: ApprovalStageOpened) -> None:
    """Write one letter to each who may answer the stage, with a link that leads to sign-in."""
    found = _still_asked(work, event.change_id, event.round, event.stage)
    if found is None or not work.settings.notify.mail_server:
        return
    view, stored, present = found
    people = active_holders(work)
    for each in _askable(work, view, stored, present.stage, people):
        _write(work, view, stored, present, each, "waits for your answer")


def tell_escalation(work: Work, event: ApprovalEscalated) -> None:
    """Write to the role a stage is escalated to: nobody answered it in time."""
    found = _still_asked(work, event.change_id, event.round, event.stage)
    if found is None or not work.settings.notify.mail_server:
        return
    view, stored, present = found
    role = Role(event.to)
    for each in active_holders(work).values():
        if each.markets_of(role, stored.round.markets):
            _write(work, view, stored, present, each, "was not answered in time", "escalation")


def _still_asked(
    work: Work, change_id: int, number: int, stage: int
) -> tuple[ChangeView, StoredRound, StageState] | None:
    """Return the stage if it waits still: letters may come later than the event."""
    try:
        view = views.change(work, change_id)
    except NotFound:
        return None
    stored = rounds.present_round(work, change_id)
    present = stored.state.current if stored else None
    if view.state is not State.SUBMITTED or stored is None or present is None:
        return None
    is_same = (stored.round.number, present.position) == (number, stage)
    return (view, stored, present) if is_same else None


def _askable(
    work: Work, view: ChangeView, stored: StoredRound, stage: Stage, people: dict[str, Holder]
) -> list[Holder]:
    """Return who may answer: holders of the roles, their delegates, nobody with another duty."""
    markets = stored.round.markets
    roles = {each.role for each in stage.demands}
    own = {
        name
        for name, each in people.items()
        if any(each.markets_of(role, markets) for role in roles)
    }
    named = own | _delegates(work, own, roles)
    excepted = rounds.excepted(work, [view.id]).get(view.id, frozenset())
    duties = rounds.duties_of(view)
    return [
        people[name]
        for name in sorted(named & people.keys())
        if not separation_fault(duties, [name], excepted)
    ]


def _delegates(work: Work, people: Iterable[str], roles: set[Role]) -> set[str]:
    chosen = select(ApprovalDelegation).where(
        ApprovalDelegation.person.in_(sorted(people)), ApprovalDelegation.expires_at > work.now
    )
    found = [delegation_of(each) for each in work.session.scalars(chosen)]
    return {each.delegate for each in found if each.role in roles and not each.fault(work.now)}


def _write(
    work: Work,
    view: ChangeView,
    stored: StoredRound,
    present: StageState,
    to: Holder,
    what: str,
    kind: str = "approval",
) -> None:
    lasts = policy(work).approvals.link_lasts
    number, stage = stored.round.number, present.position
    if not to.mail:
        return
    letter = Post(
        key=f"{kind}/{view.id}/{number}/{stage}/{to.name}",
        person=to.name,
        address=to.mail,
        subject=f"{view.reference} {what}: {view.title}",
        text=_text(work, view, present, _link(work, view, number, stage, to, lasts), lasts),
        lasts=lasts,
    )
    post(work, letter)


def _link(
    work: Work, view: ChangeView, number: int, stage: int, to: Holder, lasts: timedelta
) -> str:
    web = work.settings.web
    token = approval_links.sign(web, Link(view.id, number, stage, to.name, work.now + lasts))
    return approval_links.address(web, f"/changes/answer/{token}")


def _text(work: Work, view: ChangeView, present: StageState, link: str, lasts: timedelta) -> str:
    window = "no window yet"
    if view.window is not None:
        since, until = view.window
        window = f"{since:%a %d %b %Y %H:%M} to {until:%a %d %b %H:%M} UTC"
    risk = "not known yet" if view.risk_points is None else f"{view.risk_points:.0f} of 100"
    due = f"{present.due_at:%a %d %b %H:%M} UTC" if present.due_at else "no limit"
    return "\n".join(
        (
            f"{view.reference}: {view.title}",
            "",
            f"Asked by:  {view.requester}",
            *([f"Why:       {' '.join(view.purpose.split())}"] if view.purpose else []),
            f"Type:      {view.type}",
            f"Markets:   {', '.join(view.markets)}",
            f"Window:    {window}",
            *_there(work, view),
            f"Risk:      {risk}",
            *_in_the_way(work, view),
            f"Stage:     {present.position}, {present.stage.name}",
            f"Answer by: {due}; silence never approves",
            "",
            "Read it and answer after signing in:",
            link,
            "",
            f"The link leads there for {lasts.days} days. It approves nothing by itself.",
            "",
        )
    )


def _there(work: Work, view: ChangeView) -> list[str]:
    """Return the window on the clocks of each market, one line each."""
    if view.window is None:
        return []
    estate, (since, until) = estate_queries.current(work), view.window
    zones = dict.fromkeys(
        (code, zone) for code in view.markets for zone in estate.markets[code].zones
    )
    return [
        f"           {wall(since, zone)} to {wall(until, zone)} in {code}, {zone}"
        for code, zone in zones
    ]


def _in_the_way(work: Work, view: ChangeView) -> list[str]:
    """Return what the change collides with and nobody waived, the worst first."""
    known = assessment_of(work, view)
    found = [each for each in known.findings if each.is_open]
    told = [each for each in found if each.level is not Level.INFO]
    lines = [f"{each.level}, {each.rule}: {each.reason}" for each in told[:MOST_TOLD]]
    if len(told) > MOST_TOLD:
        lines.append(f"and {len(told) - MOST_TOLD} more")
    none = "not looked for yet" if known.checked_at is None else "nothing found"
    heads = ["Collides:  ", *["           "] * len(lines)]
    return [f"{head}{each}" for head, each in zip(heads, lines or [none], strict=False)]
