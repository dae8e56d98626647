"""Sites over the API: how one stands, its sheet and staff, moves, readiness, slots."""

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.programmes.actions import moving, places, readiness
from changes.programmes.queries import programmes, sites
from changes.programmes.rules.drafts import SiteDraft, StaffDraft
from ssoc.core.errors import BadInput
from ssoc.core.work import Work
from web.api import asked
from web.api.asked import Fields
from web.api.blueprint import api
from web.api.changes.shapes import Json
from web.api.programmes import shapes
from web.api.programmes.plans import day, mapping, numbers, whole
from web.api.repeating import once
from web.app import request_view

_SHEET = tuple(SiteDraft.__dataclass_fields__)
_STAFF = tuple(StaffDraft.__dataclass_fields__)
_MOVE = ("move", "reason", "kind", "owner", "until")


@api.get("/sites/<int:number>", endpoint="site")
def one(number: int) -> ResponseReturnValue:
    """Return one site on its way, with every move and what is in its way."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_whole(work, number))


@api.get("/sites/<int:number>/history", endpoint="site_history")
def history(number: int) -> ResponseReturnValue:
    """Return the moves of a site and what was found about its readiness, newest first."""
    asked.parameters()
    with request_view() as work:
        moves = [shapes.step(each) for each in sites.history(work, number)]
        found = [shapes.result(each) for each in sites.readiness_history(work, number)]
    return jsonify(moves=moves, readiness=found)


@api.post("/sites", endpoint="site_new")
def made() -> ResponseReturnValue:
    """Make a site; it goes into a wave afterwards."""
    asked.parameters()
    given = asked.body(*_SHEET)
    return once(lambda work: {"site_id": places.make_site(work, _sheet(given))}, 201)


@api.put("/sites/<int:number>/sheet", endpoint="site_sheet")
def written(number: int) -> ResponseReturnValue:
    """Write the sheet of a site anew over the ``version`` that was read as ``site_version``."""
    asked.parameters()
    given = asked.body(*_SHEET, "version")

    def do(work: Work) -> Json:
        _, site = sites.row_of(work, number)
        places.edit_site(work, site.id, _sheet(given), given.number("version"))
        return _whole(work, number)

    return once(do)


@api.get("/sites/<int:number>/staff", endpoint="site_staff")
def staff(number: int) -> ResponseReturnValue:
    """Return who works at a site."""
    asked.parameters()
    with request_view() as work:
        return jsonify(items=[shapes.person(each) for each in sites.staff(work, number)])


@api.post("/sites/<int:number>/staff", endpoint="site_staff_put")
def hired(number: int) -> ResponseReturnValue:
    """Write somebody into the staff, by their code."""
    asked.parameters()
    given = asked.body(*_STAFF)

    def do(work: Work) -> Json:
        _, site = sites.row_of(work, number)
        draft = StaffDraft(
            code=given.text("code"),
            name=given.text("name"),
            role=given.text("role", "seller"),
            joined_on=day(given, "joined_on"),
            left_on=day(given, "left_on"),
        )
        places.put_staff(work, site.id, draft)
        return {"items": [shapes.person(each) for each in sites.staff(work, number)]}

    return once(do)


@api.post("/sites/<int:number>/moves", endpoint="site_move")
def moved(number: int) -> ResponseReturnValue:
    """Move a site: ``move``, and what it asks for: ``reason``, ``kind``, ``owner``, ``until``."""
    asked.parameters()
    given = asked.body(*_MOVE, "version")
    version = given.number("version") if given.values.get("version") is not None else None

    def do(work: Work) -> Json:
        moving.move(work, number, given.text("move"), version=version, **_said(given))
        return _whole(work, number)

    return once(do)


@api.post("/programmes/<int:number>/moves", endpoint="programme_moves")
def moved_many(number: int) -> ResponseReturnValue:
    """Move many ``sites`` of a programme, each for itself; each is answered."""
    asked.parameters()
    given = asked.body(*_MOVE, "sites")

    def do(work: Work) -> Json:
        programmes.found(work, number)
        wanted = numbers(given, "sites")
        found = moving.move_many(work, wanted, given.text("move"), **_said(given))
        return {"items": [shapes.answer(each) for each in found]}

    return once(do)


@api.post("/sites/<int:number>/readiness", endpoint="site_readiness")
def recorded(number: int) -> ResponseReturnValue:
    """Record what was found: ``item``, ``result``, ``evidence``, ``expires_on``."""
    asked.parameters()
    given = asked.body("item", "result", "evidence", "expires_on")

    def do(work: Work) -> Json:
        readiness.record(
            work,
            number,
            given.text("item"),
            given.text("result"),
            given.text("evidence", ""),
            expires_on=day(given, "expires_on"),
        )
        return _whole(work, number)

    return once(do)


@api.put("/sites/<int:number>/slot", endpoint="site_slot")
def booked(number: int) -> ResponseReturnValue:
    """Book the ``day`` of the cut-over and its ``crew``."""
    asked.parameters()
    given = asked.body("day", "crew")
    wanted = day(given, "day")
    if wanted is None:
        raise BadInput("the field day is missing; to give a slot back, DELETE it")

    def do(work: Work) -> Json:
        places.book(work, number, wanted, given.text("crew"))
        return _whole(work, number)

    return once(do)


@api.delete("/sites/<int:number>/slot", endpoint="site_slot_free")
def freed(number: int) -> ResponseReturnValue:
    """Give the day and the crew of a site back."""
    asked.parameters()

    def do(work: Work) -> Json:
        places.unbook(work, number)
        return _whole(work, number)

    return once(do)


def _said(given: Fields) -> dict[str, Any]:
    texts = {name: given.text(name, "") for name in ("reason", "kind", "owner")}
    return {**texts, "until": day(given, "until")}


def _whole(work: Work, number: int) -> Json:
    work.session.flush()
    return shapes.site(sites.site(work, number))


def _sheet(given: Fields) -> SiteDraft:
    hours = {}
    for name, span in mapping(given, "opening_hours").items():
        hours[name] = Fields({name: span}).texts(name)
    return SiteDraft(
        code=given.text("code"),
        name=given.text("name"),
        market=given.text("market"),
        type=given.text("type", "shop"),
        region=given.text("region", ""),
        zone=given.text("zone", ""),
        opening_hours=hours,
        busiest_days=given.texts("busiest_days"),
        connectivity=given.text("connectivity", ""),
        latitude=_degrees(given, "latitude"),
        longitude=_degrees(given, "longitude"),
        minimum_staff=whole(given, "minimum_staff", 1),
        contacts=_rows(given, "contacts"),
        hardware=_rows(given, "hardware"),
        banks=given.texts("banks"),
    )


def _degrees(given: Fields, name: str) -> float | None:
    found = given.values.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise BadInput(f"the field {name} must be degrees, such as 5.556")
    return float(found)


def _rows(given: Fields, name: str) -> list[dict[str, str]]:
    found = given.values.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise BadInput(f"the field {name} must be a list of objects")
    return [{key: Fields(each).text(key) for key in each} for each in found]
