"""How the extracts of systems are read: listed, set, and tried on a file."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.reconciliation.actions import planning
from changes.reconciliation.queries import parallels
from changes.reconciliation.reading import Fault, preview
from changes.reconciliation.rules import definition as definitions
from changes.reconciliation.rules.lines import Line
from changes.reconciliation.rules.money import GROUPS, MARKS
from ssoc.core.errors import BadInput, NotFound, TooLarge
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web.app import request_view
from web.noc.questions import Field, Question
from web.programmes.blueprint import programmes
from web.programmes.plan_forms import answer, given, markets_of
from web.programmes.recon_forms import PLANS, require_some, ticked
from web.uploads import takes_extracts

_FIRST = 20


@programmes.get("/reconciliation/extracts")
def recon_extracts() -> ResponseReturnValue:
    """List how the extracts of systems are read, and try one on a file."""
    return _extracts()


def _extracts(
    lines: Sequence[Line] = (), faults: Sequence[Fault] = (), fault: str = "", status: int = 200
) -> ResponseReturnValue:
    with request_view() as work:
        if not work.actor.markets(Permission.CHANGE_SEE):
            work.require(Permission.CHANGE_SEE, EVERYWHERE)
        found = parallels.definitions(work)
        shown = render_template(
            "programmes/recon_extracts.html",
            found=[(each, each.content) for each in found],
            lines=lines,
            faults=faults,
            fault=fault,
            chosen=request.form.get("name", ""),
            names=[(each.name, each.name) for each in found],
            may_plan=bool(work.actor.markets(PLANS)),
            now=work.now,
        )
    return shown, status


@programmes.post("/reconciliation/extracts")
@takes_extracts
def recon_try() -> ResponseReturnValue:
    """Show the first lines of a file as they are understood; nothing is kept."""
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise BadInput("bring a file")
        with request_view() as work:
            known = {each.name: each.content for each in parallels.definitions(work)}
        name = request.form.get("name", "")
        if name not in known:
            raise BadInput(f"there is no definition {name[:64]!r}")
        lines, faults = preview(file.stream, definitions.read(known[name]), _FIRST)  # type: ignore[arg-type]
    except (BadInput, TooLarge) as refusal:
        text = str(refusal)
        return _extracts(fault=f"{text[:1].upper()}{text[1:]}.", status=refusal.status)
    return _extracts(lines, faults)


@programmes.route("/reconciliation/extracts/set", methods=["GET", "POST"])
def recon_extract() -> ResponseReturnValue:
    """Say how the extract of a system is read, new or over the one of that name."""
    named = request.args.get("name", "")
    with request_view() as work:
        require_some(work)
        rows = {each.name: each for each in parallels.definitions(work)}
        if named and named not in rows:
            raise NotFound(f"there is no definition {named[:64]!r}")
        row = rows.get(named)
        content: Mapping[str, Any] = row.content if row else {}
        fields = _extract_fields(work, named, row.market if row else "", content)
    question = Question(
        title="How an extract is read",
        action=url_for(".recon_extract", name=named or None),
        button="Keep",
        back=url_for(".recon_extracts"),
        back_label="Extracts",
        fields=fields,
    )

    def act(work: Work) -> None:
        form = request.form
        planning.define(work, named or form.get("name", ""), form.get("market", ""), _content())

    return answer(question, act, "Kept; try it on a file.")


def _extract_fields(work: Work, name: str, market: str, content: Mapping[str, Any]) -> list[Field]:
    columns = content.get("columns", {})
    marks = [(each, each) for each in MARKS]
    groups = [(each, {"": "nothing", " ": "a space"}.get(each, each)) for each in GROUPS]
    headers = [
        Field(
            f"column-{each}",
            f"Column of {word}",
            value=given(f"column-{each}", columns.get(each, "")),
            required=each in definitions.NEEDED,
        )
        for each, word in (
            ("reference", "the reference"),
            ("amount", "the amount"),
            ("at", "the time"),
            ("currency", "the currency"),
            ("account", "the account"),
            ("side", "debit or credit"),
        )
    ]
    first = [] if name else [Field("name", "Name", value=given("name"), required=True, most=64)]
    return [
        *first,
        Field("market", "Market", "choice", given("market", market), options=markets_of(work)),
        *headers,
        Field(
            "currency",
            "Currency of lines that name none",
            value=given("currency", content.get("currency", "")),
            most=3,
        ),
        Field(
            "zone",
            "Time zone of times without an offset",
            value=given("zone", content.get("zone", "")),
            most=64,
        ),
        Field(
            "time",
            "How times are written",
            value=given("time", content.get("time", "iso")),
            hint="iso, or such as %d/%m/%Y %H:%M:%S.",
        ),
        Field(
            "mark", "Decimal mark", "choice", given("mark", content.get("mark", ".")), options=marks
        ),
        Field(
            "group",
            "Between thousands",
            "choice",
            given("group", content.get("group", "")),
            options=groups,
        ),
        Field(
            "debits",
            "Words that mean money goes out",
            value=given("debits", ", ".join(content.get("debits", ()))),
            hint="With a column of debit or credit; commas between.",
        ),
        Field(
            "filters",
            "Only lines where",
            "area",
            given("filters", _filter_lines(content)),
            "A line each: Status = ok, done or Type != test.",
        ),
        Field(
            "strip_prefixes",
            "Prefixes to leave out of references",
            value=given("strip_prefixes", ", ".join(content.get("strip_prefixes", ()))),
        ),
        Field(
            "strip_zeros",
            "Leave out leading zeros of references",
            "check",
            is_ticked=ticked("strip_zeros", bool(content.get("strip_zeros"))),
        ),
        Field(
            "ignore_case",
            "References in capitals and small letters are the same",
            "check",
            is_ticked=ticked("ignore_case", bool(content.get("ignore_case"))),
        ),
        Field(
            "pattern",
            "What names of its files look like",
            value=given("pattern", content.get("pattern", "")),
            hint="Such as LEGACY_*.csv, so that it is not taken for the other system's.",
        ),
    ]


def _filter_lines(content: Mapping[str, Any]) -> str:
    return "\n".join(
        f"{each['column']} {'!=' if 'is_not' in each else '='} "
        f"{', '.join(each.get('is', each.get('is_not', ())))}"
        for each in content.get("filters", ())
    )


def _content() -> dict[str, Any]:
    form = request.form
    return {
        "columns": {each: form.get(f"column-{each}", "").strip() for each in definitions.FIELDS},
        "currency": form.get("currency", "").strip(),
        "zone": form.get("zone", "").strip(),
        "time": form.get("time", "").strip(),
        "mark": form.get("mark", "."),
        "group": form.get("group", ""),
        "debits": _words(form.get("debits", "")),
        "filters": [_filter(each) for each in form.get("filters", "").splitlines() if each.strip()],
        "strip_prefixes": _words(form.get("strip_prefixes", "")),
        "strip_zeros": "strip_zeros" in form,
        "ignore_case": "ignore_case" in form,
        "pattern": form.get("pattern", "").strip(),
    }


def _words(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _filter(line: str) -> dict[str, Any]:
    column, sign, values = line.partition("!=" if "!=" in line else "=")
    if not sign or not _words(values):
        raise BadInput(f"{line[:60]!r} is no filter; write it like Status = ok, done")
    return {"column": column.strip(), "is_not" if sign == "!=" else "is": _words(values)}
