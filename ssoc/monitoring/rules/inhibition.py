"""Which alerts mute others: while a source is open, pages of its targets wait; state goes on.

Unlike Alertmanager's, a label of ``equal`` that either alert lacks is no agreement.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ssoc.core.errors import BadInput
from ssoc.core.vocabulary import Severity
from ssoc.estate.values import Inhibition
from ssoc.monitoring.report import hex_of
from ssoc.monitoring.rules.matching import condition

_SEVERITIES = tuple(each.word for each in sorted(Severity)[::-1])


@dataclass(frozen=True)
class Candidate:
    """An open alert as the rules see it, see ``seen``."""

    key: int
    labels: Mapping[str, str]


@dataclass(frozen=True, order=True)
class Inhibitor:
    """The alert that mutes another one, and the rule by which it does.

    Of the alert no more than its key: who reads it may not see the other's market.
    """

    key: int
    rule: str

    @property
    def id(self) -> str:
        """Return the key as people and addresses have it: 16 hex digits."""
        return hex_of(self.key)

    def __str__(self) -> str:
        """Return the words an operator reads."""
        return f"inhibited by {self.id} (rule {self.rule})"


def seen(
    labels: Mapping[str, str], severity: Severity, market: str = "", component: str = ""
) -> dict[str, str]:
    """Return the labels that rules look at: what the source says, and what ssoc made of it.

    ``severity``, ``market`` and ``component`` are those that screens show, so that one rule
    fits the alerts of every tool.
    """
    ours = {"severity": severity.word, "market": market, "component": component}
    return {**labels, **{name: value for name, value in ours.items() if value}}


def faults_of(rule: Inhibition) -> Sequence[str]:
    """Return what is wrong with a described rule, in words."""
    found = []
    for side, labels in (("source", rule.source), ("target", rule.target)):
        try:
            condition(labels)
        except BadInput as error:
            found.append(f"{side}: {error}")
        word = labels.get("severity", "~")
        if word not in _SEVERITIES and not word.startswith("~"):
            found.append(f"{side}: no severity is {word}; it is one of {', '.join(_SEVERITIES)}")
    if dict(rule.source) == dict(rule.target):
        found.append("source and target are the same, so it mutes nothing; tell them apart")
    return found


class _Rule:
    """One rule and its open sources, by the values on which alerts must agree."""

    def __init__(self, rule: Inhibition) -> None:
        self.name, self._equal = rule.name, tuple(rule.equal)
        self._is_source, self._is_target = condition(rule.source), condition(rule.target)
        self._any: dict[tuple[str, ...], Inhibitor] = {}
        self._one_sided: dict[tuple[str, ...], Inhibitor] = {}

    def concerns(self, labels: Mapping[str, str]) -> bool:
        return self._is_target(labels) and self._agreement(labels) is not None

    def learn(self, alert: Candidate) -> None:
        values = self._agreement(alert.labels)
        if values is None or not self._is_source(alert.labels):
            return
        found = Inhibitor(alert.key, self.name)
        self._any[values] = min(found, self._any.get(values, found))
        if not self._is_target(alert.labels):
            self._one_sided[values] = min(found, self._one_sided.get(values, found))

    def muting(self, labels: Mapping[str, str]) -> Inhibitor | None:
        """Return who mutes an alert; what fits both sides mutes nothing that does so too."""
        values = self._agreement(labels)
        if values is None or not self._is_target(labels):
            return None
        return (self._one_sided if self._is_source(labels) else self._any).get(values)

    def _agreement(self, labels: Mapping[str, str]) -> tuple[str, ...] | None:
        values = tuple(labels.get(name, "") for name in self._equal)
        return values if all(values) else None


class Inhibitions:
    """The rules of the estate and the open alerts that are a source of one of them."""

    def __init__(self, rules: Iterable[Inhibition] = (), alerts: Iterable[Candidate] = ()) -> None:
        self._rules = [_Rule(each) for each in rules]
        for alert in alerts:
            for rule in self._rules:
                rule.learn(alert)

    def may_mute(self, labels: Mapping[str, str]) -> bool:
        """Tell whether a rule is about alerts with ``labels`` at all, whatever else is open."""
        return any(rule.concerns(labels) for rule in self._rules)

    def of(self, labels: Mapping[str, str]) -> list[Inhibitor]:
        """Return who mutes an open alert with ``labels`` (see ``seen``), one for each rule."""
        return [found for rule in self._rules if (found := rule.muting(labels)) is not None]


NO_INHIBITIONS = Inhibitions()
