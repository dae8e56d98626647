"""Every screen of changes, registered on its blueprint."""

from web.change_managers import answering as answering
from web.change_managers import calendar as calendar
from web.change_managers import calendars as calendars
from web.change_managers import change as change
from web.change_managers import delegations as delegations
from web.change_managers import delivery as delivery
from web.change_managers import freeze_feeds as freeze_feeds
from web.change_managers import freeze_panel as freeze_panel
from web.change_managers import freezes as freezes
from web.change_managers import importing as importing
from web.change_managers import listed as listed
from web.change_managers import meetings as meetings
from web.change_managers import outside as outside
from web.change_managers import request_form as request_form
from web.change_managers import reviews as reviews
from web.change_managers import run_begin as run_begin
from web.change_managers import run_page as run_page
from web.change_managers import run_presses as run_presses
from web.change_managers import templates_page as templates_page
from web.change_managers.blueprint import changes as changes
