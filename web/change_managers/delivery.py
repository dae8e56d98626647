"""Delivery figures: a table for each way to break them down, never a bare percentage."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.policy import policy
from changes.queries.delivery import Delivery, Wanted, delivery
from changes.rules.delivery import By, Figures, Times
from changes.rules.shares import Share
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from web import words
from web.app import request_view
from web.change_managers.blueprint import changes
from web.change_managers.views_of import require_sight
from web.noc.choices import Choice, markets_choice

PERIODS = (("28", "28 days"), ("90", "90 days"), ("180", "180 days"), ("365", "a year"))
_USUAL = "90"
_BY = {
    By.MARKET: "Market",
    By.COMPONENT: "Component",
    By.VENDOR: "Vendor",
    By.TYPE: "Type",
    By.TEAM: "Team",
    By.MONTH: "Month",
}
_NONE = {By.VENDOR: "no vendor", By.TEAM: "no team"}
WIDE, HEAD, HIGH, FOOT = 720.0, 18.0, 120.0, 22.0
MOST_FIGURES, MOST_WEEKS = 27, 9  # written over the bars, and below them


@dataclass(frozen=True)
class Line:
    """One group, in words."""

    name: str
    n: str
    per_week: str
    failed: str
    failed_of: str
    lead: str
    lead_of: str
    recovery: str
    recovery_of: str
    rework: str
    rework_of: str


@dataclass(frozen=True)
class Bar:
    """One week of the picture; heights in its units, failed ones at the foot."""

    day: str
    done: int
    failed: int
    figure: str
    week: str
    middle: float
    x: float
    width: float
    y: float
    height: float
    bad_y: float
    bad_height: float
    said: str


@changes.get("/delivery")
def delivery_page() -> ResponseReturnValue:
    """Show the five figures of a period, broken down one way, with what is missing beside them."""
    with request_view() as work:
        require_sight(work)
        estate = estate_queries.current(work)
        wanted, days = _wanted(work, estate)
        found = delivery(work, wanted)
        bars = _bars(found)
        types = [("", "All types"), *((each, each) for each in policy(work).types.known)]
        asked = {"by": wanted.by.value, "days": days, "market": wanted.market, "type": wanted.type}
        return render_template(
            "changes/delivery.html",
            whole=line("All", found.whole),
            lines=[line(_name(estate, wanted.by, key), of) for key, of in found.groups.items()],
            heading=_BY[wanted.by],
            missing=missing(found),
            bars=bars,
            finding=_finding(bars),
            period=_period(found),
            export=f"{url_for('changes.delivery_csv')}?{urlencode(asked)}",
            choices=[
                Choice("by", "By", [(each.value, word) for each, word in _BY.items()], wanted.by),
                Choice("days", "Period", PERIODS, days),
                markets_choice(work, estate, Permission.CHANGE_SEE, wanted.market),
                Choice("type", "Type", types, wanted.type),
            ],
            now=work.now,
        )


@changes.get("/delivery.csv")
def delivery_csv() -> ResponseReturnValue:
    """Give the same table as a file; times in hours, shares as numbers between 0 and 1."""
    with request_view() as work:
        require_sight(work)
        estate = estate_queries.current(work)
        wanted, _ = _wanted(work, estate)
        found = delivery(work, wanted)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for name, of in [("all", found.whole), *found.groups.items()]:
        writer.writerow([wanted.by.value, harmless(name), *plain(of)])
    head = {"Content-Disposition": f'attachment; filename="delivery-by-{wanted.by.value}.csv"'}
    return Response(out.getvalue(), content_type="text/csv; charset=utf-8", headers=head)


COLUMNS = (
    *("by", "group", "deployments", "deployments_per_week", "outcome_unknown"),
    *("failed", "failed_of", "fail_rate", "fail_rate_low", "fail_rate_high"),
    *("lead_n", "lead_median_hours", "lead_p90_hours"),
    *("recovery_n", "recovery_median_hours", "recovery_p90_hours"),
    *("rework", "rework_of", "rework_rate", "rework_rate_low", "rework_rate_high"),
)


def plain(of: Figures) -> list[str | int]:
    """Return figures as cells; empty where there is none."""
    return [
        of.deployments,
        f"{of.per_week:.3f}",
        of.unknown,
        *_share_cells(of.failed),
        *_time_cells(of.lead),
        *_time_cells(of.recovery),
        *_share_cells(of.rework),
    ]


def _share_cells(share: Share) -> list[str | int]:
    numbers = (share.rate, share.low, share.high)
    return [share.hits, share.n, *("" if each is None else f"{each:.4f}" for each in numbers)]


def _time_cells(times: Times) -> list[str | int]:
    both = (times.median, times.p90)
    hours = ("" if each is None else f"{each / timedelta(hours=1):.2f}" for each in both)
    return [times.n, *hours]


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _wanted(work: Work, estate: Estate) -> tuple[Wanted, str]:
    asked = request.args
    by = asked.get("by", "")
    days = asked.get("days", "")
    days = days if days in dict(PERIODS) else _USUAL
    market, kind = asked.get("market", ""), asked.get("type", "")
    until: datetime = work.now
    return (
        Wanted(
            until - timedelta(days=int(days)),
            until,
            By(by) if by in set(By) else By.MARKET,
            market if market in estate.markets else "",
            kind if kind in policy(work).types.known else "",
        ),
        days,
    )


def _name(estate: Estate, by: By, key: str) -> str:
    if by is By.MARKET and key in estate.markets:
        return f"{key} · {estate.markets[key].name}"
    if by is By.COMPONENT:
        return estate.name_of(key)
    return key or _NONE.get(by, words.NONE)


def line(name: str, of: Figures) -> Line:
    """Return the figures of a group in words."""
    unknown = f", {words.exact(of.unknown)} not known" if of.unknown else ""
    return Line(
        name=name,
        n=words.exact(of.deployments),
        per_week=words.exact(of.per_week, 1),
        failed=share(of.failed),
        failed_of=f"{words.exact(of.failed.hits)} of {words.exact(of.failed.n)}{unknown}",
        lead=_times(of.lead),
        lead_of=f"n {words.exact(of.lead.n)}",
        recovery=_times(of.recovery),
        recovery_of=f"n {words.exact(of.recovery.n)}",
        rework=share(of.rework),
        rework_of=f"{words.exact(of.rework.hits)} of {words.exact(of.rework.n)}",
    )


def share(of: Share) -> str:
    """Return a rate with the interval its true value lies in: ``5.0 % (1.4–16.5)``."""
    if of.rate is None or of.low is None or of.high is None:
        return words.NONE
    low, high = (words.percent_number(100 * each) for each in (of.low, of.high))
    return f"{words.percent(100 * of.rate)} ({low}{words.NONE}{high})"


def _times(of: Times) -> str:
    if of.median is None or of.p90 is None:
        return words.NONE
    return f"{words.age(of.median)}, p90 {words.age(of.p90)}"


def missing(found: Delivery) -> list[tuple[str, str, str]]:
    """Return what is missing beside the rates: what, the share, of how many."""
    of = found.coverage
    named: Mapping[str, Share] = {
        "Failed changes without an incident": of.failures,
        "Incidents of whose cause nobody said anything": of.incidents,
        "Entries of the change log without an announced change": of.entries,
        "Changes of which nobody said how they ended": of.unknown,
    }
    return [
        (what, share(each), f"{words.exact(each.hits)} of {words.exact(each.n)}")
        for what, each in named.items()
    ]


def _bars(found: Delivery) -> Sequence[Bar]:
    most = max((done for _, done, _ in found.weeks), default=0)
    if not most:
        return []
    count, floor = len(found.weeks), HEAD + HIGH
    step, every = WIDE / count, -(-count // MOST_WEEKS)
    return [
        Bar(
            f"{day.day} {day:%b %Y}",
            done,
            failed,
            words.exact(done) if done and count <= MOST_FIGURES else "",
            f"{day.day} {day:%b}" if at % every == 0 else "",
            round((at + 0.5) * step, 1),
            round(at * step + 1, 1),
            round(max(step - 2, 1), 1),
            round(floor - HIGH * done / most, 1),
            round(HIGH * (done - failed) / most, 1),
            round(floor - HIGH * failed / most, 1),
            round(HIGH * failed / most, 1),
            f"week from {day:%d %b %Y}: {done} deployed, {failed} failed",
        )
        for at, (day, done, failed) in enumerate(found.weeks)
    ]


def _finding(bars: Sequence[Bar]) -> str:
    """Return what the picture says, in a sentence."""
    done, failed = sum(each.done for each in bars), sum(each.failed for each in bars)
    most = max(bars, key=lambda each: each.done, default=None)
    if most is None:
        return ""
    return (
        f"{words.exact(done)} deployed in {words.counted(len(bars), 'week')}, "
        f"{words.exact(failed)} of them failed; most in the week from {most.day}: "
        f"{words.exact(most.done)}"
    )


def _period(found: Delivery) -> Sequence[str]:
    """Return the period, and from when on it has changes where that is later."""
    wanted = found.wanted
    whole = f"{wanted.since:%d %b %Y} to {wanted.until:%d %b %Y %H:%M} UTC"
    if found.since <= wanted.since:
        return [whole]
    return [whole, f"weeks counted from {found.since:%d %b %Y}, when the first change ended"]
