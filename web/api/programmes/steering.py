"""Figures of sites, hypercare, the brake and the plan over the API."""

import csv
import io
from datetime import date
from typing import Any

import orjson
from flask import jsonify, request
from flask.typing import ResponseReturnValue

from changes.programmes.actions import braking, figures, replanning
from changes.programmes.queries import hypercare, steering
from changes.programmes.rules.figures import MOST_ROWS
from changes.programmes.rules.replanning import Slot
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.work import Work
from web.api import asked
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant
from web.api.repeating import once
from web.app import request_view

MOST_BYTES = 8_000_000


@api.post("/site-figures", endpoint="site_figures")
def site_figures() -> ResponseReturnValue:
    """Keep hourly figures of sites: `site`, `hour`, `count`, `value`, `currency`, `failed`.

    The body is a JSON object with `rows`, or CSV with these columns; all of it is kept or nothing.
    An hour sent again is overwritten.
    """
    rows = _rows()
    return once(lambda work: {"stored": figures.store_figures(work, rows)})


@api.post("/site-tickets", endpoint="site_tickets")
def site_tickets() -> ResponseReturnValue:
    """Keep tickets of sites: `site`, `reference`, `opened_at`, `title`; JSON `rows` or CSV."""
    rows = _rows()
    return once(lambda work: {"new": figures.store_tickets(work, rows)})


def _rows() -> list[dict[str, Any]]:
    sent = request.get_data(cache=True)
    if len(sent) > MOST_BYTES:
        raise BadInput(f"the body is over {MOST_BYTES} bytes; send {MOST_ROWS} rows at most")
    if request.mimetype == "text/csv":
        return _csv(sent)
    rows = asked.body("rows").values.get("rows")
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        raise BadInput("the field rows must be a list of objects")
    return rows


def _csv(sent: bytes) -> list[dict[str, Any]]:
    try:
        text = sent.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("the CSV is not UTF-8; save it as such") from None
    try:
        found = list(csv.DictReader(io.StringIO(text), restkey="more", strict=True))
    except csv.Error as error:
        raise BadInput(f"the CSV cannot be read: {error}") from None
    return [{str(name): value for name, value in each.items()} for each in found]


@api.get("/sites/<int:site>/hypercare", endpoint="site_hypercare")
def watch(site: int) -> ResponseReturnValue:
    """Return the watched days of a site (its way in the programme), the newest first."""
    asked.parameters()
    with request_view() as work:
        found = hypercare.watch(work, site)
    return jsonify(
        site=found.site_rollout_id,
        code=found.code,
        state=found.state.value,
        is_met=found.standing.is_met,
        why=found.standing.why,
        has_failed=found.has_failed,
        days=[
            {
                "day": each.day.isoformat(),
                "result": each.result.value,
                "why": each.why,
                **each.figures,
            }
            for each in found.days
        ],
    )


@api.get("/programmes/<int:number>/steering", endpoint="programme_steering")
def plan(number: int) -> ResponseReturnValue:
    """Return the plan: reached, forecast at p50 and p90, burn-up, what blocks, waves."""
    asked.parameters()
    with request_view() as work:
        found = steering.steering(work, number)
    ahead = found.outlook
    return jsonify(
        programme=found.programme.id,
        total=ahead.total,
        accepted=ahead.accepted,
        left=ahead.left,
        weeks=list(ahead.weeks),
        p50_per_week=ahead.rate,
        p90_per_week=ahead.slow_rate,
        p50_weeks=ahead.p50_weeks,
        p90_weeks=ahead.p90_weeks,
        p50_on=_day(ahead.p50_on),
        p90_on=_day(ahead.p90_on),
        planned_on=_day(ahead.planned_on),
        why=ahead.why,
        burn_up=[
            {
                "ends_on": _day(each.ends_on),
                "planned": each.planned,
                "accepted": each.accepted,
                "p50": each.p50,
                "p90": each.p90,
            }
            for each in found.weeks
        ],
        blocked=[
            {"kind": e.kind, "sites": e.sites, "share": e.share, "cumulated": e.cumulated}
            | {"owners": dict(found.blocked[e.kind].owners), "days": found.blocked[e.kind].days}
            for e in found.causes
        ],
        asks=[
            {
                "what": each.what,
                "why": each.why,
                "at": instant(each.at),
                "decision": each.decision_id,
                "wave": each.wave_id,
            }
            for each in found.asks
        ],
        ahead=[
            {
                "monday": _day(each.monday),
                "slots": each.slots,
                "not_ready": each.not_ready,
                "crews": each.crews,
                "meetings": each.meetings,
                "capacity": each.capacity,
            }
            for each in found.ahead
        ],
        waves=[
            {
                "id": each.id,
                "position": each.position,
                "name": each.name,
                "market": each.market,
                "counts": {state.value: count for state, count in each.counts.items()},
                "paused_at": instant(each.paused_at),
                "paused_because": each.paused_because,
                "brake": found.brakes[each.id][0] if each.id in found.brakes else None,
                "brake_phase": found.brakes[each.id][1].value if each.id in found.brakes else None,
            }
            for each in found.waves
        ],
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


@api.post("/programme-waves/<int:number>/<action>", endpoint="programme_wave_act")
def wave(number: int, action: str) -> ResponseReturnValue:
    """Pause a wave, or resume it by somebody of steering, with a `reason`."""
    acts = {"pause": braking.pause, "resume": braking.resume}
    if action not in acts:
        raise NotFound(f"there is no action {action[:64]!r}; there are pause, resume")
    given = asked.body("reason")

    def act(work: Work) -> Json:
        acts[action](work, number, given.text("reason"))
        return {"wave": number, "is_paused": action == "pause"}

    return once(act)


@api.post("/programmes/<int:number>/slots", endpoint="programme_slots")
def slots(number: int) -> ResponseReturnValue:
    """Book `slots` of sites, each with `site`, `day` and `crew`: all of them or none."""
    rows = asked.body("slots").values.get("slots")
    if not isinstance(rows, list):
        raise BadInput("the field slots must be a list of objects")
    found = [_slot(at, each) for at, each in enumerate(rows, 1)]
    return once(lambda work: {"booked": replanning.apply(work, number, found)})


def _slot(at: int, row: object) -> Slot:
    try:
        assert isinstance(row, dict)  # noqa: S101 (turned into words below)
        site, crew = row["site"], str(row["crew"]).strip()
        if not isinstance(site, int) or isinstance(site, bool) or not crew:
            raise ValueError
        return Slot(site, date.fromisoformat(str(row["day"])), crew[:64])
    except (AssertionError, KeyError, ValueError):
        raise BadInput(
            f"slot {at} needs site, a number, day such as 2026-03-04, and crew; it is "
            f"{orjson.dumps(row, default=str).decode()[:80]}"
        ) from None
