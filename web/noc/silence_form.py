"""The form of a silence: matchers in rows, an end, a comment; read, prefilled and previewed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from werkzeug.datastructures import MultiDict

from incidents.queries import members
from ssoc.core.errors import BadInput
from ssoc.core.work import Work
from ssoc.monitoring import queries
from ssoc.monitoring.actions import SilenceDraft
from ssoc.monitoring.queries import AlertFilter, AlertRow
from ssoc.monitoring.rules.matching import Matcher, checked, matches_all
from web import words

OPERATORS = ("=", "!=", "=~", "!~")
LASTS = (
    ("30", "30 min"),
    ("60", "1 h"),
    ("120", "2 h"),
    ("240", "4 h"),
    ("480", "8 h"),
    ("1440", "24 h"),
)
SPARE_ROWS, LOOKED_AT, SHOWN = 2, 5_000, 10


@dataclass(frozen=True)
class MatcherRow:
    """One row of the form, as typed."""

    name: str = ""
    operator: str = "="
    value: str = ""


@dataclass(frozen=True)
class SilenceForm:
    """The form as it stands; ``replaces`` is the id of the silence it changes."""

    rows: Sequence[MatcherRow] = ()
    minutes: str = "120"
    until: str = ""
    comment: str = ""
    replaces: str = ""

    @property
    def padded(self) -> list[MatcherRow]:
        """Return the rows with some empty ones to fill in."""
        return [*self.rows, *[MatcherRow()] * SPARE_ROWS]


@dataclass(frozen=True)
class Preview:
    """What it would hold now, of the alerts that are open."""

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
    )


def matchers_of(form: SilenceForm) -> tuple[Matcher, ...]:
    """Return the matchers, or raise BadInput with the cure."""
    return checked(
        Matcher(row.name, row.value, "~" in row.operator, not row.operator.startswith("!"))
        for row in form.rows
    )


def draft_of(form: SilenceForm, now: datetime) -> SilenceDraft:
    """Return what the form asks for, or raise BadInput."""
    if not form.comment:
        raise BadInput("the comment is empty; say why, so that the next shift knows")
    ends_at = instant(form.until, "the end") if form.until else now + _lasts(form.minutes)
    return SilenceDraft(matchers_of(form), now, ends_at, form.comment, id=form.replaces)


def _lasts(minutes: str) -> timedelta:
    if minutes not in dict(LASTS):
        raise BadInput("the duration is none of those offered; choose one, or give an end")
    return timedelta(minutes=int(minutes))


def instant(text: str, what: str) -> datetime:
    """Read ``2026-03-02 08:00`` as UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"{what} {text!r} is no date and time; write it like 2026-03-02 08:00, in UTC"
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


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
    """Return the form for the open alerts of incidents: what all of them share."""
    keys = [key for number in ids for key in members.alert_keys(work, number, 500)[0]]
    if not keys:
        return SilenceForm()
    rows = queries.alerts(work, AlertFilter(keys=keys), limit=500).alerts
    shared = dict(rows[0].labels) if rows else {}
    for row in rows:
        shared = {name: value for name, value in shared.items() if row.labels.get(name) == value}
    if shared:
        return SilenceForm(from_labels(shared))
    names = sorted({row.name for row in rows if row.name})
    return SilenceForm([MatcherRow("alertname", "=~", "|".join(names))] if names else ())


def preview(work: Work, form: SilenceForm) -> Preview:
    """Return which open alerts the form would hold back now."""
    matchers = matchers_of(form)
    page = queries.alerts(work, AlertFilter(), limit=LOOKED_AT)
    found = [row for row in page.alerts if matches_all(matchers, row.labels)]
    return Preview(len(found), len(page.alerts), page.next is not None, found[:SHOWN])


def preview_words(seen: Preview) -> str:
    """Return the preview in a sentence."""
    most = f"the worst {words.exact(seen.of)}" if seen.is_capped else words.exact(seen.of)
    return f"{words.exact(seen.matched)} of {most} open alerts would be held back now."
