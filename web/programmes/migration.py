"""Migration runs of a site: the list with every check, a run by hand or from a file, the waiver."""

import csv
import io

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from changes.programmes.actions import migration as migrating
from changes.programmes.actions.migration import KeyLists, RunDraft
from changes.programmes.queries import migration
from changes.programmes.rules.migration import CheckDraft, CheckKind
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.permissions import Permission
from ssoc.estate import queries as estate_queries
from web.app import request_view, request_work
from web.noc import times
from web.noc.questions import Field, Question, ask, settle
from web.programmes.blueprint import programmes
from web.programmes.forms import site_href
from web.uploads import takes_files

COLUMNS = ("kind", "name", "account_class", "currency", "expected", "actual", "tolerance")
_FIELDS = ("kind", "name", "expected", "actual", "tolerance", "currency", "account_class")
MOST_KEYS = 2_000_000


@programmes.get("/sites/<int:site_rollout_id>/migration", endpoint="site_migration")
def show(site_rollout_id: int) -> ResponseReturnValue:
    """Show the migration runs of a site and how far its rehearsals are."""
    return _show(site_rollout_id)


def _show(site_rollout_id: int, fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        found = migration.page(work, site_rollout_id)
        estate = estate_queries.current(work)
        page = render_template(
            "programmes/site_migration.html",
            page=found,
            way=found.way,
            standing=found.standing,
            kinds=list(CheckKind),
            columns=COLUMNS,
            given=request.form,
            zones=times.zone_choices(estate, work.now),
            now=work.now,
            may_work=work.actor.may(Permission.PROGRAMME_WORK, found.way.market),
            may_decide=work.actor.may(Permission.PROGRAMME_DECIDE, found.way.market),
            fault=f"{fault[:1].upper()}{fault[1:]}." if fault else "",
            back=site_href(site_rollout_id),
        )
    return page, status


@programmes.post("/sites/<int:site_rollout_id>/migration", endpoint="migration_record")
@takes_files
def record(site_rollout_id: int) -> ResponseReturnValue:
    """Judge a run whose checks came as a table, and keys of both sides as lists."""
    given = request.form
    try:
        with request_work() as work:
            zone = times.zone_of(
                estate_queries.current(work), given.get("zone", "") or times.UTC_ZONE
            )
            checks, keys = _checks(), _keys()
            named = {each.name for each in checks if each.kind == CheckKind.KEYS}
            more = [CheckDraft(CheckKind.KEYS, name) for name in keys if name not in named]
            draft = RunDraft(
                source_snapshot=given.get("snapshot", ""),
                started_at=times.read(given.get("started", ""), "the start", zone),
                ended_at=times.read(given.get("ended", ""), "the end", zone),
                checks=(*checks, *more),
                is_rehearsal=given.get("what", "rehearsal") != "real",
                keys=keys,
            )
            number = migrating.record_run(work, site_rollout_id, draft)
    except (BadInput, Conflict) as refusal:
        return _show(site_rollout_id, str(refusal), refusal.status)
    flash(f"Run {number} is judged.")
    return redirect(url_for("programmes.site_migration", site_rollout_id=site_rollout_id), code=303)


def _checks() -> list[CheckDraft]:
    text = request.form.get("table", "").strip()
    file = request.files.get("file")
    if file is not None and file.filename:
        text = _text(file)
    return read_checks(text) if text else []


def read_checks(text: str) -> list[CheckDraft]:
    """Return the checks of a CSV table whose first line names its columns.

    Raises:
        BadInput: a column is missing or unknown, or a line has more cells than columns.

    """
    sign = ";" if text.partition("\n")[0].count(";") else ","
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=sign, strict=True)
    try:
        names = [each.strip().lower() for each in rows.fieldnames or []]
        strange = sorted(set(names) - set(COLUMNS))
        lacking = sorted({"kind", "name"} - set(names))
        if strange or lacking:
            what = f"{strange[0][:40]!r} is unknown" if strange else f"{lacking[0]} is missing"
            raise BadInput(f"the column {what}; there are {', '.join(COLUMNS)}")
        rows.fieldnames = names
        return [_check(at, row) for at, row in enumerate(rows, start=2)]
    except csv.Error as fault:
        raise BadInput(f"line {rows.line_num} of the table: {fault}; correct it") from None


def _check(at: int, row: dict[str | None, str]) -> CheckDraft:
    if None in row:
        raise BadInput(f"line {at} of the table has more cells than columns; quote what has commas")
    kind, name, expected, actual, tolerance, currency, account = (
        (row.get(each) or "").strip() for each in _FIELDS
    )
    return CheckDraft(kind, name, expected, actual, tolerance, currency, account)


def _keys() -> dict[str, KeyLists]:
    sides = [request.files.get(each) for each in ("expected_keys", "actual_keys")]
    there = [each for each in sides if each is not None and each.filename]
    if not there:
        return {}
    if len(there) < 2:
        raise BadInput("the keys of one side are missing; send both lists, one key a line")
    old, new = (_text(each).splitlines() for each in there)
    if max(len(old), len(new)) > MOST_KEYS:
        raise BadInput(f"more than {MOST_KEYS} keys a side; compare them by parts")
    return {request.form.get("keys_name", "").strip() or "keys": KeyLists(old, new)}


def _text(file: FileStorage) -> str:
    try:
        return str(file.read(), "utf-8-sig")
    except UnicodeDecodeError:
        name = (file.filename or "the file")[:60]
        raise BadInput(f"{name} is no text in UTF-8; save it as UTF-8") from None


@programmes.route(
    "/sites/<int:site_rollout_id>/migration/waive",
    methods=["GET", "POST"],
    endpoint="migration_waive",
)
def waive(site_rollout_id: int) -> ResponseReturnValue:
    """Let a site go on without its clean rehearsals, with a name and a reason."""
    with request_view() as work:
        found = migration.page(work, site_rollout_id)
        work.require(Permission.PROGRAMME_DECIDE, found.way.market)
    reason = request.form.get("reason", "")
    question = Question(
        title="Waive the rehearsals?",
        action=url_for("programmes.migration_waive", site_rollout_id=site_rollout_id),
        button="Waive them",
        back=url_for("programmes.site_migration", site_rollout_id=site_rollout_id),
        back_label=f"Migration of {found.way.code}",
        what=f"Now: {found.standing.rehearsed.why}. The waiver stays on record with your name; a "
        "rehearsal that fails later voids it.",
        fields=[Field("reason", "Why", "area", reason, required=True)],
        is_final=True,
    )
    if request.method == "GET":
        return ask(question)
    return settle(
        question,
        lambda work: migrating.waive(work, site_rollout_id, reason),
        "Waived; the waiver is shown wherever the rehearsals are.",
    )
