"""One plan for IT and business on one page: reached, forecast, what blocks, what the weeks need."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from changes.gates.lifecycle import Phase
from changes.programmes.lifecycle import SiteState
from changes.programmes.queries import steering
from changes.programmes.queries.steering import Steering
from changes.programmes.rules.throughput import Outlook
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import charts, words
from web.app import request_view
from web.change_managers.run_view import Fact
from web.noc import live
from web.programmes.blueprint import programmes

MOST_ASKS = 6
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


_BRAKE_WORDS = {Phase.RUNNING: "watches", Phase.PENDING: "watches", Phase.SUCCESSFUL: "all well"}
_BRAKE_TONES = {
    Phase.FAILED: "p1",
    Phase.ERROR: "p2",
    Phase.NO_DATA: "p2",
    Phase.INCONCLUSIVE: "p3",
}


@dataclass(frozen=True)
class Owned:
    """One reason that blocks, with whose turn it is."""

    word: str
    sites: int
    length: int
    owners: str
    days: int


@dataclass(frozen=True)
class WaveRow:
    """One wave in the table of the plan."""

    name: str
    market: str
    dates: str
    sites: int
    accepted: int
    under_way: int
    blocked: int
    paused: str
    brake: str
    brake_word: str
    brake_tone: str
    pause: str
    resume: str
    meet: str


@programmes.get("/<int:programme_id>/steering", endpoint="steering")
def show(programme_id: int) -> ResponseReturnValue:
    """Show the plan for steering; it prints on one page."""
    with request_view() as work:
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        found = steering.steering(work, programme_id)
        may_plan = all(
            work.actor.may(Permission.PROGRAMME_PLAN, each) for each in found.programme.markets
        )
        shown = render_template(
            "programmes/steering.html",
            page=found,
            facts=_facts(found),
            chart=_chart(found),
            waves=_waves(work, found),
            causes=_causes(found),
            asks=found.asks[:MOST_ASKS],
            more_asks=max(0, len(found.asks) - MOST_ASKS),
            sources=_sources(found),
            printed_by=work.actor.name,
            may_plan=may_plan,
            now=work.now,
            tag=tag,
        )
    return live.page(tag, shown)


def _facts(found: Steering) -> list[Fact]:
    ahead = found.outlook
    under_way = found.programme.under_way
    watched = found.programme.counts.get(SiteState.HYPERCARE, 0)
    blocked = found.programme.counts.get(SiteState.BLOCKED, 0)
    share = words.percent(100 * ahead.accepted / ahead.total, 0) if ahead.total else words.NONE
    return [
        Fact("Accepted", words.exact(ahead.accepted), f"of {words.exact(ahead.total)}, {share}"),
        Fact("Under way", words.exact(under_way), f"{watched} in hypercare, not done yet"),
        Fact("Blocked", words.exact(blocked), _worst(found)),
        Fact(
            "Ends, p50 (5 in 10)",
            _day(found, ahead.p50_on),
            _pace(ahead, ahead.rate, ahead.p50_weeks),
        ),
        Fact(
            "Ends, p90 (9 in 10)",
            _day(found, ahead.p90_on),
            _pace(ahead, ahead.slow_rate, ahead.p90_weeks),
        ),
        Fact("Ends by plan", _day(found, ahead.planned_on), _beside(ahead)),
    ]


def _worst(found: Steering) -> str:
    if not found.causes:
        return "nothing blocks"
    first = found.causes[0]
    return f"{first.sites} by {_kind(found, first.kind).lower()}"


def _stretch(since: date | None, until: date | None, today: date) -> str:
    """Return the days of a wave without weekdays: ``14 Sep to 8 Oct``."""
    if since is None and until is None:
        return "no days planned"
    return f"{_short(since, today)} to {_short(until, today)}"


def _short(day: date | None, today: date) -> str:
    return words.day(day, today).split(words.HARD, 1)[1] if day else words.NONE


def _kind(found: Steering, kind: str) -> str:
    return found.kinds.get(kind, kind)


def _causes(found: Steering) -> list[Owned]:
    return [
        Owned(
            _kind(found, each.kind),
            each.sites,
            each.length,
            words.listed((f"{name} {many}" for name, many in found.blocked[each.kind].owners), 3),
            found.blocked[each.kind].days,
        )
        for each in found.causes
    ]


def _sources(found: Steering) -> list[str]:
    ahead = found.outlook
    weeks = words.listed(str(each) for each in ahead.weeks)
    return [
        "Accepted, under way, blocked: the state of each site now; hypercare is not accepted.",
        f"Forecast: sites left over the accepted sites of the last full weeks ({weeks}); p50 the "
        f"median week, {ahead.rate:g}; p90 the week that nine of ten reached, {ahead.slow_rate:g}."
        if ahead.rate
        else f"Forecast: {ahead.why}.",
        "Plan: the baseline as agreed (Terms of the programme).",
        "Blocked: kind and owner as written down when a site was blocked.",
        "Brake: the health gate over finished sites of a wave; it pauses the next wave alone.",
    ]


def _day(found: Steering, day: date | None) -> str:
    return words.day(day, found.as_of.date()) if day else words.NONE


def _pace(ahead: Outlook, rate: float, weeks: int | None) -> str:
    if weeks is None:
        return "no throughput yet" if not ahead.rate else "a slow week had none"
    return f"{weeks} weeks at {rate:g} a week" if weeks else "every site is accepted"


def _beside(ahead: Outlook) -> str:
    if ahead.planned_on is None or ahead.p50_on is None:
        return ""
    late = (ahead.p50_on - ahead.planned_on).days
    return f"forecast {abs(late)} days {'after' if late > 0 else 'before'} it" if late else ""


def _at(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _chart(found: Steering) -> charts.Chart:
    done = [(_at(e.ends_on), float(e.accepted)) for e in found.weeks if e.accepted is not None]
    plan = [(_at(e.ends_on), float(e.planned)) for e in found.weeks if e.planned is not None]
    ahead = [each for each in found.weeks if each.p50 is not None]
    fan = None
    if ahead:
        fan = charts.Fan(
            [_at(each.ends_on) for each in ahead],
            [float(each.p50 or 0) for each in ahead],
            [float(each.p90 or 0) for each in ahead],
            [float(each.p10 or 0) for each in ahead],
        )
    return charts.burn_up(
        "Sites accepted", found.outlook.why or "accepted sites", done, plan, fan, "sites"
    )


def _waves(work: Work, found: Steering) -> list[WaveRow]:
    rows = []
    for each in found.waves:
        counts = each.counts
        may = work.actor.may(Permission.PROGRAMME_DECIDE, each.market)
        steers = may and found.programme.steers(work.actor.name)
        gate, phase = found.brakes.get(each.id, (0, None))
        rows.append(
            WaveRow(
                f"{each.position} · {each.name}",
                each.market,
                _stretch(each.starts_on, each.ends_on, work.now.date()),
                sum(counts.values()),
                counts.get(SiteState.ACCEPTED, 0),
                sum(number for state, number in counts.items() if state.is_under_way),
                counts.get(SiteState.BLOCKED, 0),
                each.paused_because,
                url_for("programmes.wave_brake", wave_id=each.id) if gate else "",
                _BRAKE_WORDS.get(phase, phase.value) if phase else "not yet",
                _BRAKE_TONES.get(phase, "") if phase else "",
                url_for("programmes.wave_pause", wave_id=each.id)
                if may and not each.paused_because
                else "",
                url_for("programmes.wave_resume", wave_id=each.id)
                if steers and each.paused_because
                else "",
                url_for("programmes.decision_new", wave=each.id)
                if work.actor.may(Permission.PROGRAMME_PLAN, each.market)
                else "",
            )
        )
    return rows


@programmes.get("/<int:programme_id>/steering.csv", endpoint="steering_csv")
def export(programme_id: int) -> ResponseReturnValue:
    """Send the plan site by site for a spreadsheet."""
    with request_view() as work:
        rows = steering.lines(work, programme_id)
    return sheet(steering.COLUMNS, rows, f"plan-{programme_id}.csv")


def sheet(columns: Sequence[str], rows: Sequence[Sequence[str]], name: str) -> Response:
    """Return rows as CSV with a mark of UTF-8; no cell can be taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([[_safe(cell) for cell in row] for row in rows])
    answer = Response("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
