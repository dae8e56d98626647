"""What may be done about freezes to one change over the API."""

from collections.abc import Mapping

from changes.actions import freezes
from ssoc.core.permissions import Permission
from web.api.changes.act import Act

ACTS: Mapping[str, Act] = {
    "override_freeze": Act(
        "Let it run through one hard freeze, as it is planned now. Every token is refused: a "
        "person does it who neither asked for it nor carries it out.",
        lambda work, number, given: freezes.override(
            work, number, given.text("freeze"), given.text("reason")
        ),
        {"freeze": "the `key` of the freeze", "reason": "why it cannot wait"},
        {"freeze": "list/12", "reason": "it mends the incident of today"},
        needs=Permission.CHANGE_OVERRIDE,
    ),
}
