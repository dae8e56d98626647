"""Every screen of the room, registered on its blueprint."""

from web.noc import keys as keys
from web.noc import wall as wall
from web.noc.blueprint import noc as noc
