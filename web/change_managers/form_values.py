"""The form of a change as it was typed: from a draft to fields, and from fields to a draft."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar
from zoneinfo import available_timezones

from werkzeug.datastructures import MultiDict

from changes.draft import BadDraft, Draft
from changes.lifecycle import Effect
from changes.values import Notice, PlannedTest, PlanStep, Touched, Training
from ssoc.core.errors import BadInput
from ssoc.estate.values import Component, Estate
from web import words
from web.noc import times

T = TypeVar("T")
Row = dict[str, str]
COLUMNS: Mapping[str, Sequence[str]] = {
    "components": ("component", "effect"),
    "steps": ("title", "owner", "minutes", "check", "undo", "needs", "hold"),
    "tests": ("name", "evidence", "passed"),
    "notices": ("to", "market", "hours", "text"),
    "trainings": ("audience", "subject", "done"),
}
SPARE = {"components": 2, "steps": 3, "tests": 1, "notices": 1, "trainings": 1}
MORE = 5
MOST_ROWS = 250
TEXTS = (
    *("title", "type", "purpose", "implementer", "verifier", "team", "people", "vendor"),
    *("starts", "ends", "zone", "preparation", "rollback", "soak", "rollback_plan", "rehearsed"),
    *("gates", "rollback_needs", "external_reference", "template_id", "version"),
)
_WHOLE = {"preparation": "preparation", "rollback": "roll-back", "soak": "soak time"}


@dataclass(frozen=True)
class FormValues:
    """Everything that stands in the form, as text."""

    texts: Mapping[str, str] = field(default_factory=dict)
    markets: Sequence[str] = ()
    must_attend: bool = False
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """Return one text; empty when it is not there."""
        return self.texts.get(name, "")

    def spared(self, more: str = "") -> "FormValues":
        """Return it with empty rows at the end of each table, more of them in one."""
        rows = {
            name: [
                *_filled(self.rows.get(name, ())),
                *({} for _ in range(SPARE[name] + (MORE if name == more else 0))),
            ]
            for name in COLUMNS
        }
        return replace(self, rows=rows)


def of_draft(draft: Draft, zone: str, version: int = 0) -> FormValues:
    """Return a draft as it is typed, on the clocks of ``zone``."""
    rehearsed = draft.rollback_rehearsed_at
    return FormValues(
        texts={
            **{name: str(getattr(draft, name)) for name in TEXTS[:5] + ("team", "vendor")},
            "implementer": draft.implementer,
            "verifier": draft.verifier,
            "people": ", ".join(draft.people),
            "starts": times.typed(draft.starts_at, zone) if draft.starts_at else "",
            "ends": times.typed(draft.ends_at, zone) if draft.ends_at else "",
            "zone": zone,
            "preparation": str(draft.preparation_minutes),
            "rollback": str(draft.rollback_minutes),
            "soak": str(draft.soak_minutes),
            "rollback_plan": draft.rollback_plan,
            "rehearsed": times.typed(rehearsed, zone) if rehearsed else "",
            "gates": ", ".join(draft.gates),
            "rollback_needs": ", ".join(draft.rollback_needs),
            "external_reference": draft.external_reference,
            "template_id": str(draft.template_id or ""),
            "version": str(version),
        },
        markets=tuple(draft.markets),
        must_attend=draft.vendor_must_attend,
        rows=_rows_of(draft),
    )


def _rows_of(draft: Draft) -> Mapping[str, Sequence[Row]]:
    return {
        "components": [{"component": e.component, "effect": e.effect.value} for e in draft.touched],
        "steps": [
            {
                "title": e.title,
                "owner": e.owner,
                "minutes": str(e.planned_minutes),
                "check": e.check,
                "undo": e.undo,
                "needs": ", ".join(map(str, e.needs)),
                "hold": "yes" if e.is_hold_point else "",
            }
            for e in draft.steps
        ],
        "tests": [
            {"name": e.name, "evidence": e.evidence, "passed": "yes" if e.passed else ""}
            for e in draft.tests
        ],
        "notices": [
            {"to": e.to, "market": e.market, "hours": str(e.hours_before), "text": e.text}
            for e in draft.notices
        ],
        "trainings": [
            {"audience": e.audience, "subject": e.subject, "done": "yes" if e.done else ""}
            for e in draft.trainings
        ],
    }


def of_request(given: MultiDict[str, str]) -> FormValues:
    """Return what a browser sent; rows keep the numbers that people saw."""
    return FormValues(
        texts={name: given.get(name, "").strip() for name in TEXTS},
        markets=tuple(given.getlist("market")),
        must_attend=given.get("must_attend") == "yes",
        rows={name: _typed_rows(given, name, columns) for name, columns in COLUMNS.items()},
    )


def _typed_rows(given: MultiDict[str, str], name: str, columns: Sequence[str]) -> list[Row]:
    known = {
        int(number)
        for key in given
        for kind, _, rest in [key.partition("-")]
        for number, _, _ in [rest.partition("-")]
        if kind == name and number.isascii() and number.isdecimal() and len(number) < 4
    }
    last = min(max(known, default=0), MOST_ROWS)
    return [
        {column: given.get(f"{name}-{at}-{column}", "").strip() for column in columns}
        for at in range(1, last + 1)
    ]


def to_draft(form: FormValues, estate: Estate, before: Draft | None = None) -> Draft:
    """Return the draft that was typed.

    Raises:
        BadInput: everything that cannot be read, all at once.

    """
    faults: list[str] = []
    zone = _try(faults, lambda: times.zone_of(estate, form["zone"]), times.UTC_ZONE)

    def at(name: str, what: str) -> datetime | None:
        if not form[name]:
            return None
        return _try(faults, lambda: times.read(form[name], what, zone), None)

    def whole(name: str) -> int:
        return _try(faults, lambda: _whole(form[name], _WHOLE[name]), 0)

    minutes = {name: whole(name) for name in _WHOLE}
    draft = Draft(
        title=form["title"],
        type=form["type"],
        purpose=form["purpose"],
        implementer=form["implementer"],
        verifier=form["verifier"],
        preparation_minutes=minutes["preparation"],
        rollback_minutes=minutes["rollback"],
        soak_minutes=minutes["soak"],
        team=form["team"],
        people=_names(form["people"]),
        vendor=form["vendor"],
        vendor_must_attend=form.must_attend,
        markets=tuple(form.markets),
        starts_at=at("starts", "the start"),
        ends_at=at("ends", "the end"),
        rollback_plan=form["rollback_plan"],
        rollback_rehearsed_at=at("rehearsed", "the rehearsal"),
        gates=_try(faults, lambda: _keys(form["gates"], estate), ()),
        rollback_needs=_try(faults, lambda: _keys(form["rollback_needs"], estate), ()),
        external_reference=form["external_reference"],
        template_id=int(form["template_id"]) if form["template_id"].isdecimal() else None,
        touched=_try(faults, lambda: _touched(form.rows["components"], estate), ()),
        steps=_try(faults, lambda: _steps(form.rows["steps"]), ()),
        tests=tuple(
            PlannedTest(row["name"], row["evidence"], row["passed"] == "yes")
            for row in _filled(form.rows["tests"])
        ),
        notices=_try(faults, lambda: _notices(form.rows["notices"], before), ()),
        trainings=tuple(
            Training(row["audience"], row["subject"], row["done"] == "yes")
            for row in _filled(form.rows["trainings"])
        ),
    )
    if faults:
        raise BadDraft(faults)
    return draft


def _try(faults: list[str], read: Callable[[], T], otherwise: T) -> T:
    try:
        return read()
    except BadInput as fault:
        faults.append(str(fault))
        return otherwise


def _whole(text: str, what: str) -> int:
    sign, digits = (-1, text[1:]) if text.startswith(("-", "−")) else (1, text)
    if not text:
        return 0
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 9):
        raise BadInput(f"the {what} {text[:20]!r} is no whole number of minutes")
    return sign * int(digits)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (each.strip() for each in text.split(",")))))


def _keys(text: str, estate: Estate) -> tuple[str, ...]:
    return tuple(key_of(each, estate) for each in _names(text))


def label(component: Component) -> str:
    """Return how the form offers a component: its name, and its key behind it."""
    return f"{component.name} ({component.key})"


def key_of(typed: str, estate: Estate) -> str:
    """Return the key of a component that was typed by key, name or label."""
    if typed in estate.components:
        return typed
    wanted = typed.casefold()
    found = [
        each.key
        for each in estate.components.values()
        if wanted in {each.key.casefold(), each.name.casefold(), label(each).casefold()}
    ]
    if len(found) > 1:
        raise BadInput(f"{typed[:64]!r} may be {words.listed(found, 4)}; give its key")
    if not found:
        raise BadInput(f"no component is called {typed[:64]!r}; choose one that the field offers")
    return found[0]


def _filled(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if any(value for name, value in row.items() if name != "effect")]


def _touched(rows: Sequence[Row], estate: Estate) -> tuple[Touched, ...]:
    return tuple(Touched(key_of(r["component"], estate), _effect(r)) for r in _filled(rows))


def _effect(row: Row) -> Effect:
    if row["effect"] not in set(Effect):
        raise BadInput(f"{row['component'][:64]}: choose what happens to it from the list")
    return Effect(row["effect"])


def _steps(rows: Sequence[Row]) -> tuple[PlanStep, ...]:
    """Return the steps numbered anew; their needs are the numbers that people saw."""
    kept = [(seen, row) for seen, row in enumerate(rows, 1) if any(row.values())]
    kept = [(seen, row) for seen, row in kept if row["title"] or _says_more(row)]
    places = {seen: at for at, (seen, _) in enumerate(kept, 1)}
    return tuple(
        PlanStep(
            at,
            row["title"],
            row["owner"],
            _whole(row["minutes"], f"length of step {at},"),
            row["check"],
            row["undo"],
            row["hold"] == "yes",
            tuple(_need(each, seen, places) for each in _names(row["needs"].replace(" ", ","))),
        )
        for at, (seen, row) in enumerate(kept, 1)
    )


def _says_more(row: Row) -> bool:
    return any(row[name] for name in ("owner", "check", "undo", "needs", "hold")) or row[
        "minutes"
    ] not in {"", "0"}


def _need(text: str, seen: int, places: Mapping[int, int]) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    if number not in places:
        raise BadInput(f"step {seen} waits for {text[:10]!r}, which is no step; name its number")
    return places[number]


def _notices(rows: Sequence[Row], before: Draft | None) -> tuple[Notice, ...]:
    sent = {(e.to, e.market): e.sent_at for e in before.notices} if before else {}
    return tuple(
        Notice(
            row["to"],
            row["market"],
            _whole(row["hours"], "hours before the window"),
            row["text"],
            sent.get((row["to"], row["market"]), ""),
        )
        for row in _filled(rows)
    )


_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d)Z")


def sentences(refusal: BaseException, zone: str = times.UTC_ZONE) -> list[str]:
    """Return the faults of a refusal, each as a sentence; times also on the clocks of ``zone``."""
    found = refusal.faults if isinstance(refusal, BadDraft) else (str(refusal),)
    return [_on_clocks(f"{each[:1].upper()}{each[1:]}.", zone) for each in found]


def _on_clocks(text: str, zone: str) -> str:
    """Return a text whose UTC times stand beside what was typed: ``19:00Z (22:00 Nairobi)``."""
    if zone in {"", times.UTC_ZONE} or zone not in available_timezones():
        return text

    def beside(found: re.Match[str]) -> str:
        try:
            there = words.local(datetime.fromisoformat(f"{found[1]}+00:00"), zone)
        except (ValueError, OverflowError):
            return found[0]
        return f"{found[0]} ({words.time(there)} {words.place(zone)})"

    return _INSTANT.sub(beside, text)
