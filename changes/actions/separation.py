"""Exceptions from the separation of duties: granted by name, with a reason, on the audit trail."""

from changes.actions import moving
from changes.models import SeparationException
from changes.names import is_among, same
from changes.queries import rounds
from changes.rules.approvals import duties_fault, held_by
from changes.values import ChangeView
from ssoc.core.errors import BadInput, Conflict, NotAllowed
from ssoc.core.permissions import ActorKind, Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import SeparationExcepted
from ssoc.core.work import Work
from ssoc.monitoring.report import storable

REASON = 500


def allow_exception(work: Work, change_id: int, person: str, reason: str) -> None:
    """Let one person hold two duties in one change; nobody grants it to himself.

    Raises:
        NotAllowed: the actor may not override in all its markets, or is the person.
        Conflict: the person has it already.

    """
    row, view = moving.found(work, change_id, Permission.CHANGE_OVERRIDE)
    who, said = person.strip(), " ".join(str(storable(reason)).split())
    if work.actor.kind is not ActorKind.PERSON or same(who, work.actor.name):
        raise NotAllowed(
            f"nobody grants an exception to himself; nothing was written; another holder of "
            f"{Permission.CHANGE_OVERRIDE} does it",
            Permission.CHANGE_OVERRIDE,
        )
    if not held_by(who, rounds.duties_of(view)):
        held = ", ".join(f"{duty} {name or 'nobody'}" for duty, name in _duties(view))
        raise BadInput(
            f"{who[:64] or 'nobody'} has no duty in {view.reference}, and needs no exception; "
            f"it has {held}"
        )
    if not said or len(said) > REASON:
        raise BadInput(f"an exception needs a reason of at most {REASON} signs; say why")
    if is_among(who, rounds.excepted(work, [change_id]).get(change_id, frozenset())):
        raise Conflict(f"{who} has an exception in {view.reference} already")
    work.session.add(
        SeparationException(
            change_id=row.id, person=who, reason=said, by=work.actor.name, at=work.now
        )
    )
    work.record(SeparationExcepted(row.id, moving.markets_text(view.markets), who, said))
    work.session.flush()
    bump(work.session)


def refuse_shared_duties(work: Work, change: ChangeView) -> None:
    """Raise NotAllowed if one person holds two duties in a change, approving it included (A5).

    For whoever lets a change go on after its people were exchanged. What a standard template
    approved beforehand has no approver, and is left alone.
    """
    if change.is_preapproved:
        return
    excepted = rounds.excepted(work, [change.id]).get(change.id, frozenset())
    duties = rounds.duties_of(change)
    fault = duties_fault(duties, excepted)
    found = rounds.present_round(work, change.id)
    for stage in found.state.stages if found else ():
        for each in stage.answers:
            for who in each.people:
                held = held_by(who, duties)
                if held and not is_among(who, excepted) and not fault:
                    fault = f"{who} approved it and is its {held[0]}"
    if fault:
        raise NotAllowed(
            f"{change.reference}: {fault}; requester, implementer, approver and verifier are "
            "different people; name somebody else, or let who may override (changes:override) "
            "grant an exception"
        )


def _duties(view: ChangeView) -> list[tuple[str, str]]:
    return list(rounds.duties_of(view).items())
