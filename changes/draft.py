"""What a requester writes of a change: one frozen draft, and how the tables keep it. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import Enum
from typing import Any

from changes.names import Accounts
from changes.rules.types import NORMAL
from changes.values import ChangeView, Notice, PlannedTest, PlanStep, Touched, Training
from ssoc.core.errors import BadInput


class BadDraft(BadInput):
    """Something written has several faults; each is a sentence without its full stop."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(dict.fromkeys(faults))
        super().__init__("; ".join(self.faults))


@dataclass(frozen=True)
class Draft:
    """Everything a requester says of a change; times in UTC, lengths in minutes."""

    title: str
    type: str = NORMAL
    markets: Sequence[str] = ()
    touched: Sequence[Touched] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    preparation_minutes: int = 0
    rollback_minutes: int = 0
    soak_minutes: int = 0
    purpose: str = ""
    template_id: int | None = None
    implementer: str = ""
    verifier: str = ""
    team: str = ""
    people: Sequence[str] = ()
    vendor: str = ""
    vendor_must_attend: bool = False
    rollback_plan: str = ""
    rollback_rehearsed_at: datetime | None = None
    gates: Sequence[str] = ()
    rollback_needs: Sequence[str] = ()
    steps: Sequence[PlanStep] = ()
    tests: Sequence[PlannedTest] = ()
    notices: Sequence[Notice] = ()
    trainings: Sequence[Training] = ()
    external_reference: str = ""


NAMES = tuple(each.name for each in fields(Draft))


def draft_of(change: ChangeView) -> Draft:
    """Return what was written of a change, to be edited."""
    return Draft(**{name: getattr(change, name) for name in NAMES})


def columns(draft: Draft) -> dict[str, Any]:
    """Return the columns of ``Change`` that a draft fills, as the table keeps them."""
    kept = {name: getattr(draft, name) for name in NAMES if name not in _APART}
    for name in ("title", "implementer", "verifier", "team", "vendor", "external_reference"):
        kept[name] = kept[name].strip()
    kept |= {name: list(getattr(draft, name)) for name in ("people", "gates", "rollback_needs")}
    return kept | {name: [dict(vars(each)) for each in getattr(draft, name)] for name in _ROWS}


_ROWS = ("tests", "notices", "trainings")
_APART = {"markets", "touched", "steps", "people", "gates", "rollback_needs", *_ROWS}


def cleaned(draft: Draft, markets: Sequence[str], storable: Callable[[Any], Any]) -> Draft:
    """Return the draft of these markets, without signs that no table can hold."""
    kept: dict[str, Any] = {
        name: storable(value).strip() if isinstance(value, str) else value
        for name, value in vars(draft).items()
    }
    for name in ("people", "gates", "rollback_needs"):
        kept[name] = tuple(dict.fromkeys(storable(each).strip() for each in kept[name]))
    for name in ("steps", "tests", "notices", "trainings"):
        kept[name] = tuple(_clean_row(each, storable) for each in kept[name])
    kept["touched"] = tuple(_clean_row(each, storable) for each in draft.touched)
    return Draft(**{**kept, "markets": tuple(markets)})


def named(draft: Draft, accounts: Accounts) -> Draft:
    """Return the draft with the accounts' names for its people, however they were typed."""
    return replace(
        draft,
        implementer=accounts.called(draft.implementer),
        verifier=accounts.called(draft.verifier),
        people=tuple(dict.fromkeys(map(accounts.called, draft.people))),
        steps=tuple(replace(each, owner=accounts.called(each.owner)) for each in draft.steps),
    )


def _clean_row(row: Any, storable: Callable[[Any], Any]) -> Any:  # noqa: ANN401 (rows of a draft)
    texts = {
        name: storable(value)
        for name, value in vars(row).items()
        if isinstance(value, str) and not isinstance(value, Enum)
    }
    return replace(row, **texts)


def step_columns(step: PlanStep) -> dict[str, Any]:
    """Return one step as the columns of its table."""
    return {**vars(step), "needs": list(step.needs)}


def differences(before: Draft, after: Draft) -> list[str]:
    """Return in words what an edit changed."""
    return [
        name.replace("_", " ")
        for name in NAMES
        if _comparable(getattr(before, name)) != _comparable(getattr(after, name))
    ]


def _comparable(value: Any) -> Any:  # noqa: ANN401 (the value of any field)
    if isinstance(value, Sequence) and not isinstance(value, str):
        if all(isinstance(each, Touched) for each in value):
            return sorted(value, key=lambda each: str(each.component))
        return [_plain(each) for each in value]
    return value


def _plain(row: Any) -> Any:  # noqa: ANN401 (a text or one row of a list)
    if isinstance(row, PlanStep):
        return step_columns(row)
    return row
