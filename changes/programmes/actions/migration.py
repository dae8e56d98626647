"""Record migration runs: the machine says what was expected and found, we judge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from changes.programmes.actions.proving import locked, said
from changes.programmes.models import MigrationCheck, MigrationRun, MigrationWaiver
from changes.programmes.rules.migration import (
    MOST_LISTED,
    CheckDraft,
    CheckKind,
    Judged,
    compare_keys,
    is_clean,
    judge,
)
from ssoc.core.errors import BadInput, NotAllowed
from ssoc.core.permissions import ActorKind, Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import MigrationRecorded, MigrationWaived
from ssoc.core.work import Work
from ssoc.monitoring.report import storable

MOST_CHECKS = 500
MOST_KEY_LENGTH = 200


@dataclass(frozen=True)
class KeyLists:
    """The keys of both sides, where we compare them ourselves."""

    expected: Sequence[str]
    actual: Sequence[str]


@dataclass(frozen=True)
class RunDraft:
    """A run as it was sent; ``keys`` are lists by the name of their key-set check."""

    source_snapshot: str
    started_at: datetime
    ended_at: datetime
    checks: Sequence[CheckDraft]
    is_rehearsal: bool = True
    keys: Mapping[str, KeyLists] = field(default_factory=dict)


def record_run(work: Work, rollout_id: int, draft: RunDraft) -> int:
    """Judge and keep one run of a site; return its number.

    Raises:
        BadInput: every fault of the run and its checks; nothing is kept.

    """
    here = locked(work, rollout_id, Permission.PROGRAMME_WORK)
    snapshot = said(draft.source_snapshot, "the snapshot of the old system", 128)
    judged = _judged(work, draft)
    number = 1 + (
        work.session.scalar(
            select(func.max(MigrationRun.number)).where(MigrationRun.site_rollout_id == rollout_id)
        )
        or 0
    )
    row = MigrationRun(
        site_rollout_id=rollout_id,
        number=number,
        source_snapshot=snapshot,
        is_rehearsal=draft.is_rehearsal,
        is_clean=is_clean(judged),
        started_at=draft.started_at,
        ended_at=draft.ended_at,
        recorded_at=work.now,
        recorded_by=work.actor.name,
    )
    work.session.add(row)
    work.session.flush()
    work.session.add_all(_row(row.id, each) for each in judged)
    bump(work.session)
    work.record(
        MigrationRecorded(
            here.programme_id,
            here.market,
            here.id,
            here.code,
            number,
            row.is_rehearsal,
            row.is_clean,
            snapshot,
        )
    )
    return number


def waive(work: Work, rollout_id: int, reason: str) -> None:
    """Let a site go on without two clean rehearsals: a person answers for it with a name."""
    here = locked(work, rollout_id, Permission.PROGRAMME_DECIDE)
    if work.actor.kind is not ActorKind.PERSON:
        raise NotAllowed(
            f"{work.actor.name} may not waive rehearsals; nothing was changed; a person signs it"
        )
    why = said(reason, "the reason")
    last = work.session.scalar(
        select(func.max(MigrationRun.number)).where(MigrationRun.site_rollout_id == rollout_id)
    )
    work.session.add(
        MigrationWaiver(
            site_rollout_id=rollout_id,
            through=last or 0,
            reason=why,
            at=work.now,
            by=work.actor.name,
        )
    )
    bump(work.session)
    work.record(MigrationWaived(here.programme_id, here.market, here.id, here.code, why))


def _judged(work: Work, draft: RunDraft) -> list[Judged]:
    faults = []
    if draft.ended_at < draft.started_at:
        faults.append("the run ends before it starts")
    if draft.started_at > work.now:
        faults.append("the run starts in the future")
    if not draft.checks:
        faults.append("the run has no checks, and proves nothing without any")
    if len(draft.checks) > MOST_CHECKS:
        faults.append(f"more than {MOST_CHECKS} checks; send the figures that decide")
        raise BadInput("; ".join(faults))
    found = []
    for each in draft.checks:
        try:
            found.append(judge(_whole(each, draft.keys)))
        except ValueError as fault:
            faults.append(str(fault))
    faults += _doubled(found)
    names = {each.name for each in found if each.kind is CheckKind.KEYS}
    faults += [
        f"keys are sent for {name[:64]!r}, which is no key-set check"
        for name in sorted(set(draft.keys) - names)
        if not faults
    ]
    if faults:
        raise BadInput("; ".join(faults[:20]))
    return found


def _whole(draft: CheckDraft, keys: Mapping[str, KeyLists]) -> CheckDraft:
    """Return a check with texts that databases take, and its keys compared."""
    clean = replace(
        draft,
        name=str(storable(draft.name)).strip()[:128],
        account_class=str(storable(draft.account_class)).strip()[:64],
        currency=draft.currency.strip().upper(),
        details=_bounded(draft.details),
    )
    lists = keys.get(draft.name)
    if lists is None or draft.kind != CheckKind.KEYS:
        return clean
    found = compare_keys(_cut(lists.expected), _cut(lists.actual))
    return replace(
        clean, expected=str(found.expected), actual=str(found.actual), details=found.details
    )


def _cut(keys: Sequence[str]) -> list[str]:
    return [str(storable(each))[:MOST_KEY_LENGTH] for each in keys]


def _bounded(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return details as they are kept: the first of long lists, numbers and texts as they came."""
    kept: dict[str, Any] = {}
    for name, value in list(details.items())[:20]:
        if isinstance(value, list):
            kept[str(name)[:64]] = [str(storable(each))[:200] for each in value[:MOST_LISTED]]
            kept.setdefault(f"{str(name)[:64]}_count", len(value))
        elif isinstance(value, int | float | str):
            kept[str(name)[:64]] = storable(value) if not isinstance(value, str) else value[:500]
    return dict(storable(kept))


def _doubled(found: Sequence[Judged]) -> list[str]:
    seen: set[tuple[str, ...]] = set()
    faults = []
    for each in found:
        key = (each.kind.value, each.name, each.account_class, each.currency)
        if key in seen:
            faults.append(f"{each.name}: the same check came twice; send it once")
        seen.add(key)
    return faults


def _row(run_id: int, found: Judged) -> MigrationCheck:
    return MigrationCheck(
        run_id=run_id,
        kind=found.kind.value,
        name=found.name,
        account_class=found.account_class,
        currency=found.currency,
        expected=found.expected,
        actual=found.actual,
        tolerance=found.tolerance,
        result=found.result.value,
        why=found.why[:500],
        details=dict(found.details),
    )
