"""What requesters do to a change over the API."""

from collections.abc import Mapping

from changes.actions import requests, scheduling
from ssoc.core.permissions import Permission
from web.api.changes.act import Act

_WHY = {"reason": "why"}

ACTS: Mapping[str, Act] = {
    "submit": Act(
        "Ask for approval; a standard change that follows its template is approved at once.",
        lambda work, number, _: requests.submit(work, number),
    ),
    "withdraw": Act(
        "Take it back to plan it again; answers given so far are void.",
        lambda work, number, given: requests.withdraw(work, number, given.text("reason")),
        _WHY,
        {"reason": "the vendor cannot come"},
    ),
    "cancel": Act(
        "Say that it will not be done.",
        lambda work, number, given: requests.cancel(work, number, given.text("reason")),
        _WHY,
        {"reason": "no longer needed"},
    ),
    "schedule": Act(
        "Give an approved change its place in the calendar; refused with all that stands in its "
        "way.",
        lambda work, number, _: scheduling.schedule(work, number),
        needs=Permission.CHANGE_RUN,
    ),
    "unschedule": Act(
        "Take it out of the calendar; its approval stands.",
        lambda work, number, given: scheduling.unschedule(work, number, given.text("reason")),
        _WHY,
        {"reason": "the window is needed for CHG-31"},
        needs=Permission.CHANGE_MANAGE,
    ),
    "close": Act(
        "Say that nothing more is to be done; refused while its review is due.",
        lambda work, number, _: requests.close(work, number),
    ),
}
