"""Training, migration, interfaces and acceptance over the API: all that their pages do."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.programmes.actions import acceptance as accepting
from changes.programmes.actions import interfaces as connecting
from changes.programmes.actions import migration as migrating
from changes.programmes.actions.acceptance import CellDraft
from changes.programmes.actions.migration import KeyLists, RunDraft
from changes.programmes.queries import acceptance, interfaces, migration
from changes.programmes.queries.acceptance import AcceptanceStanding, SiteMatrix
from changes.programmes.queries.interfaces import InterfacePage
from changes.programmes.queries.migration import MigrationPage
from changes.programmes.queries.ways import require_programme
from changes.programmes.rules.acceptance import CellKey, Coverage
from changes.programmes.rules.migration import CheckDraft
from ssoc.core.errors import BadInput
from ssoc.core.work import Work
from web.api import asked
from web.api.asked import Fields
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant
from web.api.repeating import once
from web.app import request_view
from web.uploads import takes_files

_CHECK = ("kind", "name", "expected", "actual", "tolerance", "currency", "account_class")
_RUN = ("source_snapshot", "started_at", "ended_at", "is_rehearsal", "checks", "keys")
_SITE = "/site-rollouts/<int:number>"


def rows(given: Fields, name: str) -> list[Mapping[str, Any]]:
    """Return a list of objects; none when it is missing."""
    found = given.values.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise BadInput(f"the field {name} must be a list of objects")
    return list(found)


def a_day(given: Fields, name: str) -> date:
    """Return a day."""
    try:
        return date.fromisoformat(given.text(name))
    except ValueError:
        raise BadInput(f"the field {name} must be a day: 2026-03-09") from None


# ------------------------------------------------------------------ migration


@api.get(f"{_SITE}/migration-runs", endpoint="migration_runs")
def runs(number: int) -> ResponseReturnValue:
    """Return the migration runs of a site, the newest first, and how far its rehearsals are."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_runs(migration.page(work, number)))


@api.post(f"{_SITE}/migration-runs", endpoint="migration_run_record")
@takes_files
def record_run(number: int) -> ResponseReturnValue:
    """Judge and keep a migration run: send expected and actual figures, amounts as texts."""
    asked.parameters()
    given = asked.body(*_RUN)

    def do(work: Work) -> Json:
        draft = RunDraft(
            given.text("source_snapshot"),
            given.instant("started_at"),
            given.instant("ended_at"),
            [_check(each) for each in rows(given, "checks")],
            given.switch("is_rehearsal") if "is_rehearsal" in given.values else True,
            _keys(given),
        )
        migrating.record_run(work, number, draft)
        work.session.flush()
        return _runs(migration.page(work, number))

    return once(do, 201)


def _check(given: Mapping[str, Any]) -> CheckDraft:
    strange = sorted(set(given) - {*_CHECK, "details"})
    if strange:
        raise BadInput(
            f"the field {strange[0][:40]!r} of a check is not known; there are "
            f"{', '.join([*_CHECK, 'details'])}"
        )
    details = given.get("details", {})
    if not isinstance(details, dict):
        raise BadInput("the details of a check must be an object")
    kind, name, expected, actual, tolerance, currency, account = (
        _figure(given, each) for each in _CHECK
    )
    return CheckDraft(kind, name, expected, actual, tolerance, currency, account, details)


def _figure(given: Mapping[str, Any], name: str) -> str:
    """Return a figure as text; a whole number may come as one, an amount never as a float."""
    found = given.get(name, "")
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise BadInput(f"{name} of a check must be a text or a whole number: '1234.50', not 1234.5")
    return found


def _keys(given: Fields) -> dict[str, KeyLists]:
    found = given.values.get("keys", {})
    sides = ("expected", "actual")
    if not isinstance(found, dict) or not all(
        isinstance(each, dict)
        and set(each) == set(sides)
        and all(_are_texts(each[side]) for side in sides)
        for each in found.values()
    ):
        raise BadInput(
            "the field keys must map the name of a key-set check to its two lists of texts, "
            "expected and actual"
        )
    return {name: KeyLists(each["expected"], each["actual"]) for name, each in found.items()}


def _are_texts(given: object) -> bool:
    return isinstance(given, list) and all(isinstance(each, str) for each in given)


@api.post(f"{_SITE}/migration-runs/waive", endpoint="migration_waive")
def waive(number: int) -> ResponseReturnValue:
    """Let a site go on without its clean rehearsals; a person does it, no token."""
    asked.parameters()
    given = asked.body("reason")

    def do(work: Work) -> Json:
        migrating.waive(work, number, given.text("reason"))
        work.session.flush()
        return _runs(migration.page(work, number))

    return once(do)


def _runs(page: MigrationPage) -> Json:
    waiver = page.standing.waiver
    return {
        "site_rollout": page.way.id,
        "site": page.way.code,
        "is_met": page.standing.is_met,
        "why": page.standing.why,
        "waiver": {
            "by": waiver.by,
            "at": instant(waiver.at),
            "reason": waiver.reason,
            "is_void": waiver.is_void,
        }
        if waiver
        else None,
        "items": [
            {
                "number": each.number,
                "source_snapshot": each.source_snapshot,
                "is_rehearsal": each.is_rehearsal,
                "is_clean": each.is_clean,
                "started_at": instant(each.started_at),
                "ended_at": instant(each.ended_at),
                "recorded_by": each.recorded_by,
                "checks": [asdict(check) for check in each.checks],
            }
            for each in page.runs
        ],
    }


# ------------------------------------------------------------------ interfaces


@api.get(f"{_SITE}/interfaces", endpoint="site_interfaces")
def site_interfaces(number: int) -> ResponseReturnValue:
    """Return the connections of a site with their proofs."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_interfaces(interfaces.page(work, number)))


@api.post(f"{_SITE}/interfaces/<int:interface>/prove", endpoint="interface_prove")
def prove(number: int, interface: int) -> ResponseReturnValue:
    """Record one of the three proofs of a connection, or that it failed."""
    asked.parameters()
    given = asked.body("proof", "is_ok", "reference")

    def do(work: Work) -> Json:
        proof, reference = given.text("proof"), given.text("reference")
        connecting.prove(work, number, interface, proof, given.switch("is_ok"), reference)
        work.session.flush()
        return _interfaces(interfaces.page(work, number))

    return once(do)


@api.post("/programmes/<int:number>/interfaces", endpoint="interface_add")
def add_interface(number: int) -> ResponseReturnValue:
    """Name a connection that every site of a programme needs."""
    asked.parameters()
    given = asked.body("name", "type", "source", "target")

    def do(work: Work) -> Json:
        made = connecting.add_interface(
            work,
            number,
            given.text("name"),
            given.text("type"),
            given.text("source", ""),
            given.text("target", ""),
        )
        return {"id": made}

    return once(do, 201)


def _interfaces(page: InterfacePage) -> Json:
    return {
        "site_rollout": page.way.id,
        "site": page.way.code,
        "is_met": page.standing.is_met,
        "why": page.standing.why,
        "items": [
            {
                "id": each.id,
                "name": each.name,
                "type": each.type.value,
                "source": each.source,
                "target": each.target,
                "lacks": [proof.value for proof in each.lacks],
                "proofs": [
                    {
                        "proof": found.proof.value,
                        "is_ok": found.is_ok,
                        "reference": found.reference,
                        "at": instant(found.at),
                        "by": found.by,
                    }
                    for found in each.proofs.values()
                ],
            }
            for each in page.interfaces
        ],
    }


# ------------------------------------------------------------------ acceptance


@api.get(f"{_SITE}/acceptance", endpoint="site_acceptance")
def site_acceptance(number: int) -> ResponseReturnValue:
    """Return the acceptance matrix of a site: every cell as it stands on the present versions."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_matrix(acceptance.matrix(work, number)))


@api.post(f"{_SITE}/acceptance", endpoint="site_acceptance_record")
def record_cells(number: int) -> ResponseReturnValue:
    """Record what came of cells of a site; versions left out are those of the release."""
    asked.parameters()
    given = asked.body("cells", "status", "evidence", "terminal_version", "software_version")

    def do(work: Work) -> Json:
        draft = CellDraft(
            given.text("status"),
            given.text("evidence", ""),
            given.text("terminal_version", ""),
            given.text("software_version", ""),
        )
        accepting.record(work, number, [_key(each) for each in rows(given, "cells")], draft)
        return _matrix(acceptance.matrix(work, number))

    return once(do)


def _key(given: Mapping[str, Any]) -> CellKey:
    found = [given.get(each) for each in ("bank", "method", "flow")]
    if len(given) != len(found) or not all(isinstance(each, str) for each in found):
        raise BadInput("a cell is an object with the texts bank, method and flow")
    return CellKey(*(str(each) for each in found))


def _matrix(found: SiteMatrix) -> Json:
    return {
        "site_rollout": found.way.id,
        "site": found.way.code,
        **_standing(found.standing),
        "cells": [
            {
                "bank": each.key.bank,
                "method": each.key.method,
                "flow": each.key.flow,
                "status": each.status.value,
                "is_needed": each.is_needed,
                "evidence": each.evidence or None,
                "terminal_version": each.terminal_version or None,
                "software_version": each.software_version or None,
                "at": instant(each.at),
                "by": each.by or None,
            }
            for each in found.cells.values()
        ],
    }


def _standing(found: AcceptanceStanding) -> Json:
    return {
        "is_met": found.is_met,
        "why": found.why,
        "cover": found.cover.value,
        "coverage": _coverage(found.coverage),
    }


def _coverage(found: Coverage) -> Json:
    return {**asdict(found), "applicable": found.applicable, "share": found.share}


@api.get("/programmes/<int:number>/acceptance", endpoint="programme_acceptance")
def programme_acceptance(number: int) -> ResponseReturnValue:
    """Return the coverage of a programme by bank and wave, and what is tested."""
    asked.parameters()
    with request_view() as work:
        require_programme(work, number)
        return jsonify(_programme(work, number))


@api.put("/programmes/<int:number>/acceptance", endpoint="programme_acceptance_scope")
def write_scope(number: int) -> ResponseReturnValue:
    """Write anew which methods and flows are tested with each bank of each site."""
    asked.parameters()
    given = asked.body("methods", "flows", "exclusions", "version")

    def do(work: Work) -> Json:
        version = given.values.get("version")
        if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
            raise BadInput("the field version must be a whole number")
        exclusions = rows(given, "exclusions")
        methods, flows = given.texts("methods"), given.texts("flows")
        accepting.set_scope(work, number, methods, flows, exclusions, version)
        return _programme(work, number)

    return once(do)


def _programme(work: Work, number: int) -> Json:
    found = acceptance.wave_matrix(work, number)
    return {
        "methods": list(found.scope.methods),
        "flows": list(found.scope.flows),
        "exclusions": [dict(each) for each in found.scope.exclusions],
        "version": acceptance.scope_version(work, number),
        "cover": found.cover.value,
        "items": [
            {"bank": bank, "wave": wave, **_coverage(each)}
            for (bank, wave), each in sorted(found.cells.items())
        ],
    }
