"""What may be done to a change over the API: all that its page offers, with the same rights.

Each idea adds its table here; ``docs/generated/api.md`` is written from the whole.
"""

from collections.abc import Mapping

from web.api.changes import (
    after_acts,
    approval_acts,
    assessment_acts,
    freeze_acts,
    request_acts,
    run_acts,
)
from web.api.changes.act import Act as Act

CHANGE_ACTIONS: Mapping[str, Act] = {
    **request_acts.ACTS,
    **run_acts.ACTS,
    **freeze_acts.ACTS,
    **approval_acts.ACTS,
    **assessment_acts.ACTS,
    **after_acts.ACTS,
}
