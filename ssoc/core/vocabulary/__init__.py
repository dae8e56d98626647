"""Every domain event the packages tell each other, and the words they use, on one page.

Fields are plain JSON values: an event outlives the code that wrote it. Add fields with a
default; never rename or remove one, state a new event instead. Every event is a row of the
audit trail; ``subject`` names what it is about, such as ``incident:12``.
"""

from ssoc.core.vocabulary.approval_events import ApprovalEscalated as ApprovalEscalated
from ssoc.core.vocabulary.approval_events import ApprovalStageOpened as ApprovalStageOpened
from ssoc.core.vocabulary.approval_events import ChangeAnswered as ChangeAnswered
from ssoc.core.vocabulary.approval_events import ChangeDiscussed as ChangeDiscussed
from ssoc.core.vocabulary.approval_events import DelegationRevoked as DelegationRevoked
from ssoc.core.vocabulary.approval_events import DelegationSet as DelegationSet
from ssoc.core.vocabulary.approval_events import MeetingChanged as MeetingChanged
from ssoc.core.vocabulary.approval_events import SeparationExcepted as SeparationExcepted
from ssoc.core.vocabulary.change_events import BridgeJoined as BridgeJoined
from ssoc.core.vocabulary.change_events import BridgeLeft as BridgeLeft
from ssoc.core.vocabulary.change_events import CauseJudged as CauseJudged
from ssoc.core.vocabulary.change_events import ChangeApproved as ChangeApproved
from ssoc.core.vocabulary.change_events import ChangeAssessed as ChangeAssessed
from ssoc.core.vocabulary.change_events import ChangeAttached as ChangeAttached
from ssoc.core.vocabulary.change_events import ChangeCancelled as ChangeCancelled
from ssoc.core.vocabulary.change_events import ChangeClosed as ChangeClosed
from ssoc.core.vocabulary.change_events import ChangeDetached as ChangeDetached
from ssoc.core.vocabulary.change_events import ChangeEdited as ChangeEdited
from ssoc.core.vocabulary.change_events import ChangeEnded as ChangeEnded
from ssoc.core.vocabulary.change_events import ChangeRaised as ChangeRaised
from ssoc.core.vocabulary.change_events import ChangeRefused as ChangeRefused
from ssoc.core.vocabulary.change_events import ChangeRequestEvent as ChangeRequestEvent
from ssoc.core.vocabulary.change_events import ChangeReturned as ChangeReturned
from ssoc.core.vocabulary.change_events import ChangeReviewed as ChangeReviewed
from ssoc.core.vocabulary.change_events import ChangeScheduled as ChangeScheduled
from ssoc.core.vocabulary.change_events import ChangesImported as ChangesImported
from ssoc.core.vocabulary.change_events import ChangeStarted as ChangeStarted
from ssoc.core.vocabulary.change_events import ChangeSubmitted as ChangeSubmitted
from ssoc.core.vocabulary.change_events import ChangeUnscheduled as ChangeUnscheduled
from ssoc.core.vocabulary.change_events import CollisionWaived as CollisionWaived
from ssoc.core.vocabulary.change_events import RehearsalEnded as RehearsalEnded
from ssoc.core.vocabulary.change_events import RehearsalStarted as RehearsalStarted
from ssoc.core.vocabulary.change_events import RunDecisionTaken as RunDecisionTaken
from ssoc.core.vocabulary.change_events import RunOverrunForecast as RunOverrunForecast
from ssoc.core.vocabulary.change_events import RunPagesHeld as RunPagesHeld
from ssoc.core.vocabulary.change_events import RunStepMoved as RunStepMoved
from ssoc.core.vocabulary.change_events import TemplateBecameStandard as TemplateBecameStandard
from ssoc.core.vocabulary.change_events import TemplateDeclined as TemplateDeclined
from ssoc.core.vocabulary.change_events import TemplateLostStandard as TemplateLostStandard
from ssoc.core.vocabulary.change_events import TemplateProposed as TemplateProposed
from ssoc.core.vocabulary.change_events import TemplateRetired as TemplateRetired
from ssoc.core.vocabulary.change_events import TemplateSaved as TemplateSaved
from ssoc.core.vocabulary.change_events import UnauthorisedChangeFound as UnauthorisedChangeFound
from ssoc.core.vocabulary.change_events import (
    UnauthorisedChangeSettled as UnauthorisedChangeSettled,
)
from ssoc.core.vocabulary.freeze_events import CalendarLinkChanged as CalendarLinkChanged
from ssoc.core.vocabulary.freeze_events import FreezeFeedChanged as FreezeFeedChanged
from ssoc.core.vocabulary.freeze_events import FreezeLifted as FreezeLifted
from ssoc.core.vocabulary.freeze_events import FreezeOverridden as FreezeOverridden
from ssoc.core.vocabulary.freeze_events import FreezeRunInto as FreezeRunInto
from ssoc.core.vocabulary.freeze_events import FreezeSet as FreezeSet
from ssoc.core.vocabulary.gate_events import GateDecided as GateDecided
from ssoc.core.vocabulary.house_events import EstateLoaded as EstateLoaded
from ssoc.core.vocabulary.house_events import PersonChanged as PersonChanged
from ssoc.core.vocabulary.house_events import SignedIn as SignedIn
from ssoc.core.vocabulary.house_events import TokenChanged as TokenChanged
from ssoc.core.vocabulary.incident_events import IncidentAcknowledged as IncidentAcknowledged
from ssoc.core.vocabulary.incident_events import IncidentAlertsMoved as IncidentAlertsMoved
from ssoc.core.vocabulary.incident_events import IncidentAssigned as IncidentAssigned
from ssoc.core.vocabulary.incident_events import IncidentClockMoved as IncidentClockMoved
from ssoc.core.vocabulary.incident_events import IncidentClockRanShort as IncidentClockRanShort
from ssoc.core.vocabulary.incident_events import IncidentClosed as IncidentClosed
from ssoc.core.vocabulary.incident_events import IncidentEvent as IncidentEvent
from ssoc.core.vocabulary.incident_events import IncidentFlapped as IncidentFlapped
from ssoc.core.vocabulary.incident_events import IncidentMitigated as IncidentMitigated
from ssoc.core.vocabulary.incident_events import IncidentNested as IncidentNested
from ssoc.core.vocabulary.incident_events import IncidentNoted as IncidentNoted
from ssoc.core.vocabulary.incident_events import IncidentOpened as IncidentOpened
from ssoc.core.vocabulary.incident_events import IncidentPrioritised as IncidentPrioritised
from ssoc.core.vocabulary.incident_events import IncidentRecovered as IncidentRecovered
from ssoc.core.vocabulary.incident_events import IncidentReleased as IncidentReleased
from ssoc.core.vocabulary.incident_events import IncidentReopened as IncidentReopened
from ssoc.core.vocabulary.incident_events import IncidentRerooted as IncidentRerooted
from ssoc.core.vocabulary.incident_events import IncidentResolved as IncidentResolved
from ssoc.core.vocabulary.incident_events import IncidentRoleTaken as IncidentRoleTaken
from ssoc.core.vocabulary.incident_events import IncidentSpread as IncidentSpread
from ssoc.core.vocabulary.incident_events import IncidentUnnested as IncidentUnnested
from ssoc.core.vocabulary.incident_events import IncidentUnwatched as IncidentUnwatched
from ssoc.core.vocabulary.incident_events import IncidentWorsened as IncidentWorsened
from ssoc.core.vocabulary.monitoring_events import AlertsClosed as AlertsClosed
from ssoc.core.vocabulary.monitoring_events import HeartbeatSet as HeartbeatSet
from ssoc.core.vocabulary.monitoring_events import SilenceExpired as SilenceExpired
from ssoc.core.vocabulary.monitoring_events import SilenceSet as SilenceSet
from ssoc.core.vocabulary.monitoring_events import WindowEnded as WindowEnded
from ssoc.core.vocabulary.monitoring_events import WindowSet as WindowSet
from ssoc.core.vocabulary.programme_events import ProgrammeEvent as ProgrammeEvent
from ssoc.core.vocabulary.programme_events import SiteStateMoved as SiteStateMoved
from ssoc.core.vocabulary.rollout_events import RolloutEvent as RolloutEvent
from ssoc.core.vocabulary.rollout_events import RolloutMoved as RolloutMoved
from ssoc.core.vocabulary.rollout_events import WaveMoved as WaveMoved
from ssoc.core.vocabulary.words import DomainEvent as DomainEvent
from ssoc.core.vocabulary.words import Priority as Priority
from ssoc.core.vocabulary.words import Severity as Severity
