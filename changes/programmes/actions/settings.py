"""Set the terms, the brake and the baseline of a programme, with a reason that stays on record."""

from collections.abc import Mapping
from typing import Any

from changes.actions.words import told
from changes.policy import policy, programme_terms
from changes.programmes.actions.planning import require_all, same_version
from changes.programmes.models import Programme
from changes.programmes.queries import programmes
from changes.programmes.rules import brake, settings
from changes.programmes.rules.drafts import baseline_faults, refuse
from ssoc.core.running import bump
from ssoc.core.vocabulary import ProgrammeTermsSet
from ssoc.core.work import Work

MOST_DAYS = 520


def set_terms(
    work: Work,
    programme_id: int,
    terms: Mapping[str, Any],
    own_brake: Mapping[str, Any],
    baseline: Mapping[str, int],
    reason: str,
    version: int | None = None,
) -> list[str]:
    """Set what a programme asks of its sites, and return what changed in words.

    Nothing that was decided is decided again: ``rules.settings`` says from when each counts.

    Raises:
        NotAllowed: the actor may not plan in every market of the programme.
        BadInput: every fault of the terms, the brake or the baseline; or no reason.
        Conflict: somebody changed the programme since ``version``.

    """
    programmes.found(work, programme_id)
    row = work.session.get_one(Programme, programme_id, with_for_update=True)
    require_all(work, row.markets)
    same_version(row.version, version, row.name)
    after, faults = programme_terms(work.settings, terms)
    found = [("terms", each.removeprefix("terms.")) for each in faults]
    refuse([*found, *baseline_faults(baseline, MOST_DAYS)])
    brake.check(own_brake)
    before, broken = programme_terms(work.settings, row.terms)
    if broken:
        before = policy(work).programmes
    changed = settings.differences(before, after)
    if own_brake != row.brake:
        changed.append(f"brake {_limits(row.brake)} to {_limits(own_brake)}")
    if dict(baseline) != row.baseline:
        changed.append(f"baseline {_plan(row.baseline)} to {_plan(baseline)}")
    if not changed and dict(terms) == row.terms:
        return []
    why = told(reason, "changing what the programme asks")
    row.terms, row.brake, row.baseline = dict(terms), dict(own_brake), dict(baseline)
    bump(work.session)
    markets = ",".join(sorted(row.markets))
    said = "; ".join(changed) or "values of the policy written down as its own"
    work.record(ProgrammeTermsSet(row.id, markets, said[:2_000], why))
    return changed or [said]


def _limits(definition: Mapping[str, Any]) -> str:
    found = settings.limits_of(definition or brake.SHIPPED)
    return "(" + ", ".join(f"{path[6:]} {value}" for path, value in found.items()) + ")"


def _plan(baseline: Mapping[str, int]) -> str:
    if not baseline:
        return "none"
    last = max(baseline)
    return f"{baseline[last]} sites by {last}"
