"""What a programme asks of its sites, on a page: its terms, its brake, its plan as agreed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.actions import settings as acts
from changes.programmes.queries import settings as queries
from changes.programmes.queries.settings import SettingsView
from changes.programmes.rules import brake
from changes.programmes.rules import settings as rules
from changes.programmes.rules.settings import Kind, Setting
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.app import request_view, request_work
from web.programmes.blueprint import programmes
from web.programmes.entries import number_of, pairs_of
from web.programmes.plan_forms import version_given

COVERS = (("full", "every bank × method × flow"), ("pairwise", "each pair of two of them"))
YES_NO = (("yes", "yes"), ("no", "no"))


@dataclass(frozen=True)
class Row:
    """One value on the page; ``value`` is empty while the policy's holds."""

    name: str
    label: str
    value: str
    usual: str
    unit: str
    used: str
    counts: str
    past: str
    options: Sequence[tuple[str, str]] = ()
    is_wide: bool = False


@programmes.get("/<int:programme_id>/settings", endpoint="settings")
def show(programme_id: int) -> ResponseReturnValue:
    """Show what a programme asks of its sites, beside the policy."""
    return _page(programme_id)


@programmes.post("/<int:programme_id>/settings", endpoint="settings_set")
def write(programme_id: int) -> ResponseReturnValue:
    """Set it; what is left empty is the policy's again."""
    form = request.form
    try:
        with request_work() as work:
            found = queries.settings(work, programme_id)
            changed = acts.set_terms(
                work,
                programme_id,
                rules.laid(found.own, typed_values(form)),
                rules.braked(found.programme.brake, _limits_typed(form)),
                baseline_of(form.get("baseline", "")),
                form.get("reason", ""),
                version_given(),
            )
    except (BadInput, Conflict) as refusal:
        text = str(refusal)
        return _page(programme_id, f"{text[:1].upper()}{text[1:]}.", refusal.status)
    flash(f"Set: {words.listed(changed, 4)}." if changed else "Nothing was changed.")
    return redirect(url_for("programmes.settings", programme_id=programme_id), code=303)


def _page(programme_id: int, fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        found = queries.settings(work, programme_id)
        page = render_template(
            "programmes/settings.html",
            one=found.programme,
            sections=_sections(found),
            limits=_limits(found),
            is_own_brake=bool(found.programme.brake),
            braked_waves=found.braked_waves,
            baseline=request.form.get("baseline", baseline_lines(found.programme.baseline)),
            reason=request.form.get("reason", ""),
            version=request.form.get("version", str(found.programme.version)),
            may_plan=_may_plan(work, found),
            faults=found.faults,
            voters=found.programme.steering,
            fault=fault,
        )
    return page, status


def _may_plan(work: Work, found: SettingsView) -> bool:
    return all(
        work.actor.may(Permission.PROGRAMME_PLAN, market) for market in found.programme.markets
    )


def _sections(found: SettingsView) -> list[tuple[str, list[Row]]]:
    return [
        (title, [_row(found, each) for each in settings])
        for title, settings in rules.SECTIONS.items()
    ]


def _row(found: SettingsView, each: Setting) -> Row:
    own = rules.typed(each, rules.at(found.own, each.keys))
    options: Sequence[tuple[str, str]] = ()
    if each.kind in {Kind.CHOICE, Kind.YES}:
        options = COVERS if each.kind is Kind.CHOICE else YES_NO
    past = ""
    if each.asked_at is not None:
        number = found.past(each.asked_at)
        past = f"{words.counted(number, 'site')} past it stay as they are" if number else ""
        past = past.replace("1 site past it stay as they are", "1 site past it stays as it is")
    return Row(
        each.path,
        each.label,
        request.form.get(each.path, own),
        _said(rules.typed(each, rules.at(found.usual, each.keys)), options),
        each.unit,
        each.used,
        each.counts,
        past,
        options,
        each.kind is Kind.WORDS,
    )


def _said(value: str, options: Sequence[tuple[str, str]]) -> str:
    return dict(options).get(value, value)


def _limits(found: SettingsView) -> list[Row]:
    usual = rules.limits_of(brake.SHIPPED)
    own = rules.limits_of(found.programme.brake)
    there = rules.limits_of(found.programme.brake or brake.SHIPPED)
    return [
        Row(
            each.path,
            each.label,
            request.form.get(each.path, own.get(each.path, "")),
            usual.get(each.path, words.NONE),
            each.unit,
            "the wave brake, over finished sites",
            each.counts,
            "",
        )
        for each in rules.LIMITS
        if each.path in there
    ]


def typed_values(form: Mapping[str, str]) -> dict[str, object]:
    """Return the values that were typed, by path; None is the policy's again."""
    found: dict[str, object] = {}
    faults = []
    for each in rules.SETTINGS:
        if each.path not in form:
            continue
        text = form[each.path].strip()
        try:
            found[each.path] = _value(each, text) if text else None
        except (ValueError, InvalidOperation):
            faults.append(f"{each.label}: {text[:20]!r} is no {_AS[each.kind]}")
    if faults:
        raise BadInput("; ".join(faults))
    return found


_AS = {
    Kind.WHOLE: "whole number such as 3",
    Kind.NUMBER: "number such as 1.5",
    Kind.AMOUNT: "amount such as 1.00",
    Kind.SHARE: "per cent from 0 to 100",
    Kind.YES: "yes or no",
    Kind.CHOICE: "choice of the list",
    Kind.WORDS: "list of words with commas between",
}


def _value(each: Setting, text: str) -> object:
    if len(text) > (500 if each.kind is Kind.WORDS else 32) or not text.isprintable():
        raise ValueError(text)
    match each.kind:
        case Kind.WHOLE:
            return number_of(text, each.label)
        case Kind.NUMBER | Kind.SHARE:
            return _number(text, each.kind)
        case Kind.AMOUNT:
            return _amount(text)
        case Kind.YES:
            return _known(text, YES_NO) == "yes"
        case Kind.CHOICE:
            return _known(text, COVERS)
        case Kind.WORDS:
            return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _known(text: str, options: Sequence[tuple[str, str]]) -> str:
    if text not in dict(options):
        raise ValueError(text)
    return text


def _number(text: str, kind: Kind) -> float | int:
    value = float(Decimal(text))
    if value != value or abs(value) > 1_000_000 or (kind is Kind.SHARE and not 0 <= value <= 100):
        raise ValueError(text)
    if kind is Kind.SHARE:
        return float(Decimal(text) / 100)
    return int(value) if value == int(value) else value


def _amount(text: str) -> str:
    if not Decimal(text).is_finite():
        raise ValueError(text)
    return text


def _limits_typed(form: Mapping[str, str]) -> dict[str, str]:
    """Return the limits of the brake as typed; an empty one is the shipped one's."""
    usual = rules.limits_of(brake.SHIPPED)
    found = {}
    for each in rules.LIMITS:
        if each.path not in form:
            continue
        text = form[each.path].strip() or usual.get(each.path, "")
        if not each.sign:
            found[each.path] = str(number_of(text, each.label))
            continue
        try:
            value = Decimal(text) if len(text) < 16 else Decimal("NaN")
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or abs(value) > 1_000_000:
            raise BadInput(f"{each.label}: {text[:20]!r} is no number such as 1.5")
        found[each.path] = f"{value:f}"
    return found


def baseline_of(text: str) -> dict[str, int]:
    """Return the plan as agreed that was typed: ``2026-03-08: 40``, one a line."""
    pairs = pairs_of(text, "the plan as agreed", "2026-03-08: 40")
    return {day: number_of(sites, f"the plan of {day}") for day, sites in sorted(pairs.items())}


def baseline_lines(baseline: Mapping[str, int]) -> str:
    """Return the plan as agreed as ``baseline_of`` reads it."""
    return "\n".join(f"{day}: {baseline[day]}" for day in sorted(baseline))
