"""The API for machines and scripts: ``/api/v1``."""

from web.api import alerts as alerts
from web.api import estate as estate
from web.api import incidents as incidents
from web.api import silences as silences
from web.api.blueprint import api as api
from web.api.changes import after as after
from web.api.changes import approvals as approvals
from web.api.changes import assessments as assessments
from web.api.changes import board as board
from web.api.changes import calendar as calendar
from web.api.changes import calendars as calendars
from web.api.changes import files as files
from web.api.changes import freezes as freezes
from web.api.changes import listing as listing
from web.api.changes import runs as runs
from web.api.changes import templates as templates
from web.api.changes import views as views
from web.api.programmes import plans as plans
from web.api.programmes import proving as proving
from web.api.programmes import sheets as sheets
from web.api.programmes import sites as sites
from web.api.programmes import training as training
from web.api.rollouts import features as features
from web.api.rollouts import gates as gates
from web.api.rollouts import rollouts as rollouts
