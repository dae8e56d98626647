"""What comes after changes over the API: reviews, the change log, delivery figures, import."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from changes.actions.importing import import_changes
from changes.import_cli import shape_of
from changes.importing.encodings import ENCODINGS
from changes.importing.mapping import TOOLS, mapping_of
from changes.importing.orders import ORDERS
from changes.lifecycle import Sighted
from changes.queries import outside, reviews
from changes.queries.delivery import Wanted, delivery
from changes.queries.outside import SeenOutside
from changes.queries.reviews import Review, ReviewOwed
from changes.rules.delivery import By, Figures, Times
from changes.rules.shares import Share
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web.api import asked
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant, line
from web.app import request_view, request_work
from web.uploads import takes_imports

DAYS = 90


def _require_see(work: Work) -> None:
    if not work.actor.markets(Permission.CHANGE_SEE):
        work.require(Permission.CHANGE_SEE, EVERYWHERE)


@api.get("/reviews", endpoint="reviews_owed")
def owed() -> ResponseReturnValue:
    """Return the changes whose review is owed, the most urgent first."""
    asked.parameters()
    with request_view() as work:
        _require_see(work)
        return jsonify(items=[_owed(each) for each in reviews.owed(work)])


def _owed(one: ReviewOwed) -> Json:
    return {
        **line(one.change),
        "reasons": list(one.duty.reasons),
        "due_at": instant(one.duty.due_at),
        "is_overdue": one.is_overdue,
    }


@api.get("/changes/<int:number>/reviews", endpoint="change_reviews")
def of_change(number: int) -> ResponseReturnValue:
    """Return the reviews of a change, the newest first."""
    asked.parameters()
    with request_view() as work:
        return jsonify(items=[_review(each) for each in reviews.reviews_of(work, number)])


def _review(one: Review) -> Json:
    return {
        "id": one.id,
        "reviewer": one.reviewer,
        "at": instant(one.at),
        "reasons": list(one.reasons),
        "findings": one.findings,
        "lessons": one.lessons,
        "actions": [
            {
                "text": each.text,
                "owner": each.owner,
                "due_on": each.due_on.isoformat() if each.due_on else None,
            }
            for each in one.actions
        ],
    }


@api.get("/change-events", endpoint="change_events")
def change_log() -> ResponseReturnValue:
    """Return the newest entries of the change log that were looked at, and what came of each."""
    given = asked.parameters("verdict", "market", "limit")
    word = asked.one_of(given, "verdict", Sighted)
    with request_view() as work:
        _require_see(work)
        market = given.get("market", "")
        asked.check_market(work, market, Permission.CHANGE_SEE)
        verdict = Sighted(word) if word else None
        found = outside.seen(work, verdict, asked.limit(given), market)
    return jsonify(items=[_seen(each) for each in found])


def _seen(one: SeenOutside) -> Json:
    told = one.logged
    return {
        "id": told.id,
        "at": instant(told.at),
        "ended_at": instant(told.ended_at),
        "source": told.source,
        "market": told.market,
        "component": told.component,
        "reference": told.reference,
        "summary": told.summary,
        "details": dict(told.details),
        "verdict": one.verdict.value,
        "reason": one.reason,
        "change": one.change_id,
        "judged_by": one.judged_by,
        "judged_at": instant(one.judged_at),
    }


@api.get("/delivery", endpoint="delivery")
def figures() -> ResponseReturnValue:
    """Return the delivery figures of a period, of all and of each group, with what is missing."""
    given = asked.parameters("by", "days", "until", "market", "type")
    by = asked.one_of(given, "by", By) or By.MARKET.value
    with request_view() as work:
        _require_see(work)
        market = given.get("market", "")
        asked.check_market(work, market, Permission.CHANGE_SEE)
        until = _until(given.get("until", "")) or work.now
        since = until - timedelta(days=_days(given.get("days", str(DAYS))))
        found = delivery(work, Wanted(since, until, By(by), market, given.get("type", "")))
    missing = found.coverage
    return jsonify(
        {
            "since": instant(since),
            "until": instant(until),
            "covered_since": instant(found.since),
            "by": by,
            "all": _figures(found.whole),
            "groups": [{"name": name, **_figures(of)} for name, of in found.groups.items()],
            "missing": {
                "failures_without_incident": _share(missing.failures),
                "incidents_without_judgement": _share(missing.incidents),
                "entries_without_change": _share(missing.entries),
                "outcome_unknown": _share(missing.unknown),
            },
        }
    )


def _until(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else _no_instant()
    except (ValueError, OverflowError):
        return _no_instant()


def _no_instant() -> datetime:
    raise BadInput("until must be an instant with its offset: 2026-03-02T08:00:00Z")


def _days(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= 1100):
        raise BadInput("days must be a whole number from 1 to 1100")
    return int(text)


def _figures(of: Figures) -> Json:
    return {
        "deployments": of.deployments,
        "per_week": round(of.per_week, 4),
        "outcome_unknown": of.unknown,
        "fail_rate": _share(of.failed),
        "lead_time": _times(of.lead),
        "recovery_time": _times(of.recovery),
        "rework_rate": _share(of.rework),
    }


def _share(of: Share) -> Json:
    return {"hits": of.hits, "n": of.n, "rate": of.rate, "low": of.low, "high": of.high}


def _times(of: Times) -> Json:
    both = (of.median, of.p90)
    median, p90 = (None if each is None else each.total_seconds() for each in both)
    return {"n": of.n, "median_seconds": median, "p90_seconds": p90}


@api.post("/change-imports", endpoint="change_import")
@takes_imports
def imported() -> ResponseReturnValue:
    """Bring changes of another tool: the body is its CSV export; all of it is taken, or nothing."""
    given = asked.parameters("tool", "zone", "encoding", "dates", "dry_run")
    tool = asked.one_of(given, "tool", TOOLS)
    if not tool:
        raise BadInput(f"the parameter tool is missing; there are: {', '.join(TOOLS)}")
    encoding = asked.one_of(given, "encoding", ENCODINGS)
    dry_run = asked.switch(given, "dry_run")
    mapping = mapping_of(tool, None, given.get("zone", ""), asked.one_of(given, "dates", ORDERS))
    with request_work() as work:
        if not work.actor.markets(Permission.CHANGE_MANAGE):
            work.require(Permission.CHANGE_MANAGE, EVERYWHERE)
        content = BytesIO(request.get_data(cache=False))
        found = import_changes(work, content, mapping, encoding, dry_run)
    return jsonify(shape_of(found)), 400 if found.fault_count else 200
