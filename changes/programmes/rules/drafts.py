"""What people write down of a plan, checked: every fault at once, named by its field. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from ssoc.core.calendar import zone_of
from ssoc.core.errors import BadInput
from ssoc.core.signs import is_blank

TYPES = ("shop", "agent hub", "till", "branch", "cohort")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,31}", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
MOST_ROWS = 500
MOST_STAFF = 10_000
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class ProgrammeDraft:
    """A programme as somebody plans it; see ``Programme`` for the words."""

    name: str
    markets: Sequence[str]
    purpose: str = ""
    sponsor: str = ""
    authority: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    steering: Mapping[str, Sequence[str]] = field(default_factory=dict)
    terms: Mapping[str, Any] = field(default_factory=dict)
    brake: Mapping[str, Any] = field(default_factory=dict)
    baseline: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class WaveDraft:
    """A wave as somebody plans it."""

    name: str
    market: str
    release_id: int
    region: str = ""
    per_week: int = 0
    criteria_in: Sequence[str] = ()
    criteria_out: Sequence[str] = ()
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class SiteDraft:
    """A site sheet; what is not known yet stays empty, and the survey asks for it."""

    code: str
    name: str
    market: str
    type: str = "shop"
    region: str = ""
    zone: str = ""
    opening_hours: Mapping[str, Sequence[str]] = field(default_factory=dict)
    busiest_days: Sequence[str] = ()
    connectivity: str = ""
    latitude: float | None = None
    longitude: float | None = None
    minimum_staff: int = 1
    contacts: Rows = ()
    hardware: Rows = ()
    banks: Sequence[str] = ()


@dataclass(frozen=True)
class StaffDraft:
    """Somebody who works at a site."""

    code: str
    name: str
    role: str = "seller"
    joined_on: date | None = None
    left_on: date | None = None


Fault = tuple[str, str]  # the field, and what is wrong with the cure


def refuse(faults: Sequence[Fault]) -> None:
    """Raise BadInput that names every fault, if there is one."""
    if faults:
        raise BadInput("; ".join(f"{name}: {words}" for name, words in faults))


def site_faults(draft: SiteDraft, markets: Sequence[str]) -> list[Fault]:
    """Return every fault of a site sheet."""
    return [
        *code_faults("code", draft.code),
        *_texts(draft, {"name": 255, "region": 64, "connectivity": 255}, needed=("name",)),
        *_market(draft.market, markets),
        *_places(draft),
        *_zone(draft.zone),
        *_hours(draft.opening_hours),
        *_days(draft.busiest_days),
        *_lists(draft),
    ]


def staff_faults(draft: StaffDraft) -> list[Fault]:
    """Return every fault of somebody's row."""
    return [
        *code_faults("code", draft.code),
        *_texts(draft, {"name": 128, "role": 32}, needed=("name", "role")),
        *_order("joined_on", draft.joined_on, "left_on", draft.left_on),
    ]


def staff_seen(name: str, role: str, joined_on: date | None, left_on: date | None) -> str:
    """Return how somebody stands, to tell whether it was changed since a form was made of it."""
    return "|".join(str(each) for each in (name, role, joined_on, left_on))


def wave_faults(draft: WaveDraft, markets: Sequence[str]) -> list[Fault]:
    """Return every fault of a wave; its market is one of the programme's."""
    return [
        *_texts(draft, {"name": 128, "region": 64}, needed=("name",)),
        *_market(draft.market, markets),
        *_between("per_week", draft.per_week, 0, 100_000),
        *_order("starts_on", draft.starts_on, "ends_on", draft.ends_on),
        *_words("criteria_in", draft.criteria_in),
        *_words("criteria_out", draft.criteria_out),
    ]


def programme_faults(draft: ProgrammeDraft, markets: Sequence[str]) -> list[Fault]:
    """Return every fault of a programme but those of its terms, which the policy knows."""
    found = [
        *_texts(draft, {"name": 255, "sponsor": 128, "authority": 128}, needed=("name",)),
        *_texts(draft, {"purpose": 20_000}),
        *_order("starts_on", draft.starts_on, "ends_on", draft.ends_on),
    ]
    if not draft.markets:
        found.append(("markets", "no market is named; choose at least one"))
    for each in draft.markets:
        found += [("markets", words) for _, words in _market(each, markets)]
    for role, names in draft.steering.items():
        found += _words(f"steering.{role}", names)
    return [*found, *baseline_faults(draft.baseline)]


def baseline_faults(baseline: Mapping[str, int], most: int = MOST_ROWS) -> list[Fault]:
    """Return every fault of a plan as agreed: sites by day, never fewer than before."""
    found = [fault for day, sites in baseline.items() for fault in _baseline(day, sites)]
    if len(baseline) > most:
        found.append(("baseline", f"{len(baseline)} days are more than {most}"))
    if not found:
        days = sorted(baseline)
        found += [
            (
                "baseline",
                f"{day}: {baseline[day]} sites are fewer than the {baseline[was]} by {was}",
            )
            for was, day in pairwise(days)
            if baseline[day] < baseline[was]
        ]
    return found


def code_faults(name: str, code: str) -> Iterator[Fault]:
    """Yield what is wrong with a code."""
    if not CODE.fullmatch(code):
        yield (
            name,
            f"{code[:40]!r} is no code; give 1 to 32 letters, digits or . _ / - that begin with a "
            "letter or digit",
        )


def _texts(draft: object, limits: Mapping[str, int], needed: Sequence[str] = ()) -> Iterator[Fault]:
    for name, most in limits.items():
        text = getattr(draft, name)
        if name in needed and is_blank(text):
            yield name, "it is empty; fill it in"
        if len(text) > most:
            yield name, f"{len(text)} characters are more than {most}; shorten it"


def _market(market: str, markets: Sequence[str]) -> Iterator[Fault]:
    if market not in markets:
        known = ", ".join(markets) or "none; load the estate first"
        yield "market", f"no market {market[:16]!r} here; there are {known}"


def _places(draft: SiteDraft) -> Iterator[Fault]:
    if draft.type not in TYPES:
        yield "type", f"{draft.type[:24]!r} is no type; give one of {', '.join(TYPES)}"
    for name, value, most in (
        ("latitude", draft.latitude, 90),
        ("longitude", draft.longitude, 180),
    ):
        if value is not None and not -most <= value <= most:
            yield name, f"{value} is not between -{most} and {most}"
    if (draft.latitude is None) != (draft.longitude is None):
        yield "latitude", "latitude and longitude go together; give both or neither"
    yield from _between("minimum_staff", draft.minimum_staff, 0, MOST_STAFF)


def _zone(zone: str) -> Iterator[Fault]:
    if zone:
        try:
            zone_of(zone)
        except BadInput as error:
            yield "zone", str(error)


def _hours(hours: Mapping[str, Sequence[str]]) -> Iterator[Fault]:
    for day, span in hours.items():
        if day not in DAYS:
            yield "opening_hours", f"{day[:16]!r} is no day; give one of {', '.join(DAYS)}"
        elif len(span) != 2 or not all(_TIME.fullmatch(str(each)) for each in span):
            yield "opening_hours", f"{day}: give two times such as 08:00 and 18:00"
        elif span[0] >= span[1]:
            yield "opening_hours", f"{day}: it closes at {span[1]}, before it opens at {span[0]}"


def _days(days: Sequence[str]) -> Iterator[Fault]:
    for each in days:
        if each not in DAYS:
            yield "busiest_days", f"{each[:16]!r} is no day; give some of {', '.join(DAYS)}"


def _lists(draft: SiteDraft) -> Iterator[Fault]:
    yield from _words("banks", draft.banks)
    for name, rows, key in (
        ("hardware", draft.hardware, "item"),
        ("contacts", draft.contacts, "name"),
    ):
        if len(rows) > MOST_ROWS:
            yield name, f"{len(rows)} rows are more than {MOST_ROWS}"
        for at, each in enumerate(rows, 1):
            if not str(each.get(key, "")).strip():
                yield name, f"row {at} has no {key}"


def _words(name: str, words: Sequence[str]) -> Iterator[Fault]:
    if len(words) > MOST_ROWS:
        yield name, f"{len(words)} entries are more than {MOST_ROWS}"
    for each in words:
        if not each.strip() or len(each) > 255:
            yield name, f"{each[:40]!r} is empty or longer than 255 characters"


def _between(name: str, value: int, least: int, most: int) -> Iterator[Fault]:
    if not least <= value <= most:
        yield name, f"{value} is not between {least} and {most}"


def _order(first: str, since: date | None, last: str, until: date | None) -> Iterator[Fault]:
    for name, day in ((first, since), (last, until)):
        if day is not None and not FIRST <= day <= LAST:
            yield name, f"the year {day.year} is not to be believed"
    if since is not None and until is not None and until < since:
        yield last, f"{until} is before {since}; correct one of them"


def _baseline(day: str, sites: object) -> Iterator[Fault]:
    try:
        date.fromisoformat(day)
    except ValueError:
        yield "baseline", f"{day[:16]!r} is no day such as 2026-03-08"
    if not isinstance(sites, int) or isinstance(sites, bool) or sites < 0:
        yield "baseline", f"{day}: {str(sites)[:16]!r} is no number of sites"
