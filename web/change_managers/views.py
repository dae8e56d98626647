"""Every screen of changes, registered on its blueprint."""

from web.change_managers import calendars as calendars
from web.change_managers import change as change
from web.change_managers import freeze_feeds as freeze_feeds
from web.change_managers import freeze_panel as freeze_panel
from web.change_managers import freezes as freezes
from web.change_managers import listed as listed
from web.change_managers.blueprint import changes as changes
