"""Tables of programmes, one file an idea; importing this registers them all."""

from changes.programmes.models.plan import CrewBooking as CrewBooking
from changes.programmes.models.plan import Programme as Programme
from changes.programmes.models.plan import ProgrammeWave as ProgrammeWave
from changes.programmes.models.plan import Release as Release
from changes.programmes.models.plan import Site as Site
from changes.programmes.models.plan import SiteMoved as SiteMoved
from changes.programmes.models.plan import SiteRollout as SiteRollout
from changes.programmes.models.plan import SiteStaff as SiteStaff
