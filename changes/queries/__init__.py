"""Read-only views of changes: frozen values, limited to the markets the actor may see."""

from changes.queries.views import change as change
from changes.queries.views import changes_of as changes_of
from changes.queries.views import is_visible as is_visible
from changes.queries.views import seen_markets as seen_markets
