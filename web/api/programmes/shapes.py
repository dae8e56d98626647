"""Programmes and sites as JSON."""

from dataclasses import asdict

from changes.programmes.actions.importing import Imported
from changes.programmes.actions.moving import MoveAnswer
from changes.programmes.rules.guards import Obstacle
from changes.programmes.rules.readiness import Found, ItemStanding
from changes.programmes.values import (
    MoveOffer,
    Person,
    ProgrammeView,
    ProgrammeWaveView,
    ReleaseView,
    SiteLine,
    SiteView,
    Step,
)
from web.api.changes.shapes import Json, instant


def programme(found: ProgrammeView) -> Json:
    """Return a programme with how many of its sites stand where."""
    return {
        "id": found.id,
        "reference": found.reference,
        "name": found.name,
        "purpose": found.purpose,
        "sponsor": found.sponsor,
        "authority": found.authority,
        "markets": list(found.markets),
        "starts_on": _day(found.starts_on),
        "ends_on": _day(found.ends_on),
        "steering": {role: list(names) for role, names in found.steering.items()},
        "terms": dict(found.terms),
        "brake": dict(found.brake),
        "baseline": dict(found.baseline),
        "created_at": instant(found.created_at),
        "created_by": found.created_by,
        "sites": found.sites,
        "counts": {state.value: number for state, number in found.counts.items()},
        "version": found.version,
    }


def release(found: ReleaseView) -> Json:
    """Return a release of a programme."""
    return {
        "id": found.id,
        "name": found.name,
        "versions": dict(found.versions),
        "change": found.change or None,
        "frozen_at": instant(found.frozen_at),
        "frozen_by": found.frozen_by,
        "version": found.version,
    }


def wave(found: ProgrammeWaveView) -> Json:
    """Return a wave with how many of its sites stand where."""
    return {
        "id": found.id,
        "position": found.position,
        "name": found.name,
        "release": found.release,
        "release_id": found.release_id,
        "market": found.market,
        "region": found.region,
        "per_week": found.per_week,
        "criteria_in": list(found.criteria_in),
        "criteria_out": list(found.criteria_out),
        "starts_on": _day(found.starts_on),
        "ends_on": _day(found.ends_on),
        "paused_at": instant(found.paused_at),
        "paused_by": found.paused_by,
        "paused_because": found.paused_because,
        "sites": found.sites,
        "counts": {state.value: number for state, number in found.counts.items()},
        "version": found.version,
    }


def line(found: SiteLine) -> Json:
    """Return one site of a list, with what blocks it."""
    return {
        "id": found.id,
        "site_id": found.site_id,
        "code": found.code,
        "name": found.name,
        "market": found.market,
        "region": found.region,
        "wave": found.wave,
        "state": found.state.value,
        "was": found.was.value if found.was else None,
        "slot_on": _day(found.slot_on),
        "crew": found.crew,
        "moved_at": instant(found.moved_at),
        "blocks": found.blocks,
        "kind": found.kind,
        "others": found.others,
        "owner": found.owner,
        "deferred_to": _day(found.deferred_to),
    }


_INSTANTS = ("blocked_at", "moved_at", "cut_over_at", "accepted_at")
_DAYS = ("slot_on", "deferred_to")


def site(found: SiteView) -> Json:
    """Return one site on its way: its sheet, its readiness, and what can be done."""
    plain = {
        name: getattr(found, name)
        for name in SiteView.__dataclass_fields__
        if name not in {"readiness", "moves", *_INSTANTS, *_DAYS}
    }
    return {
        **plain,
        "state": found.state.value,
        "was": found.was.value if found.was else None,
        **{name: instant(getattr(found, name)) for name in _INSTANTS},
        **{name: _day(getattr(found, name)) for name in _DAYS},
        "readiness": {
            "is_met": found.readiness.is_met,
            "why": found.readiness.why,
            "items": [_item(each) for each in found.readiness.items],
        },
        "moves": [_move(each) for each in found.moves],
    }


def _item(found: ItemStanding) -> Json:
    return {
        "item": found.key,
        "title": found.title,
        "is_hard": found.is_hard,
        "state": found.state.value,
        "is_met": found.is_met,
        "is_counted": found.is_counted,
        "why": found.why,
        "found": result(found.found) if found.found else None,
    }


def result(found: Found) -> Json:
    """Return what somebody found about one item."""
    return {
        "item": found.item,
        "result": found.result.value,
        "evidence": found.evidence,
        "by": found.by,
        "at": instant(found.at),
        "expires_at": instant(found.expires_at),
    }


def _move(found: MoveOffer) -> Json:
    return {
        "move": found.move.value,
        "to": found.to.value,
        "is_next": found.is_next,
        "is_free": found.is_free,
        "is_allowed": found.is_allowed,
        "asks": list(found.asks),
        "obstacles": [obstacle(each) for each in found.obstacles],
    }


def obstacle(found: Obstacle) -> Json:
    """Return one thing in the way, with its cure."""
    return {"guard": found.guard, "what": found.what, "cure": found.cure}


def step(found: Step) -> Json:
    """Return one move of a site."""
    return {
        "move": found.move,
        "state": found.state.value,
        "at": instant(found.at),
        "by": found.by,
        "reason": found.reason,
    }


def person(found: Person) -> Json:
    """Return somebody who works at a site."""
    days = {name: _day(getattr(found, name)) for name in ("joined_on", "left_on")}
    return {"id": found.id, "code": found.code, "name": found.name, "role": found.role, **days}


def answer(found: MoveAnswer) -> Json:
    """Return what became of one site of many."""
    state = found.state.value if found.state else None
    return {
        "id": found.id,
        "code": found.code,
        "state": state,
        "is_done": found.is_done,
        "words": found.words,
    }


def imported(found: Imported) -> Json:
    """Return what an import found, and did."""
    return {
        "is_written": found.is_written,
        "sheets": {name.value: asdict(each) for name, each in found.sheets.items()},
        "ignored_columns": list(found.ignored),
        "preview": found.preview,
        "fault_count": found.faults.count,
        "faults": [asdict(each) for each in found.faults.kept],
    }


def _day(found: object) -> str | None:
    return str(found) if found else None
