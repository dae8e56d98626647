"""How commands print; shared with the commands of every room."""

from ssoc.core.printing import as_json as as_json
from ssoc.core.printing import emit as emit
from ssoc.core.printing import table as table
