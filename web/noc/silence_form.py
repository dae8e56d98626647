"""The form of a silence: matchers in rows, an end, a comment; read, prefilled and previewed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter

from werkzeug.datastructures import MultiDict

from incidents.queries import members
from ssoc.core.errors import BadInput
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring import queries
from ssoc.monitoring.actions import SilenceDraft
from ssoc.monitoring.queries import AlertFilter, AlertRow
from ssoc.monitoring.rules.matching import Matcher, checked, matches_all
from web import words
from web.noc import times
from web.noc.silence_proposal import MatcherRow, proposed

OPERATORS = ("=", "!=", "=~", "!~")
LASTS = (
    ("30", "30 min"),
    ("60", "1 h"),
    ("120", "2 h"),
    ("240", "4 h"),
    ("480", "8 h"),
    ("1440", "24 h"),
)
SPARE_ROWS, SHOWN = 2, 10
MOST_ALERTS = 5_000  # of the chosen incidents, for the proposal
UNBOUND = (
    "No matchers are proposed: no label that names a market, or a component of the estate, "
    "stands on all of its open alerts, and names of alerts alone would hold every country. "
    "Write them yourself."
)
PREVIEW_SECONDS = 0.3  # a preview answers within this, and says when it has not seen all


@dataclass(frozen=True)
class SilenceForm:
    """The form as it stands; ``replaces`` is the id of the silence it changes."""

    rows: Sequence[MatcherRow] = ()
    minutes: str = "120"
    until: str = ""
    comment: str = ""
    replaces: str = ""
    note: str = ""  # why nothing is proposed
    zone: str = times.UTC_ZONE  # whose clocks ``until`` is on
    back: str = ""  # where somebody came from

    @property
    def padded(self) -> list[MatcherRow]:
        """Return the rows with some empty ones to fill in."""
        return [*self.rows, *[MatcherRow()] * SPARE_ROWS]


@dataclass(frozen=True)
class Preview:
    """What it would hold now; ``is_capped`` when time was up before every open alert was seen."""

    matched: int = 0
    of: int = 0
    is_capped: bool = False
    shown: Sequence[AlertRow] = field(default_factory=tuple)


def read(values: MultiDict[str, str]) -> SilenceForm:
    """Return the form as somebody filled it in; rows without a name are left out."""
    triples = zip(
        values.getlist("name"), values.getlist("op"), values.getlist("value"), strict=False
    )
    rows = [
        MatcherRow(name.strip(), op if op in OPERATORS else "=", value)
        for name, op, value in triples
        if name.strip()
    ]
    return SilenceForm(
        rows[:50],
        values.get("minutes", "120"),
        values.get("until", "").strip(),
        values.get("comment", "").strip(),
        values.get("replaces", ""),
        zone=values.get("zone", "")[:64] or times.UTC_ZONE,
        back=values.get("back", "")[:500],
    )


def matchers_of(form: SilenceForm) -> tuple[Matcher, ...]:
    """Return the matchers, or raise BadInput with the cure."""
    return checked(
        Matcher(row.name, row.value, "~" in row.operator, not row.operator.startswith("!"))
        for row in form.rows
    )


def draft_of(form: SilenceForm, estate: Estate, now: datetime) -> SilenceDraft:
    """Return what the form asks for, or raise BadInput."""
    if not form.comment:
        raise BadInput("the comment is empty; say why, so that the next shift knows")
    if form.until:
        ends_at = times.read(form.until, "the end", times.zone_of(estate, form.zone))
    else:
        ends_at = now + _lasts(form.minutes)
    return SilenceDraft(matchers_of(form), now, ends_at, form.comment, id=form.replaces)


def _lasts(minutes: str) -> timedelta:
    if minutes not in dict(LASTS):
        raise BadInput("the duration is none of those offered; choose one, or give an end")
    return timedelta(minutes=int(minutes))


def rows_of(matchers: Iterable[Matcher]) -> list[MatcherRow]:
    """Return matchers as rows of the form."""
    return [MatcherRow(each.name, each.operator, each.value) for each in matchers]


def from_labels(labels: Mapping[str, str]) -> list[MatcherRow]:
    """Return rows that mean exactly these labels."""
    return [MatcherRow(name, "=", value) for name, value in sorted(labels.items())]


def from_alert(work: Work, key: str) -> SilenceForm:
    """Return the form for one alert: all its labels."""
    row = queries.alert(work, key).alert
    return SilenceForm(from_labels(row.labels))


def from_incidents(work: Work, ids: Sequence[int]) -> SilenceForm:
    """Return the form for the open alerts of incidents, bound to their markets or components."""
    keys = [key for number in ids for key in members.alert_keys(work, number, MOST_ALERTS)[0]]
    if not keys:
        return SilenceForm(note="No open alert counts to it, so no labels are proposed.")
    page = queries.alerts(work, AlertFilter(keys=keys[:MOST_ALERTS]), limit=MOST_ALERTS)
    ingest = work.settings.ingest
    rows = proposed(
        [row.labels for row in page.alerts],
        ingest.market_labels,
        ingest.component_labels,
        estate_queries.current(work).components,
    )
    return SilenceForm(rows, note="" if rows else UNBOUND)


def preview(work: Work, matchers: Sequence[Matcher]) -> Preview:
    """Return which open alerts these would hold back now, as many as there is time to see."""
    until = perf_counter() + PREVIEW_SECONDS
    shown: list[AlertRow] = []
    matched, seen = 0, 0
    for row in queries.each_open(work):
        if seen and seen % 100 == 0 and perf_counter() > until:
            return Preview(matched, seen, True, shown)
        seen += 1
        if matches_all(matchers, row.labels):
            matched += 1
            shown += [row] if matched <= SHOWN else []
    return Preview(matched, seen, False, shown)


def preview_words(seen: Preview) -> str:
    """Return the preview in a sentence; what was not looked at is never counted as 0."""
    if not seen.is_capped:
        of = words.exact(seen.of)
        return f"{words.exact(seen.matched)} of {of} open alerts would be held back now."
    rest = f"only the first {words.exact(seen.of)}, worst first, were looked at"
    if not seen.matched:
        return f"Not known how many open alerts would be held back now: none so far, but {rest}."
    return f"At least {words.exact(seen.matched)} open alerts would be held back now; {rest}."
