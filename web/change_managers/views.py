"""Every screen of changes, registered on its blueprint."""

from web.change_managers import change as change
from web.change_managers import listed as listed
from web.change_managers.blueprint import changes as changes
