"""The wave brake: what is measured over the finished sites of a wave, and what it leads to. Pure.

It is a health gate, so the verdicts are those of every gate. *Failed sites*: one measurement for
each finished site. *Tickets*: tickets per site and day of watched sites over those of sites not
yet migrated. *Breaks*: unexplained breaks per site of a business day, while parallel runs go on
after the cut-over. *Success*: share of sales that did not fail. Failed pauses the next wave;
inconclusive is for steering to decide; an error or no data pauses too. Nothing is ever rolled back
by it.
"""

from collections.abc import Mapping
from typing import Any

from changes.gates.rules.definition import read
from changes.gates.rules.providers import ProviderKind
from ssoc.core.errors import BadInput

ABOUT = "brake"
FAILED_SITES, TICKETS, BREAKS, SUCCESS = (
    "failed_sites",
    "tickets_per_site",
    "breaks_per_site",
    "sales_success",
)

SHIPPED: Mapping[str, Any] = {
    "metrics": [
        {
            "name": FAILED_SITES,
            "title": "Sites that failed hypercare",
            "provider": {"recorded": {}},
            "interval": "1h",
            "failure_condition": "result > 0",
            "failure_limit": 2,
            "no_data_limit": 0,
        },
        {
            "name": TICKETS,
            "title": "Tickets per site, times those of sites not yet migrated",
            "provider": {"recorded": {}},
            "interval": "1d",
            "success_condition": "result <= 1.25",
            "failure_condition": "result > 1.5",
            "no_data_limit": 2,
        },
        {
            "name": BREAKS,
            "title": "Unexplained breaks per compared site",
            "provider": {"recorded": {}},
            "interval": "1d",
            "success_condition": "result <= 0.5",
            "failure_condition": "result > 2",
            "no_data_limit": 2,
        },
        {
            "name": SUCCESS,
            "title": "Share of sales that went through, per cent",
            "provider": {"recorded": {}},
            "interval": "1d",
            "success_condition": "result >= 99",
            "failure_condition": "result < 98",
            "no_data_limit": 2,
            "unit": "%",
        },
    ]
}


def about(wave_id: int) -> str:
    """Return what the gate of a wave is about."""
    return f"{ABOUT}:{wave_id}"


def wave_of(about_what: str) -> int | None:
    """Return the wave whose brake a gate is, None for other gates."""
    kind, _, number = about_what.partition(":")
    return int(number) if kind == ABOUT and number.isdecimal() else None


def ratio(tickets: int, site_days: int, control_tickets: int, control_days: int) -> float | None:
    """Return tickets per site and day over those of the control sites; None is no data.

    Control sites without any ticket are reckoned with half of one, so that a first ticket says
    something and nothing is divided by zero (the usual correction of empty cells).
    """
    if not site_days or not control_days:
        return None
    control = max(control_tickets, 0.5) / control_days
    return (tickets / site_days) / control


def words(phase: str, metric: str, reason: str) -> str:
    """Return why a wave is paused, for people: ``failed by failed sites: 3 failed``."""
    told = reason.partition(f": {phase}, ")[2] or reason  # the gate says metric and phase again
    return f"the brake is {phase} by {called(metric)}{f': {told}' if told else ''}"


def called(metric: str) -> str:
    """Return a metric as people call it: no key of ours stands in a letter or on paper."""
    return metric.replace("_", " ") or "its gate"


def check(definition: Mapping[str, Any]) -> None:
    """Refuse a brake that no gate could be opened with, or that measures what nobody records.

    Raises:
        BadInput: every fault of it as a gate, or the first metric that nothing records.

    """
    if not definition:
        return
    known = (FAILED_SITES, TICKETS, BREAKS, SUCCESS)
    for each in read(definition).metrics:
        if each.name not in known or each.provider.kind is not ProviderKind.RECORDED:
            raise BadInput(
                f"brake: nothing records {each.name!r}; its metrics are recorded ones named "
                f"{', '.join(known)}"
            )
