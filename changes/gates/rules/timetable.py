"""When a metric is measured next: by the plan, however late the last turn was. Pure."""

from datetime import datetime, timedelta

from changes.gates.rules.counting import RETRY_AFTER, USUAL_INTERVAL


def next_at(
    plan_at: datetime, interval: timedelta | None, now: datetime, *, is_error: bool
) -> datetime:
    """Return the instant of the next measurement.

    After an error it is 10 s later whatever the interval. Else it is the first instant of the
    plan, ``plan_at`` and each ``interval`` after it, that lies after ``now``: a late turn shifts
    none of the others, and turns that were missed are not made up for.
    """
    if is_error:
        return now + RETRY_AFTER
    step = interval or USUAL_INTERVAL
    if now < plan_at:
        return plan_at
    return plan_at + step * ((now - plan_at) // step + 1)
