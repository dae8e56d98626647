"""Tables of changes, one file an idea; importing this registers them all."""

from changes.models.request import Change as Change
from changes.models.request import ChangeComponent as ChangeComponent
from changes.models.request import ChangeMarket as ChangeMarket
from changes.models.request import ChangeStep as ChangeStep
