"""Every screen of the room, registered on its blueprint."""

from web.noc import alerts as alerts
from web.noc import clocks as clocks
from web.noc import declaring as declaring
from web.noc import gathering as gathering
from web.noc import incident as incident
from web.noc import judging as judging
from web.noc import keys as keys
from web.noc import moves as moves
from web.noc import runbooks as runbooks
from web.noc import silences as silences
from web.noc import triage as triage
from web.noc import wall as wall
from web.noc import windows as windows
from web.noc.blueprint import noc as noc
