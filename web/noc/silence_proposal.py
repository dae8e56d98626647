"""Which matchers to propose for the alerts of incidents: never wider than the incidents. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

MOST_VALUES, LONGEST = 20, 900
Labels = Mapping[str, str]


@dataclass(frozen=True)
class MatcherRow:
    """One row of the form of a silence, as typed."""

    name: str = ""
    operator: str = "="
    value: str = ""


def proposed(
    alerts: Sequence[Labels],
    market_labels: Sequence[str],
    component_labels: Sequence[str],
    components: Collection[str],
) -> list[MatcherRow]:
    """Return rows that fit all these alerts and stay with their markets or components.

    A label all share is taken as it is. The labels of markets and components, and the name of
    the alert, may have several values. Nothing is returned when neither binds the rows; a
    component binds only by a key of the estate (``components``), for a service may have the
    same name in every country.
    """
    if not alerts:
        return []
    first, *others = alerts
    shared = {
        name: value
        for name, value in first.items()
        if value and all(each.get(name) == value for each in others)
    }
    rows = {name: MatcherRow(name, "=", value) for name, value in shared.items()}
    market, component = _one_of(alerts, market_labels), _one_of(alerts, component_labels)
    named = {each.get(row.name) for row in component for each in alerts}
    if not market and not (named and named <= set(components)):
        return []
    for row in (*market, *component, *_one_of(alerts, ["alertname"])):
        rows.setdefault(row.name, row)
    return [rows[name] for name in sorted(rows)]


def _one_of(alerts: Sequence[Labels], names: Sequence[str]) -> list[MatcherRow]:
    """Return the row of the first label that all alerts carry with few enough values."""
    for name in names:
        values = sorted({each.get(name, "") for each in alerts})
        pattern = "|".join(re.escape(value).replace(r"\-", "-") for value in values)
        if values[0] == "" or len(values) > MOST_VALUES or len(pattern) > LONGEST:
            continue
        is_one = len(values) == 1
        return [MatcherRow(name, "=" if is_one else "=~", values[0] if is_one else pattern)]
    return []
