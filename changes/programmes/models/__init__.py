"""Tables of programmes, one file an idea; importing this registers them all."""

from changes.programmes.models.cutover import CutOverRun as CutOverRun
from changes.programmes.models.cutover import CutOverTemplate as CutOverTemplate
from changes.programmes.models.cutover import RunbookStep as RunbookStep
from changes.programmes.models.decisions import DecisionCondition as DecisionCondition
from changes.programmes.models.decisions import DecisionCriterion as DecisionCriterion
from changes.programmes.models.decisions import DecisionVote as DecisionVote
from changes.programmes.models.decisions import SiteDecision as SiteDecision
from changes.programmes.models.hypercare import BrakeReading as BrakeReading
from changes.programmes.models.hypercare import ProgrammeForecast as ProgrammeForecast
from changes.programmes.models.hypercare import SiteFigure as SiteFigure
from changes.programmes.models.hypercare import SiteTicket as SiteTicket
from changes.programmes.models.hypercare import WatchDay as WatchDay
from changes.programmes.models.hypercare import WaveBrake as WaveBrake
from changes.programmes.models.plan import CrewBooking as CrewBooking
from changes.programmes.models.plan import Programme as Programme
from changes.programmes.models.plan import ProgrammeWave as ProgrammeWave
from changes.programmes.models.plan import Release as Release
from changes.programmes.models.plan import Site as Site
from changes.programmes.models.plan import SiteMoved as SiteMoved
from changes.programmes.models.plan import SiteRollout as SiteRollout
from changes.programmes.models.plan import SiteStaff as SiteStaff
from changes.programmes.models.readiness import FileKind as FileKind
from changes.programmes.models.readiness import SiteImport as SiteImport
from changes.programmes.models.readiness import SiteReadiness as SiteReadiness
from changes.programmes.models.readiness import SiteReadinessLost as SiteReadinessLost
