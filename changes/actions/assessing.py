"""Assess a change: what it collides with and how risky it is; and waive what may stand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm.attributes import set_committed_value

from changes.actions import moving
from changes.actions.words import told
from changes.models import Change, ChangeChecked, CollisionFinding, CollisionWaiver, RiskScore
from changes.policy import policy
from changes.queries import assessment as stored
from changes.queries import views
from changes.queries.collisions import collisions_of, risk_budget_of
from changes.queries.risk_inputs import risk_inputs
from changes.rules import risk
from changes.rules.collisions import Finding, number_of
from changes.rules.risk import RiskInputs
from changes.values import ChangeView
from ssoc.core.bulk import insert_new
from ssoc.core.errors import Conflict, NotAllowed, NotFound
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import ChangeAssessed, CollisionWaived
from ssoc.core.work import Work

_SAME = ("rule", "level", "subject", "sentence", "path", "markets", "waivers", "since", "until")


@dataclass(frozen=True)
class Difference:
    """What an assessment changed: keys of findings that are new or moved, that ended; points."""

    found: Sequence[str] = ()
    ended: Sequence[str] = ()
    points: float = 0.0


def check(work: Work, change_id: int) -> Difference:
    """Assess a change again because somebody asked for it."""
    moving.found(work, change_id, Permission.CHANGE_PLAN)
    return assess(work, change_id)


def assess(work: Work, change_id: int) -> Difference:
    """Reckon findings and risk of a change anew and write only what is different.

    It follows from what was done to the change, and asks for no permission of its own.
    """
    row = _locked(work, change_id)
    change = views.changes_of(work, [row])[0]
    found = collisions_of(work, change)
    waived = stored.waived(work, [(each.key, each.place, each.level) for each in found])
    inputs = risk_inputs(work, change, [each for each in found if each.key not in waived])
    points = risk.score(risk.terms(inputs, policy(work).risk))
    spent = risk_budget_of(work, change, points)
    new, ended = _keep_findings(work, change, [*found, *spent])
    scored = _keep_risk(work, row, inputs, points)
    _checked(work, change_id)
    if new or ended or scored:
        markets = moving.markets_text(change.markets)
        work.record(
            ChangeAssessed(change_id, markets, round(points, 2), ",".join(new), ",".join(ended))
        )
        bump(work.session)
    return Difference(new, ended, points)


def _locked(work: Work, change_id: int) -> Change:
    work.session.flush()  # locking reads the row anew
    row = work.session.get(Change, change_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no change CHG-{change_id} that you may see")
    return row


def _keep_findings(
    work: Work, change: ChangeView, found: Iterable[Finding]
) -> tuple[list[str], list[str]]:
    """Store what was found and end what no longer holds; return the keys of both."""
    wanted = {each.key: _columns(change, each) for each in found}
    known = {row.key: row for row in work.session.scalars(_about(change.id))}
    missing = {key: values for key, values in wanted.items() if key not in known}
    rows = [{**values, "found_at": work.now, "ended_at": None} for values in missing.values()]
    insert_new(work.session, CollisionFinding, rows, ["key"])
    new, ended = sorted(missing), []
    for key, row in sorted(known.items()):
        if key in wanted:
            if _renewed(work, row, wanted[key]):
                new.append(key)
        elif row.ended_at is None and _is_ours_to_end(work, row, change.id):
            row.ended_at = work.now
            ended.append(key)
    work.session.flush()
    return new, ended


def _about(change_id: int) -> Any:  # noqa: ANN401 (a select of findings)
    row = CollisionFinding
    mine = or_(row.change_id == change_id, row.other_id == change_id)
    return select(row).where(mine).order_by(row.key)


def _columns(change: ChangeView, finding: Finding) -> dict[str, Any]:
    numbers = [number for each in finding.items if (number := number_of(each)) is not None]
    span = change.span
    return {
        "key": finding.key,
        "rule": finding.rule,
        "level": finding.level,
        "change_id": numbers[0],
        "other_id": numbers[1] if len(numbers) > 1 else None,
        "subject": finding.subject[:512],
        "sentence": finding.sentence,
        "path": list(finding.path),
        "markets": list(finding.markets),
        "waivers": list(finding.waivers),
        "since": finding.since or (span.since if span else None),
        "until": finding.until or (span.until if span else None),
        "place": finding.place,
    }


def _renewed(work: Work, row: CollisionFinding, values: Mapping[str, Any]) -> bool:
    """Bring a finding up to date; tell whether it is as good as new: back, moved or worse."""
    is_new = row.ended_at is not None or row.place != values["place"]
    is_new = is_new or row.level != values["level"]
    for name in (*_SAME, "place"):
        if getattr(row, name) != values[name]:
            setattr(row, name, values[name])
    if is_new:
        row.found_at, row.ended_at = work.now, None
    return is_new


def _is_ours_to_end(work: Work, row: CollisionFinding, change_id: int) -> bool:
    """Tell whether an assessment of this change sees the other side: drafts see, are not seen."""
    other = row.other_id if row.change_id == change_id else row.change_id
    if other is None:
        return True
    beside = work.session.get(Change, other)
    return beside is None or beside.state.is_live


def _keep_risk(work: Work, row: Change, inputs: RiskInputs, points: float) -> bool:
    """Store the score when its inputs or its weights are others than last time."""
    version, plain = policy(work).version, inputs.plain
    last = work.session.scalar(
        select(RiskScore)
        .where(RiskScore.change_id == row.id)
        .order_by(RiskScore.id.desc())
        .limit(1)
    )
    if row.risk_points != points:
        # by hand: what is reckoned is no edit, and nobody's open form is made stale by it
        moved = update(Change).where(Change.id == row.id).values(risk_points=points)
        work.session.execute(moved, execution_options={"synchronize_session": False})
        set_committed_value(row, "risk_points", points)
    if last and last.policy_version == version and last.inputs == plain:
        return False
    work.session.add(
        RiskScore(
            change_id=row.id,
            reckoned_at=work.now,
            policy_version=version,
            points=points,
            inputs=plain,
        )
    )
    work.session.flush()
    return last is None or last.points != points


def _checked(work: Work, change_id: int) -> None:
    row = work.session.get(ChangeChecked, change_id)
    if row is None:
        work.session.add(ChangeChecked(change_id=change_id, checked_at=work.now))
    else:
        row.checked_at = work.now
    work.session.flush()


def waive(work: Work, change_id: int, finding_key: str, reason: str) -> None:
    """Let one finding stand, with a reason; others are not silenced.

    It holds for both sides of the finding, and for as long as neither of them moves.

    Raises:
        NotFound: the change has no such finding that stands.
        NotAllowed: the right, or a role that may waive it, is missing in one of its markets; or it
            blocks, and the actor has a duty in one of its changes.
        Conflict: somebody waived it already.

    """
    change = views.change(work, change_id)
    found = _standing(work, change_id, finding_key)
    for market in sorted({*change.markets, *found.markets}):
        if not stored.may_waive_in(work, found, market):
            work.require(Permission.CHANGE_MANAGE, market)
    _refuse_own(work, found)
    said = told(reason, f"waiving {found.rule}")
    both = sorted({found.change_id, found.other_id or found.change_id})
    for number in both:
        _locked(work, number)
    if (now := _standing(work, change_id, finding_key)).waiver is not None:
        raise Conflict(f"{now.waiver.by} has waived it already: {now.waiver.reason}")
    row = work.get(CollisionFinding, finding_key)
    work.session.add(
        CollisionWaiver(
            finding_key=row.key,
            place=row.place,
            level=row.level,
            change_id=change_id,
            waived_by=work.actor.name,
            waived_at=work.now,
            reason=said,
        )
    )
    markets = moving.markets_text({*change.markets, *found.markets})
    work.record(CollisionWaived(change_id, markets, found.rule, finding_key, said, found.sentence))
    work.session.flush()
    for number in both:
        assess(work, number)


def _refuse_own(work: Work, found: stored.Finding) -> None:
    """Raise NotAllowed for who is to be held up by the finding: a block is waived by others."""
    if own := stored.own_blocks(work, [found]).get(found.key):
        raise NotAllowed(
            f"you are {own}, and so may not waive what blocks it; nothing was changed; somebody "
            "else who may waive it does, or who may override (changes:override) grants an exception"
        )


def _standing(work: Work, change_id: int, key: str) -> stored.Finding:
    for each in stored.assessment(work, change_id).findings:
        if each.key == key:
            return each
    raise NotFound(
        f"CHG-{change_id} has no finding {key[:32]} that stands; look at its page as it is now"
    )
