"""Tables of programmes, one file an idea; importing this registers them all."""

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
