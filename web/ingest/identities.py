"""From labels to what they mean, remembered by their bytes: a repeat costs a look-up."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson

from ssoc.core.settings import IngestSettings
from ssoc.monitoring.report import fingerprint, key_of
from web.ingest.parsed import BadItem, Identity, kind_of
from web.ingest.severities import severity_of

Place = Callable[[Mapping[str, str], str], tuple[str, str]]
MOST = 50_000  # identities remembered; a full memory is emptied, which costs microseconds each
BLIND = ("DatasourceError", "DatasourceNoData")  # Grafana's: monitoring is blind, not a failure


class Identities:
    """Recognises label sets; made anew when the estate changes, since places change with it."""

    def __init__(
        self,
        place: Place,
        limits: IngestSettings,
        most: int = MOST,
        titles: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._place, self._limits, self._most = place, limits, most
        self.titles = titles  # what people call components, case folded: the keys they have
        self._known: dict[tuple[bytes, str], Identity] = {}

    def __call__(self, labels: Mapping[str, Any], market: str) -> Identity:
        """Return what ``labels`` mean; ``market`` is the sender's, used when none is named.

        A market that no label names is added as a label, so that the same alert of two
        countries whose sources do not name them stays two alerts.

        Raises:
            BadItem: no labels are left, one is no text, or a limit is passed.

        """
        if not isinstance(labels, dict):
            raise BadItem(f"labels must be an object, found {kind_of(labels)}")
        try:
            raw = (orjson.dumps(labels, option=orjson.OPT_SORT_KEYS), market)
        except TypeError as error:  # nested deeper than any label set
            raise BadItem("labels must be texts") from error
        found = self._known.get(raw)
        if found is None:
            found = self._reckon(labels, market)
            if len(self._known) >= self._most:
                self._known.clear()
            self._known[raw] = found
        return found

    def market_of(self, word: str) -> str:
        """Return the code of the market that ``word`` names; empty when the estate has none."""
        names = self._limits.market_labels
        return self._place({names[0]: word}, "")[0] if names else ""

    def names_market(self, labels: Mapping[str, Any]) -> bool:
        """Tell whether a label says which market it is."""
        return any(labels.get(name) for name in self._limits.market_labels)

    def _reckon(self, given: Mapping[str, Any], market: str) -> Identity:
        labels = clean(given, self._limits)
        names = self._limits.market_labels
        if market and names and not any(name in labels for name in names):
            labels[names[0]] = market
        where, component = self._place(labels, market)
        word = labels.get("severity", "")
        name = labels.get("alertname", "")
        blind = name in BLIND
        return Identity(
            key=key_of(fingerprint(labels)),
            labels=labels,
            market=where[:8],
            component="" if blind else component,
            name=(name or first_of(labels, "name", "event", "check") or "alert")[:255],
            service=first_of(labels, *self._limits.component_labels)[:255],
            instance=first_of(labels, "instance", "host", "pod")[:255],
            severity=severity_of("warning" if blind else word),
            severity_word=word[:64],
            stranger="" if where else first_of(labels, *names)[:64],
        )


class NamedByAddress:
    """Recognises labels of a source whose address names a market that the estate does not have.

    What names no market itself is of that unknown one, as if a label had said so: it is kept
    without a place, or refused to a token of another market; it is never put into a wrong one.
    """

    def __init__(self, known: Identities, label: str, word: str) -> None:
        self._known, self._label, self._word = known, label, word

    def __call__(self, labels: Mapping[str, Any], _market: str) -> Identity:
        """Return what ``labels`` mean; the sender's own market is not asked for."""
        if isinstance(labels, dict) and not self._known.names_market(labels):
            labels = labels | {self._label: self._word}
        return self._known(labels, "")


def clean(given: Mapping[str, Any], limits: IngestSettings) -> dict[str, str]:
    """Return the labels that have a value, or raise BadItem."""
    labels = {name: value for name, value in given.items() if value not in ("", None)}
    if not labels:
        raise BadItem("at least one label pair required")
    if len(labels) > limits.most_labels:
        raise BadItem(f"{len(labels)} labels are more than {limits.most_labels} (most_labels)")
    for name, value in labels.items():
        _check(name, value, limits.most_label_bytes)
    return labels


def _check(name: str, value: object, longest: int) -> None:
    if not name:
        raise BadItem('invalid label set: invalid name ""')
    if not isinstance(value, str):
        raise BadItem(f"label {name[:64]} must be a text, found {kind_of(value)}")
    if len(name) + len(value) > longest // 4 and len(f"{name}{value}".encode()) > longest:
        raise BadItem(f"label {name[:64]} is longer than {longest} bytes (most_label_bytes)")


def first_of(labels: Mapping[str, str], *names: str) -> str:
    """Return the value of the first of ``names`` that is there."""
    return next((labels[name] for name in names if labels.get(name)), "")


def market_in(query: Mapping[str, Sequence[str]], names: Sequence[str]) -> str:
    """Return the market that the address of a source names, as in ``?country=KE``."""
    return next((query[name][0].strip() for name in names if query.get(name)), "")
