"""Hold a go/no-go: plan it, fill in what no guard knows, vote, set conditions, override, decide."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from changes.actions.words import told
from changes.programmes.actions.people import check_person
from changes.programmes.models import (
    DecisionCondition,
    DecisionCriterion,
    DecisionVote,
    ProgrammeWave,
    SiteDecision,
)
from changes.programmes.queries import decisions, programmes, sites
from changes.programmes.queries.decisions import About
from changes.programmes.queries.terms import terms_of
from changes.programmes.rules.go_no_go import Light, Verdict, Word, quorum_of
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound
from ssoc.core.permissions import ActorKind, Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import GoNoGoChanged
from ssoc.core.work import Work
from ssoc.monitoring.report import storable

GO, NO_GO = "go", "no-go"
_DECIDE = Permission.PROGRAMME_DECIDE
T = TypeVar("T", Light, Word)
LONGEST = timedelta(days=5 * 366)  # nothing that holds up a cut-over is due later


@dataclass(frozen=True)
class MeetingDraft:
    """A meeting to be, about one site or one wave."""

    meets_at: datetime
    site_rollout_id: int | None = None
    wave_id: int | None = None
    no_return: str = ""
    rollback_owner: str = ""


def plan(work: Work, draft: MeetingDraft) -> int:
    """Plan a meeting and return its number; its quorum is the programme's from then on."""
    if (draft.site_rollout_id is None) == (draft.wave_id is None):
        raise BadInput("a go/no-go is about one site or about one wave; name one of them")
    programme_id, market = _place(work, draft)
    work.require(Permission.PROGRAMME_PLAN, market)
    programme = programmes.found(work, programme_id)
    if not programme.steering:
        raise BadInput(
            f"{programme.name} has no steering: nobody could vote; name its roles and people first"
        )
    row = SiteDecision(
        programme_id=programme_id,
        site_rollout_id=draft.site_rollout_id,
        wave_id=draft.wave_id,
        meets_at=draft.meets_at,
        quorum=quorum_of(len(programme.steering), terms_of(work, programme).quorum),
        no_return=_text(draft.no_return, "the point of no return", 500),
        rollback_owner=_owner(work, draft.rollback_owner, "the owner of the roll-back"),
        set_at=work.now,
        set_by=work.actor.name,
    )
    work.session.add(row)
    work.session.flush()
    _tell(work, row, decisions.about(work, row), "planned", f"{draft.meets_at:%Y-%m-%d %H:%M} UTC")
    return row.id


def _place(work: Work, draft: MeetingDraft) -> tuple[int, str]:
    if draft.site_rollout_id is not None:
        way, site = sites.row_of(work, draft.site_rollout_id)
        return way.programme_id, site.market
    wave = work.session.get(ProgrammeWave, draft.wave_id)
    if wave is None or not programmes.may_see(work, [wave.market]):
        raise NotFound(f"there is no wave {draft.wave_id} that you may see")
    return wave.programme_id, wave.market


def set_criterion(
    work: Work, decision_id: int, title: str, light: Light | str, is_hard: bool, source: str = ""
) -> None:
    """Set a criterion that no guard answers, with where its value comes from."""
    row, what = _open(work, decision_id, _DECIDE, Permission.PROGRAMME_PLAN)
    named = _text(title, "the criterion", 128, needed=True)
    value = _one(Light, light, "value of a criterion")
    known = work.session.get(DecisionCriterion, (row.id, named))
    if known is None:
        known = DecisionCriterion(decision_id=row.id, title=named)
        work.session.add(known)
    known.is_hard, known.light = is_hard, value
    known.source = _text(source, "the source", 500, needed=value is Light.GREEN)
    known.set_at, known.set_by = work.now, work.actor.name
    _tell(work, row, what, "criterion", f"{named}: {value}")


def vote(work: Work, decision_id: int, role: str, word: Word | str, reason: str = "") -> None:
    """Vote for a role one holds; votes are only added, the last one of a person counts."""
    row, what = _open(work, decision_id, _DECIDE)
    _require_person(work, "votes are given")
    people = what.programme.steering.get(role)
    if people is None:
        known = ", ".join(what.programme.steering)
        raise BadInput(f"no role {role[:64]!r} votes in {what.programme.name}; there are {known}")
    if work.actor.name not in people:
        raise NotAllowed(
            f"you do not vote for {role}; {', '.join(people) or 'nobody'} does; nothing was "
            "written; the programme's steering says who",
            _DECIDE,
            what.market,
        )
    said = _one(Word, word, "vote")
    why = _text(reason, "the reason", 1_000, needed=said is Word.NO)
    work.session.add(
        DecisionVote(
            decision_id=row.id,
            role=role,
            person=work.actor.name,
            word=said,
            reason=why,
            at=work.now,
        )
    )
    _tell(work, row, what, "vote", f"{role}: {said}")


def add_condition(
    work: Work, decision_id: int, text: str, owner: str, due_on: date | None = None
) -> int:
    """Add what has to be done before the cut-over."""
    row, what = _open(work, decision_id, _DECIDE, Permission.PROGRAMME_PLAN)
    condition = DecisionCondition(
        decision_id=row.id,
        text=_text(text, "the condition", 500, needed=True),
        owner=_owner(work, owner, "its owner", needed=True),
        due_on=_due(work, due_on),
        added_at=work.now,
        added_by=work.actor.name,
    )
    work.session.add(condition)
    work.session.flush()
    _tell(work, row, what, "condition", condition.text)
    return condition.id


def close_condition(work: Work, decision_id: int, condition_id: int, how: str) -> None:
    """Close a condition, also after the decision: it is open until somebody says how it was met."""
    row, what = decisions.found(work, decision_id, is_locked=True)
    work.require(Permission.PROGRAMME_WORK, what.market)
    _require_person(work, "conditions are closed")
    condition = work.session.get(DecisionCondition, condition_id)
    if condition is None or condition.decision_id != row.id:
        raise NotFound(f"the meeting has no condition {condition_id}")
    if condition.closed_at is not None:
        raise Conflict(
            f"{condition.closed_by} closed it on {condition.closed_at:%d %b %H:%M} UTC; nothing "
            "was written"
        )
    condition.closed_how = told(how, "closing a condition")
    condition.closed_at, condition.closed_by = work.now, work.actor.name
    _tell(work, row, what, "condition closed", condition.text)


def override(work: Work, decision_id: int, reason: str) -> None:
    """Let red hard criteria pass, in writing; only the authority the programme names may.

    Raises:
        NotAllowed: the actor is not that person.
        IllegalMove: no hard criterion is red.

    """
    row, what = _open(work, decision_id, _DECIDE)
    _require_authority(work, what)
    seen = decisions.view(work, row, what)
    if not seen.finding.red:
        raise IllegalMove("no hard criterion is red; there is nothing to override")
    row.override_reason = told(reason, "an override")
    row.override_by, row.override_at = work.actor.name, work.now
    _tell(work, row, what, "overridden", row.override_reason)


def require_authority(work: Work, decision_id: int) -> None:
    """Raise NotAllowed for who may not override, before anything is asked of them."""
    _, what = decisions.found(work, decision_id)
    work.require(_DECIDE, what.market)
    _require_authority(work, what)


def _require_authority(work: Work, what: About) -> None:
    named = what.programme.authority
    if not named or work.actor.name != named or work.actor.kind is not ActorKind.PERSON:
        raise NotAllowed(
            f"only {named or 'the authority a programme names'} may override a red hard criterion "
            f"of {what.programme.name}; nothing was written",
            _DECIDE,
            what.market,
        )


def decide(work: Work, decision_id: int, word: str) -> Verdict:
    """Close the meeting with ``go`` or ``no-go``; criteria are kept as they stand at this moment.

    Raises:
        IllegalMove: rules come to something else, with the sentence that says why.

    """
    row, what = _open(work, decision_id, _DECIDE)
    _require_person(work, "it is decided")
    if word not in (GO, NO_GO):
        raise BadInput(f"decide {GO} or {NO_GO}, not {word[:32]!r}")
    seen = decisions.view(work, row, what)
    finding = seen.finding
    if finding.verdict is Verdict.NONE or finding.verdict.is_go is not (word == GO):
        cure = ""
        if finding.red and word == GO:
            cure = f"; {seen.authority or 'nobody'} may override it in writing"
        raise IllegalMove(
            f"the meeting comes to {finding.verdict}: {finding.sentence}{cure}; nothing was decided"
        )
    if finding.verdict.is_go and not row.rollback_owner:
        raise IllegalMove("nobody owns the roll-back; name an owner, then decide")
    row.verdict, row.sentence = finding.verdict, finding.sentence
    row.evidence = [decisions.plain(each) for each in seen.criteria]
    row.decided_at, row.decided_by = work.now, work.actor.name
    _tell(work, row, what, "decided", f"{row.verdict}: {row.sentence}")
    return finding.verdict


def edit(
    work: Work, decision_id: int, meets_at: datetime, no_return: str, rollback_owner: str
) -> None:
    """Move a meeting that is not decided, or name its point of no return and who rolls back."""
    row, what = _open(work, decision_id, Permission.PROGRAMME_PLAN, _DECIDE)
    row.meets_at = meets_at
    row.no_return = _text(no_return, "the point of no return", 500)
    if rollback_owner.strip() != row.rollback_owner:
        row.rollback_owner = _owner(work, rollback_owner, "the owner of the roll-back")
    _tell(work, row, what, "changed", f"{meets_at:%Y-%m-%d %H:%M} UTC")


def _open(work: Work, decision_id: int, *any_of: Permission) -> tuple[SiteDecision, About]:
    """Return a meeting to be acted on, locked; of two who press at once the second sees it."""
    row, what = decisions.found(work, decision_id, is_locked=True)
    if not any(work.actor.may(each, what.market) for each in any_of):
        work.require(any_of[0], what.market)
    if row.verdict is not None:
        raise Conflict(
            f"it was decided on {row.decided_at:%d %b %H:%M} UTC by {row.decided_by}: "
            f"{row.verdict}; nothing was written; plan another meeting to decide anew"
        )
    return row, what


def _require_person(work: Work, what: str) -> None:
    if work.actor.kind is not ActorKind.PERSON:
        raise NotAllowed(f"{what} by people with a name, not by a token; nothing was written")


def _text(given: str, what: str, most: int, *, needed: bool = False) -> str:
    said = " ".join(str(storable(given)).split())
    if needed and not said:
        raise BadInput(f"{what} is missing; write it in a few words")
    if len(said) > most:
        raise BadInput(f"{what} is longer than {most} signs; shorten it")
    return said


def _owner(work: Work, given: str, what: str, *, needed: bool = False) -> str:
    return check_person(work, _text(given, what, 128, needed=needed), what)


def _due(work: Work, day: date | None) -> date | None:
    today = work.now.date()
    if day is not None and not today <= day <= today + LONGEST:
        raise BadInput(
            f"due on {day}: give a day from today on, within {LONGEST.days // 366} years"
        )
    return day


def _one(kind: type[T], given: str, what: str) -> T:
    try:
        return kind(given)
    except ValueError:
        known = ", ".join(each.value for each in kind)
        raise BadInput(f"there is no {what} {str(given)[:32]!r}; there are {known}") from None


def _tell(work: Work, row: SiteDecision, what: About, happened: str, detail: str) -> None:
    bump(work.session)
    work.record(
        GoNoGoChanged(row.programme_id, what.market, row.id, what.name, happened, detail[:500])
    )
