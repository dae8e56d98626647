"""Programmes over the API: their plan, and their sites in lists."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.programmes.actions import planning
from changes.programmes.queries import programmes, sites
from changes.programmes.queries.sites import SiteFilter
from changes.programmes.rules.drafts import ProgrammeDraft, WaveDraft
from ssoc.core.errors import BadInput
from ssoc.core.work import Work
from web.api import asked
from web.api.asked import Fields
from web.api.blueprint import api
from web.api.changes.shapes import Json
from web.api.programmes import shapes
from web.api.repeating import once
from web.app import request_view

_PROGRAMME = tuple(ProgrammeDraft.__dataclass_fields__)
_WAVE = tuple(WaveDraft.__dataclass_fields__)
_FILTERS = ("state", "wave", "market", "region", "kind", "crew", "words")


@api.get("/programmes", endpoint="programmes")
def listed() -> ResponseReturnValue:
    """Return the programmes that the caller may see, newest first."""
    asked.parameters()
    with request_view() as work:
        return jsonify(items=[shapes.programme(each) for each in programmes.listed(work)])


@api.get("/programmes/<int:number>", endpoint="programme")
def one(number: int) -> ResponseReturnValue:
    """Return one programme with its releases and waves."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_whole(work, number))


@api.post("/programmes", endpoint="programme_new")
def made() -> ResponseReturnValue:
    """Make a programme."""
    asked.parameters()
    given = asked.body(*_PROGRAMME)
    return once(lambda work: _whole(work, planning.make_programme(work, _draft(given))), 201)


@api.put("/programmes/<int:number>", endpoint="programme_edit")
def written(number: int) -> ResponseReturnValue:
    """Write a programme anew over the version that was read."""
    asked.parameters()
    given = asked.body(*_PROGRAMME, "version")

    def do(work: Work) -> Json:
        planning.edit_programme(work, number, _draft(given), given.number("version"))
        return _whole(work, number)

    return once(do)


@api.post("/programmes/<int:number>/releases", endpoint="programme_release_new")
def release_made(number: int) -> ResponseReturnValue:
    """Make a release: ``name``, ``versions``, ``change_id``."""
    asked.parameters()
    given = asked.body("name", "versions", "change_id")
    change = given.number("change_id") if given.values.get("change_id") is not None else None

    def do(work: Work) -> Json:
        versions = {key: str(each) for key, each in mapping(given, "versions").items()}
        planning.make_release(work, number, given.text("name"), versions, change)
        return _whole(work, number)

    return once(do, 201)


@api.post("/programmes/<int:number>/releases/<int:release>/freeze", endpoint="programme_freeze")
def frozen(number: int, release: int) -> ResponseReturnValue:
    """Freeze the baseline of a release."""
    asked.parameters()
    asked.body()

    def do(work: Work) -> Json:
        if release not in {each.id for each in programmes.releases(work, number)}:
            raise BadInput(f"the programme has no release {release}")
        planning.freeze_release(work, release)
        return _whole(work, number)

    return once(do)


@api.post("/programmes/<int:number>/waves", endpoint="programme_wave_new")
def wave_made(number: int) -> ResponseReturnValue:
    """Put a wave at the end of a programme."""
    asked.parameters()
    given = asked.body(*_WAVE)

    def do(work: Work) -> Json:
        planning.make_wave(work, number, _wave(given))
        return _whole(work, number)

    return once(do, 201)


@api.put("/programmes/<int:number>/waves/<int:position>", endpoint="programme_wave_edit")
def wave_written(number: int, position: int) -> ResponseReturnValue:
    """Write a wave anew over the version that was read."""
    asked.parameters()
    given = asked.body(*_WAVE, "version")

    def do(work: Work) -> Json:
        planning.edit_wave(
            work, wave_id(work, number, position), _wave(given), given.number("version")
        )
        return _whole(work, number)

    return once(do)


@api.post("/programmes/<int:number>/waves/<int:position>/sites", endpoint="programme_wave_sites")
def placed(number: int, position: int) -> ResponseReturnValue:
    """Put sites into a wave: ``sites`` are their numbers; all of them or none."""
    asked.parameters()
    given = asked.body("sites")

    def do(work: Work) -> Json:
        made = planning.place(work, wave_id(work, number, position), numbers(given, "sites"))
        return {"ids": made}

    return once(do)


@api.get("/programmes/<int:number>/sites", endpoint="programme_sites")
def of_programme(number: int) -> ResponseReturnValue:
    """Return a page of the sites of a programme, with what blocks each."""
    given = asked.parameters(*_FILTERS, "cursor", "limit")
    wave = given.get("wave", "")
    if wave and not (wave.isascii() and wave.isdecimal() and len(wave) < 9):
        raise BadInput("wave must be a whole number")
    texts: dict[str, Any] = {name: given.get(name, "") for name in _FILTERS if name != "wave"}
    wanted = SiteFilter(programme_id=number, wave=int(wave) if wave else None, **texts)
    with request_view() as work:
        page = sites.listed(work, wanted, given.get("cursor", ""), asked.limit(given))
    return jsonify(
        items=[shapes.line(each) for each in page.items],
        next=page.next or None,
        total=page.total,
        counts={state.value: many for state, many in page.counts.items()},
    )


def wave_id(work: Work, number: int, position: int) -> int:
    """Return the number of a wave of a programme, or raise BadInput."""
    for each in programmes.waves(work, number):
        if each.position == position:
            return each.id
    raise BadInput(f"the programme has no wave {position}")


def numbers(given: Fields, name: str) -> list[int]:
    """Return a list of whole numbers that must be there."""
    found = given.values.get(name)
    if not isinstance(found, list) or not all(type(each) is int for each in found) or not found:
        raise BadInput(f"the field {name} must be a list of whole numbers")
    return [each for each in found if 0 < each <= asked.NUMBER]


def mapping(given: Fields, name: str) -> Mapping[str, Any]:
    """Return an object of the body; empty when it is missing."""
    found = given.values.get(name, {})
    if not isinstance(found, dict):
        raise BadInput(f"the field {name} must be an object")
    return found


def whole(given: Fields, name: str, usual: int) -> int:
    """Return a whole number, 0 too."""
    found = given.values.get(name, usual)
    if type(found) is not int or abs(found) > asked.NUMBER:
        raise BadInput(f"the field {name} must be a whole number")
    return found


def day(given: Fields, name: str) -> date | None:
    """Return a day such as 2026-03-09; None when it is missing or null."""
    if given.values.get(name) is None:
        return None
    text = given.text(name)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"the field {name} must be a day such as 2026-03-09") from None


def _draft(given: Fields) -> ProgrammeDraft:
    steering = mapping(given, "steering")
    for role in steering:
        Fields(steering).texts(role)
    return ProgrammeDraft(
        name=given.text("name"),
        markets=given.texts("markets"),
        purpose=given.text("purpose", ""),
        sponsor=given.text("sponsor", ""),
        authority=given.text("authority", ""),
        starts_on=day(given, "starts_on"),
        ends_on=day(given, "ends_on"),
        steering=steering,
        terms=mapping(given, "terms"),
        brake=mapping(given, "brake"),
        baseline=mapping(given, "baseline"),
    )


def _wave(given: Fields) -> WaveDraft:
    return WaveDraft(
        name=given.text("name"),
        market=given.text("market"),
        release_id=given.number("release_id"),
        region=given.text("region", ""),
        per_week=whole(given, "per_week", 0),
        criteria_in=given.texts("criteria_in"),
        criteria_out=given.texts("criteria_out"),
        starts_on=day(given, "starts_on"),
        ends_on=day(given, "ends_on"),
    )


def _whole(work: Work, number: int) -> Json:
    return {
        **shapes.programme(programmes.programme(work, number)),
        "releases": [shapes.release(each) for each in programmes.releases(work, number)],
        "waves": [shapes.wave(each) for each in programmes.waves(work, number)],
    }
