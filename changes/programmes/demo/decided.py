"""What the demo has decided and measured: run sheet, meetings, hourly figures of sites."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import insert

from changes.programmes.actions import cutting_over, go_no_go
from changes.programmes.actions.go_no_go import MeetingDraft
from changes.programmes.demo.sites import Laid, LaidSite
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import DecisionVote, Programme, SiteDecision, SiteFigure
from changes.programmes.queries import decisions
from changes.programmes.queries.criteria import STANDINGS
from changes.programmes.rules.go_no_go import Criterion, Light, Verdict, Word
from ssoc.core.work import Work

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_OPEN = range(8, 18)
STEPS = (
    {"title": "Close the old till", "owner": "champion", "p50": 15, "p90": 25,
     "verify": "Z report printed and signed", "undo": "open the old till again"},
    {"title": "Drain what is in flight", "owner": "crew lead", "p50": 20, "p90": 40, "drains": True,
     "verify": "the queue of the old till is empty"},
    {"title": "Copy the last day", "owner": "crew lead", "p50": 25, "p90": 35,
     "verify": "sums are those of the Z report", "undo": "delete the copied day"},
    {"title": "Switch tills and terminals", "owner": "crew lead", "p50": 30, "p90": 55,
     "verify": "terminals show version 11.3", "undo": "plug the old till in again"},
    {"title": "First sale and refund of each bank", "owner": "champion", "p50": 20, "p90": 30,
     "verify": "receipts of sale and refund", "is_hold_point": True, "undo": "refund by hand"},
    {"title": "Open the shop", "owner": "champion", "p50": 5, "p90": 10, "no_return": True,
     "verify": "the first customer has paid"},
)  # fmt: skip


def decide(work: Work, laid: Laid) -> None:
    """Set the run sheet, decide for who is past it, and leave one meeting open."""
    cutting_over.set_template(work, laid.programme, STEPS, 240, 60)
    roles = tuple(work.session.get_one(Programme, laid.programme).steering.items())
    for site in laid.at(SiteState.CUT_OVER):
        _decided(work, laid, site)
    waiting = laid.at(SiteState.GO_NO_GO)
    for at, site in enumerate(waiting[:2]):
        draft = MeetingDraft(
            work.now + (2 + 20 * at) * _HOUR,
            site.id,
            no_return="step 6, open the shop",
            rollback_owner="kofi",
        )
        _vote(work, go_no_go.plan(work, draft), roles[: 2 - at], work.now - _HOUR)


def _vote(
    work: Work, decision_id: int, roles: Sequence[tuple[str, Sequence[str]]], at: datetime
) -> None:
    for role, people in roles:
        work.session.add(
            DecisionVote(decision_id=decision_id, role=role, person=people[0], word=Word.YES, at=at)
        )


def _decided(work: Work, laid: Laid, site: LaidSite) -> None:
    at = (site.cut_over_at or work.now) - 20 * _HOUR
    row = SiteDecision(
        programme_id=laid.programme,
        site_rollout_id=site.id,
        meets_at=at,
        quorum=3,
        no_return="step 6, open the shop",
        rollback_owner="kofi",
        verdict=Verdict.GO,
        sentence="3 of 3 roles say yes",
        evidence=[
            decisions.plain(Criterion(name, title, True, Light.GREEN, source, "met"))
            for name, (title, is_hard, source) in STANDINGS.items()
            if is_hard
        ],
        decided_at=at,
        decided_by="carlos",
        set_at=at - _DAY,
        set_by="carlos",
    )
    work.session.add(row)
    work.session.flush()
    roles = tuple(work.session.get_one(Programme, laid.programme).steering.items())
    _vote(work, row.id, roles[:3], at - _HOUR)


def watch(work: Work, laid: Laid) -> None:
    """Write what watched sites sold by the hour: a month before their cut-over and since."""
    rows = [
        row
        for site in laid.at(SiteState.HYPERCARE)
        if site.cut_over_at is not None
        for row in _sold(site, site.cut_over_at, work.now)
    ]
    if rows:
        work.session.execute(insert(SiteFigure), rows)


def _sold(site: LaidSite, cut_over: datetime, now: datetime) -> list[dict[str, object]]:
    first = cut_over.replace(hour=0, minute=0, second=0, microsecond=0) - 30 * _DAY
    found: list[dict[str, object]] = []
    for day in range((now - first).days + 1):
        for hour in _OPEN:
            at = first + day * _DAY + hour * _HOUR
            if at >= now:
                break
            usual = 14 + site.site % 9 + (6 if at.weekday() in {4, 5} else 0) - abs(hour - 12)
            sales = max(1, usual + (site.site * 7 + day * 5 + hour * 3) % 5 - 2)
            amount = Decimal(sales) * (Decimal(42) + (day + hour) % 7)
            found.append(
                {
                    "site_id": site.site,
                    "hour": at,
                    "currency": "GHS",
                    "sales": sales,
                    "amount": amount,
                    "failed": 1 if (day + hour + site.site) % 97 == 0 else 0,
                    "sent_at": at + _HOUR,
                }
            )
    return found
