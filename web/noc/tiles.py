"""A tile for each market: how well it serves, against what is usual, and how fresh that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from incidents.queries import Line
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Market
from ssoc.monitoring import sample_queries, trend_queries
from ssoc.monitoring.rules.baseline import SUCCESS_POINTS
from ssoc.monitoring.sample_queries import Freshness
from ssoc.monitoring.trend_queries import Sparkline, StepMemory
from web import words
from web.noc.spark import Spark, Usual, spark

SUCCESS_SCALE = (50.0, 100.0)  # percent: a loss of five in a hundred must be seen
ROOM_FOR_NAMES = 18  # letters in a tile one eighth of a screen wide
_TONED = {"P1", "P2", "P3"}


@dataclass(frozen=True)
class LocalTime:
    """What the clocks of a place show."""

    place: str
    zone: str
    time: str


@dataclass(frozen=True)
class Tile:
    """What the part ``tile`` needs, as text; ``is_gone`` when we do not see the market."""

    code: str
    name: str
    lang: str
    priority: str
    spoken: str
    clock: LocalTime
    other_times: tuple[LocalTime, ...]
    rate: str
    word: str
    is_low: bool
    usual: str
    difference: str
    tps: str
    success_spark: Spark | None
    spark: Spark | None
    fresh: str
    is_gone: bool
    is_old: bool
    changing: str = ""  # how much is being changed there now

    @property
    def tone(self) -> str:
        """Return the tone of the border; low priorities have none."""
        return self.priority.lower() if self.priority in _TONED else ""


@dataclass(frozen=True)
class _Seen:
    """What is known of one market."""

    market: Market
    worst: Line | None
    hides: Line | None  # the incident that keeps us from seeing it
    freshness: Freshness | None
    success: Sparkline | None
    tps: Sparkline | None
    now: datetime
    changing: int = 0

    @property
    def is_gone(self) -> bool:
        return self.freshness is not None and self.freshness.state in {"not seen", "stale"}


def tiles(
    work: Work,
    worst: Mapping[str, Line],
    unseen: Mapping[str, Line] = MappingProxyType({}),
    memory: StepMemory | None = None,
    changing: Mapping[str, int] = MappingProxyType({}),
) -> tuple[Tile, ...]:
    """Return a tile for each market the actor may see, in the order of the estate.

    Args:
        work: whose actor looks.
        worst: by market, the worst incident that hurts it.
        unseen: by market, the worst incident that keeps us from seeing it.
        memory: what this process read of the trends before.
        changing: by market, how many things are being changed there now.

    """
    estate = estate_queries.current(work)
    freshness = sample_queries.freshness(work)
    trends = trend_queries.trends(work, memory=memory)
    success, tps = trends["success_percent"], trends["tps"]
    return tuple(
        tile_of(
            _Seen(
                estate.markets[code],
                worst.get(code),
                unseen.get(code),
                freshness[code],
                success.get(code),
                tps.get(code),
                work.now,
                changing.get(code, 0),
            )
        )
        for code in estate.markets
        if code in freshness
    )


def tile_of(seen: _Seen) -> Tile:
    """Return the tile of one market."""
    clocks = _clocks(seen.market, seen.now)
    rate, difference = _rate(seen)
    return Tile(
        code=seen.market.code,
        name=_name(seen.market),
        lang=_lang(seen.market),
        priority=seen.worst.priority if seen.worst else "",
        spoken=_spoken(seen),
        clock=clocks[0],
        other_times=clocks[1:],
        rate=rate,
        word=_word(seen),
        is_low=bool(difference),
        usual=_usual(seen),
        difference=difference,
        tps=_tps(seen),
        success_spark=_success_spark(seen.success, seen.now),
        spark=_spark(seen.tps, seen.now),
        fresh=_fresh(seen),
        is_gone=seen.is_gone,
        is_old=seen.freshness is not None and seen.freshness.state == "partly",
        changing=_changing(seen),
    )


def _clocks(market: Market, now: datetime) -> tuple[LocalTime, ...]:
    zones = market.zones or ("UTC",)
    return tuple(
        LocalTime(words.place(zone), zone, words.time(words.local(now, zone))) for zone in zones
    )


def _name(market: Market) -> str:
    native = market.native_name
    if not native or native == market.name or len(market.zones) > 1:
        return market.name  # the second clock takes the room
    if len(native) + len(market.name) > ROOM_FOR_NAMES:
        return market.name
    return f"{market.name} · {native}"


def _lang(market: Market) -> str:
    """Return the language of the name shown, empty when it is the page's own."""
    return market.languages[0] if _name(market) != market.name and market.languages else ""


def _spoken(seen: _Seen) -> str:
    if seen.hides is not None and seen.is_gone and seen.worst is None:
        return f"not seen, {seen.hides.mark}"
    if seen.worst is not None:
        return f"{seen.worst.priority} {words.priority(seen.worst.priority)}"
    return "not seen" if seen.is_gone else "nothing open"


def _rate(seen: _Seen) -> tuple[str, str]:
    """Return the success rate and, when it is low, how far below usual it is."""
    line = seen.success
    if seen.is_gone or line is None or line.latest is None:
        return "", ""
    value = line.latest.value
    below = value - line.usual.mean if line.usual else 0.0
    return words.percent_number(value), words.difference(below) if below <= -SUCCESS_POINTS else ""


def _word(seen: _Seen) -> str:
    if seen.is_gone:
        return "Not seen"
    if seen.freshness is not None and seen.freshness.state == "unwatched":
        return "No checks"
    return "No data" if seen.success is not None else "Not measured"


def _usual(seen: _Seen) -> str:
    if seen.is_gone:
        return _why_gone(seen)
    if seen.success is None:
        return "no success figure set up"
    known = seen.success.usual
    return f"usual {words.percent(known.mean)}" if known else "usual not known yet"


def _why_gone(seen: _Seen) -> str:
    if seen.hides is not None:
        return "link suspected"
    if seen.freshness is not None and seen.freshness.state == "stale":
        return "nothing polls it"
    reasons = seen.freshness.reasons if seen.freshness else {}
    return max(reasons, key=lambda each: reasons[each]) if reasons else "no answer"


def _tps(seen: _Seen) -> str:
    line = seen.tps
    if line is None or (line.latest is None and line.usual is None):
        return ""
    is_known = line.latest is not None and not seen.is_gone
    now = words.exact(round(line.latest.value)) if line.latest and is_known else words.NONE
    return f"{now} of {words.exact(round(line.usual.mean))}" if line.usual else now


def _success_spark(line: Sparkline | None, now: datetime) -> Spark | None:
    """Return the trend of success; its band is where the figure above it has no tone."""
    if line is None:
        return None
    band = [Usual(at, *each.success_band) for at, each in line.usuals]
    return _drawn(line, band, now, SUCCESS_SCALE)


def _spark(line: Sparkline | None, now: datetime) -> Spark | None:
    if line is None:
        return None
    return _drawn(line, [Usual(at, low, high) for at, low, high in line.band], now)


def _drawn(
    line: Sparkline, band: list[Usual], now: datetime, scale: tuple[float, float] | None = None
) -> Spark | None:
    points = list(line.points)
    if line.latest and points and line.latest.at > points[-1][0]:
        points.append((line.latest.at, line.latest.value))  # a failure shows before its mean does
    since = now - trend_queries.SPARK_FOR
    return spark(points, band, since, now, line.step * 3, scale)


def _changing(seen: _Seen) -> str:
    """Return how much is being changed there; what is not seen has no room to say so."""
    return f"{seen.changing} changing" if seen.changing and not seen.is_gone else ""


def _fresh(seen: _Seen) -> str:
    answered = seen.freshness.answered_at if seen.freshness else None
    if answered is None:
        return "never seen" if seen.is_gone else "no data yet"
    if seen.is_gone:
        return f"last data {words.when(answered, seen.now)} UTC"
    old = f"{words.age(seen.now - answered)} old"
    return old if _changing(seen) else f"data {old}"
