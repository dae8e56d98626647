"""Days and crews for the sites that are left: what is possible first, little driving second. Pure.

Never broken: a crew is at one site a day and only where it may work; no site on a frozen day or a
day nobody works; no more sites of a wave in a week than it takes; no more in a week than trainers
prepare; no more by a day than stock has come by it; waves in their order. Within that the nearest
site is taken next (greedy), then pairs of days of one crew are exchanged while the way gets
shorter. It proposes; a person applies it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import asin, cos, radians, sin, sqrt

UNKNOWN_KM = 50.0  # between places of which one is not known
HORIZON = 366
_ROUNDS = 20
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stop:
    """A site to be cut over; waves with a lower position go first."""

    id: int
    market: str
    wave: int
    latitude: float | None = None
    longitude: float | None = None
    not_before: date | None = None
    region: str = ""


@dataclass(frozen=True)
class Crew:
    """A crew and the markets it works in.

    ``regions`` are pairs of a market and a region: in a market of which one is named it works in
    the named ones alone, and is not sent across the country.
    """

    name: str
    markets: frozenset[str]
    regions: frozenset[tuple[str, str]] = frozenset()

    def works_at(self, stop: Stop) -> bool:
        """Tell whether a site is in its markets and regions."""
        named = {region for market, region in self.regions if market == stop.market}
        return stop.market in self.markets and (not named or stop.region in named)


@dataclass(frozen=True)
class Ground:
    """What limits a plan; an empty ``stock`` is no limit, so are capacities of 0.

    ``stock`` are pairs of a day and how many sets of hardware have come by it, in all.
    ``taken`` are days of crews that are booked; ``weekly`` what each wave has in a week already.
    """

    crews: Sequence[Crew]
    per_week: Mapping[int, int] = field(default_factory=dict)
    trained_per_week: int = 0
    stock: Sequence[tuple[date, int]] = ()
    frozen: frozenset[tuple[str, date]] = frozenset()
    taken: frozenset[tuple[str, date]] = frozenset()
    weekly: Mapping[tuple[int, date], int] = field(default_factory=dict)
    workdays: frozenset[int] = frozenset({0, 1, 2, 3})

    def stock_by(self, day: date) -> int | None:
        """Return how many sets have come by ``day``, None without a limit."""
        if not self.stock:
            return None
        return max((count for on, count in self.stock if on <= day), default=0)


@dataclass(frozen=True)
class Slot:
    """One site on one day with one crew."""

    stop: int
    day: date
    crew: str


@dataclass(frozen=True)
class Plan:
    """What was found; ``left`` are sites without a day, and why; ``km`` what crews drive."""

    slots: Sequence[Slot]
    left: Mapping[int, str] = field(default_factory=dict)
    km: float = 0.0


def km_between(one: Stop, other: Stop) -> float:
    """Return the great-circle distance in km (haversine; earth radius 6371 km)."""
    if None in (one.latitude, one.longitude, other.latitude, other.longitude):
        return UNKNOWN_KM
    a, b = radians(one.latitude or 0), radians(other.latitude or 0)
    across = radians((other.longitude or 0) - (one.longitude or 0))
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(across / 2) ** 2
    return 2 * 6371 * asin(min(1.0, sqrt(half)))


def solve(stops: Sequence[Stop], ground: Ground, since: date, horizon: int = HORIZON) -> Plan:
    """Return days and crews for ``stops`` from ``since`` on."""
    by_id = {each.id: each for each in stops}
    routes = _greedy(stops, ground, since, horizon)
    for route in routes.values():
        _improve(route, by_id)
    slots = sorted(
        (each for route in routes.values() for each in route), key=lambda one: (one.day, one.crew)
    )
    placed = {each.stop for each in slots}
    left = {each.id: _why(each, ground, horizon) for each in stops if each.id not in placed}
    return Plan(tuple(slots), left, round(sum(_km(each, by_id) for each in routes.values()), 1))


@dataclass
class _Counts:
    """How much of the weeks and the stock a plan in the making has used."""

    wave_week: dict[tuple[int, date], int]
    week: dict[date, int]
    total: int = 0

    def allows(self, stop: Stop, day: date, ground: Ground) -> bool:
        """Tell whether one more site fits."""
        week = _monday(day)
        most = ground.per_week.get(stop.wave, 0)
        if most and self.wave_week.get((stop.wave, week), 0) >= most:
            return False
        if ground.trained_per_week and self.week.get(week, 0) >= ground.trained_per_week:
            return False
        stock = ground.stock_by(day)
        return stock is None or self.total < stock

    def take(self, stop: Stop, day: date) -> None:
        """Count one site."""
        week = _monday(day)
        self.wave_week[stop.wave, week] = self.wave_week.get((stop.wave, week), 0) + 1
        self.week[week] = self.week.get(week, 0) + 1
        self.total += 1


def _greedy(
    stops: Sequence[Stop], ground: Ground, since: date, horizon: int
) -> dict[str, list[Slot]]:
    week: dict[date, int] = {}
    for (_, on), number in ground.weekly.items():
        week[on] = week.get(on, 0) + number
    counts = _Counts(dict(ground.weekly), week)
    open_stops = {each.id: each for each in sorted(stops, key=lambda one: (one.wave, one.id))}
    routes: dict[str, list[Slot]] = {each.name: [] for each in ground.crews}
    last: dict[str, Stop] = {}
    for day in (since + at * _DAY for at in range(horizon)):
        if not open_stops:
            break
        if day.weekday() not in ground.workdays:
            continue
        for crew in ground.crews:
            if (crew.name, day) in ground.taken:
                continue
            chosen = _nearest(open_stops.values(), crew, day, ground, counts, last.get(crew.name))
            if chosen is not None:
                counts.take(chosen, day)
                last[crew.name] = open_stops.pop(chosen.id)
                routes[crew.name].append(Slot(chosen.id, day, crew.name))
    return routes


def _nearest(
    stops: Iterable[Stop],
    crew: Crew,
    day: date,
    ground: Ground,
    counts: _Counts,
    here: Stop | None,
) -> Stop | None:
    best: tuple[tuple[int, float, int], Stop] | None = None
    for each in stops:
        if best is not None and each.wave > best[0][0]:
            break  # they are in the order of their waves
        if not _may(each, crew, day, ground) or not counts.allows(each, day, ground):
            continue
        rank = (each.wave, km_between(here, each) if here else 0.0, each.id)
        if best is None or rank < best[0]:
            best = (rank, each)
    return best[1] if best else None


def _may(stop: Stop, crew: Crew, day: date, ground: Ground) -> bool:
    if not crew.works_at(stop) or (stop.market, day) in ground.frozen:
        return False
    return stop.not_before is None or day >= stop.not_before


def _improve(route: list[Slot], by_id: Mapping[int, Stop]) -> None:
    """Exchange days of sites of one wave and market while that shortens the way of the crew."""
    for _ in range(_ROUNDS):
        is_better = False
        for a in range(len(route)):
            for b in range(a + 1, len(route)):
                if _alike(by_id[route[a].stop], by_id[route[b].stop]) and _shortens(
                    route, a, b, by_id
                ):
                    one, other = route[a].stop, route[b].stop
                    route[a], route[b] = (
                        replace(route[a], stop=other),
                        replace(route[b], stop=one),
                    )
                    is_better = True
        if not is_better:
            return


def _alike(one: Stop, other: Stop) -> bool:
    same = one.market == other.market and one.wave == other.wave
    return same and one.not_before is None and other.not_before is None


def _shortens(route: Sequence[Slot], a: int, b: int, by_id: Mapping[int, Stop]) -> bool:
    def at(place: int, swap: bool) -> Stop:
        if swap and place in (a, b):
            place = a + b - place
        return by_id[route[place].stop]

    legs = {at_ for end in (a, b) for at_ in (end - 1, end) if 0 <= at_ < len(route) - 1}
    before = sum(km_between(at(leg, False), at(leg + 1, False)) for leg in legs)
    after = sum(km_between(at(leg, True), at(leg + 1, True)) for leg in legs)
    return after < before - 1e-6


def _km(route: Sequence[Slot], by_id: Mapping[int, Stop]) -> float:
    pairs = zip(route, route[1:], strict=False)
    return sum(km_between(by_id[a.stop], by_id[b.stop]) for a, b in pairs)


def _why(stop: Stop, ground: Ground, horizon: int) -> str:
    if not any(stop.market in each.markets for each in ground.crews):
        return f"no crew works in {stop.market}"
    if not any(each.works_at(stop) for each in ground.crews):
        return f"no crew works in {stop.region or 'no region'} of {stop.market}"
    if ground.stock and max(count for _, count in ground.stock) == 0:
        return "no stock comes"
    return f"no day is free within {horizon} days; more crews, stock or capacity a week would help"


def _monday(day: date) -> date:
    return day - day.weekday() * _DAY


def faults(plan: Plan, stops: Sequence[Stop], ground: Ground) -> list[str]:
    """Return what a plan breaks; it is asked again before a plan is applied."""
    by_id = {each.id: each for each in stops}
    crews = {each.name: each for each in ground.crews}
    counts = _Counts(dict(ground.weekly), {})
    for (_, on), number in ground.weekly.items():
        counts.week[on] = counts.week.get(on, 0) + number
    found, busy = [], set(ground.taken)
    for slot in sorted(plan.slots, key=lambda one: one.day):
        stop = by_id[slot.stop]
        tests: tuple[tuple[Callable[[], bool], str], ...] = (
            (lambda: (slot.crew, slot.day) in busy, "is busy"),  # noqa: B023 (called at once)
            (lambda: not _may(stop, crews[slot.crew], slot.day, ground), "may not be there"),  # noqa: B023
            (lambda: not counts.allows(stop, slot.day, ground), "is one too many"),  # noqa: B023
        )
        found += [f"{slot.crew} on {slot.day} {words}" for test, words in tests if test()]
        busy.add((slot.crew, slot.day))
        counts.take(stop, slot.day)
    return found
