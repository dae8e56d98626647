"""Tables of changes, one file an idea; importing this registers them all."""

from changes.models.cause import CauseSuspect as CauseSuspect
from changes.models.cause import CauseVerdict as CauseVerdict
from changes.models.cause import TroubledIncident as TroubledIncident
from changes.models.attachment import Attachment as Attachment
from changes.models.approval import ApprovalAnswer as ApprovalAnswer
from changes.models.approval import ApprovalDelegation as ApprovalDelegation
from changes.models.approval import ApprovalEscalation as ApprovalEscalation
from changes.models.approval import ApprovalRound as ApprovalRound
from changes.models.approval import SeparationException as SeparationException
from changes.models.meeting import BoardAttendance as BoardAttendance
from changes.models.meeting import BoardItem as BoardItem
from changes.models.meeting import BoardMeeting as BoardMeeting
from changes.models.freeze import CalendarLink as CalendarLink
from changes.models.freeze import Freeze as Freeze
from changes.models.freeze import FreezeEvent as FreezeEvent
from changes.models.freeze import FreezeFeed as FreezeFeed
from changes.models.freeze import FreezeMet as FreezeMet
from changes.models.freeze import FreezeOverride as FreezeOverride
from changes.models.request import Change as Change
from changes.models.request import ChangeComponent as ChangeComponent
from changes.models.request import ChangeMarket as ChangeMarket
from changes.models.request import ChangeStep as ChangeStep
from changes.models.review import ChangeReview as ChangeReview
from changes.models.template import ChangeTemplate as ChangeTemplate
