"""Front door of the administration's screens."""

from web.admin import audit as audit
from web.admin import estate as estate
from web.admin import machines as machines
from web.admin import operations as operations
from web.admin import pages as pages
from web.admin import people as people
from web.admin.blueprint import admin as admin
