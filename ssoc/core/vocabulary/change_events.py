"""What happens to changes."""

from dataclasses import dataclass

from ssoc.core.vocabulary.words import DomainEvent


@dataclass(frozen=True)
class ChangeRequestEvent(DomainEvent):
    """Base of what happens to one change; ``markets`` are codes with commas between."""

    change_id: int
    markets: str

    @property
    def subject(self) -> str:
        """Return the change."""
        return f"change:{self.change_id}"


@dataclass(frozen=True)
class ChangeRaised(ChangeRequestEvent):
    """Somebody drafted a change, a file brought it, or an unannounced one was found."""

    title: str = ""
    type: str = ""
    origin: str = ""


@dataclass(frozen=True)
class ChangeEdited(ChangeRequestEvent):
    """Its plan was changed: ``what`` names the fields; approvals given before are void if so."""

    what: str = ""
    voids_approvals: bool = False


@dataclass(frozen=True)
class ChangeSubmitted(ChangeRequestEvent):
    """It waits for approval: a round began; ``note`` says why a standard one needs it."""

    round: int = 0
    note: str = ""


@dataclass(frozen=True)
class ChangeReturned(ChangeRequestEvent):
    """It went back to be planned again, with the reason."""

    reason: str = ""


@dataclass(frozen=True)
class ChangeApproved(ChangeRequestEvent):
    """The last stage of its round was approved, or its template is a standard one."""

    round: int = 0
    why: str = ""


@dataclass(frozen=True)
class ChangeRefused(ChangeRequestEvent):
    """Somebody refused it, or its round ended without the answers it needs."""

    round: int = 0
    reason: str = ""


@dataclass(frozen=True)
class ChangeScheduled(ChangeRequestEvent):
    """It has its place in the calendar: nothing stands in its way."""

    starts_at: str = ""
    ends_at: str = ""


@dataclass(frozen=True)
class ChangeUnscheduled(ChangeRequestEvent):
    """It lost its place in the calendar, with the reason; its approval stands."""

    reason: str = ""


@dataclass(frozen=True)
class ChangeStarted(ChangeRequestEvent):
    """Its execution began."""

    run_id: int = 0
    components: str = ""
    title: str = ""


@dataclass(frozen=True)
class ChangeEnded(ChangeRequestEvent):
    """Its execution ended, well or not: ``outcome`` says which."""

    run_id: int = 0
    outcome: str = ""
    overran: bool = False


@dataclass(frozen=True)
class ChangeReviewed(ChangeRequestEvent):
    """Its review after the fact was written."""

    reviewer: str = ""


@dataclass(frozen=True)
class UnauthorisedChangeFound(ChangeRequestEvent):
    """The change log told of something on a watched component that nobody had announced."""

    event_id: int = 0
    component: str = ""
    source: str = ""
    summary: str = ""


@dataclass(frozen=True)
class UnauthorisedChangeSettled(ChangeRequestEvent):
    """Somebody said what it was: part of another change, or nothing that needs one."""

    reason: str = ""
    belongs_to: int = 0


@dataclass(frozen=True)
class ChangesImported(DomainEvent):
    """A file of another tool brought changes: how many were new, how many altered."""

    origin: str
    created: int = 0
    updated: int = 0

    @property
    def subject(self) -> str:
        """Return the tool they came from."""
        return f"import:{self.origin}"


@dataclass(frozen=True)
class ChangeClosed(ChangeRequestEvent):
    """Nothing more is to be done about it."""


@dataclass(frozen=True)
class ChangeCancelled(ChangeRequestEvent):
    """It will not be done, with the reason."""

    reason: str = ""


@dataclass(frozen=True)
class CauseJudged(DomainEvent):
    """Somebody said whether a change caused an incident; ``candidate`` is ``change:12`` or alike.

    ``change_id`` is 0 when it was no change of ours: an entry of the change log, a window, an
    expiry. ``was`` is what was said before.
    """

    incident_id: int
    markets: str
    candidate: str
    title: str
    verdict: str
    was: str
    reason: str
    change_id: int = 0
    by: str = ""

    @property
    def subject(self) -> str:
        """Return the incident."""
        return f"incident:{self.incident_id}"


@dataclass(frozen=True)
class ChangeAttached(ChangeRequestEvent):
    """A file was put beside it."""

    name: str = ""
    digest: str = ""


@dataclass(frozen=True)
class ChangeDetached(ChangeRequestEvent):
    """A file was taken away from it."""

    name: str = ""
    digest: str = ""


@dataclass(frozen=True)
class TemplateEvent(DomainEvent):
    """Base of what happens to one template of changes."""

    template_id: int
    name: str

    @property
    def subject(self) -> str:
        """Return the template."""
        return f"template:{self.template_id}"


@dataclass(frozen=True)
class TemplateSaved(TemplateEvent):
    """A template was written, or written anew."""

    is_new: bool = False


@dataclass(frozen=True)
class TemplateProposed(TemplateEvent):
    """Somebody proposed it to become standard, with its record."""

    reason: str = ""
    record: str = ""


@dataclass(frozen=True)
class TemplateBecameStandard(TemplateEvent):
    """Changes that follow it are approved beforehand from now on."""

    record: str = ""


@dataclass(frozen=True)
class TemplateDeclined(TemplateEvent):
    """It stays an ordinary one, with the reason."""

    reason: str = ""


@dataclass(frozen=True)
class TemplateLostStandard(TemplateEvent):
    """Changes that follow it need approval again, with the reason."""

    reason: str = ""
    record: str = ""


@dataclass(frozen=True)
class TemplateRetired(TemplateEvent):
    """Nobody is to use it any more."""


@dataclass(frozen=True)
class RehearsalStarted(ChangeRequestEvent):
    """It is tried out: nothing real is touched, times are taken."""

    run_id: int = 0


@dataclass(frozen=True)
class RehearsalEnded(ChangeRequestEvent):
    """A rehearsal ended; ``rollback_rehearsed`` if its roll-back was tried to the end.

    Then it took so many minutes of those that were planned.
    """

    run_id: int = 0
    outcome: str = ""
    rollback_rehearsed: bool = False
    rollback_took_minutes: int = 0
    rollback_planned_minutes: int = 0


@dataclass(frozen=True)
class RunStepMoved(ChangeRequestEvent):
    """Somebody began, finished, failed, skipped, repeated or undid a step of a run."""

    run_id: int = 0
    position: int = 0
    title: str = ""
    move: str = ""
    state: str = ""
    note: str = ""


@dataclass(frozen=True)
class RunDecisionTaken(ChangeRequestEvent):
    """Somebody decided how a run goes on, and why: ``kind`` says what."""

    run_id: int = 0
    kind: str = ""
    reason: str = ""


@dataclass(frozen=True)
class RunOverrunForecast(ChangeRequestEvent):
    """The forecast of a run came to stand otherwise against its window."""

    run_id: int = 0
    standing: str = ""
    forecast_end: str = ""
    window_ends_at: str = ""


@dataclass(frozen=True)
class RunPagesHeld(ChangeRequestEvent):
    """Pages of what a run touches wait until ``until``; it ends by itself."""

    run_id: int = 0
    window_id: int = 0
    components: str = ""
    until: str = ""


@dataclass(frozen=True)
class BridgeJoined(ChangeRequestEvent):
    """Somebody came onto the bridge of a run."""

    run_id: int = 0
    person: str = ""
    partner: str = ""


@dataclass(frozen=True)
class BridgeLeft(ChangeRequestEvent):
    """Somebody left the bridge of a run."""

    run_id: int = 0
    person: str = ""
    partner: str = ""


@dataclass(frozen=True)
class ChangeAssessed(ChangeRequestEvent):
    """Its risk or what it collides with is another; ``found`` and ``ended`` are findings."""

    points: float = 0.0
    found: str = ""
    ended: str = ""


@dataclass(frozen=True)
class CollisionWaived(ChangeRequestEvent):
    """Somebody let one finding stand, with the reason."""

    rule: str = ""
    finding: str = ""
    reason: str = ""
    sentence: str = ""
