"""C7 freezes and change hours, C8 peaks, pay days and the turn of a month. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from changes.rules.collisions.ground import Ground
from changes.rules.collisions.items import Finding, Item, overlap, when
from ssoc.core.calendar import Span, local_date, local_day, zone_of
from ssoc.estate.local_hours import change_spans, pay_day_spans, peak_spans
from ssoc.estate.values import Market

HOURS = "hours:"  # how the subject of a finding about a market's change hours begins
_DAY = timedelta(days=1)
_DAYS = ("pay", "month")  # busy times that freezes are computed from


def frozen(ground: Ground, item: Item, freeze: Item) -> Iterator[Finding]:
    """Yield C7: execution in a freeze; preparation or soak alone in a hard one is only told."""
    if not ground.is_on("C7") or not holds(freeze, item):
        return
    executed, touched = overlap(item.needed, freeze.span), overlap(item.span, freeze.span)
    if touched is None or (executed is None and not freeze.is_hard):
        return
    codes = item.held & freeze.markets if freeze.markets else item.held
    kind = "hard" if freeze.is_hard else "soft"
    where = ground.markets(codes) or "everywhere"
    if executed:
        said = f"meet: execution lies in the {kind} freeze of {where}"
    else:
        said = (
            f"meet: preparation or soak lies in the hard freeze of {where}; "
            "execution does not, and is what a freeze refuses"
        )
    is_milder = not (executed and freeze.is_hard)
    yield ground.pair(
        "C7",
        item,
        freeze,
        freeze.key,
        said,
        ground.level("C7", is_milder),
        markets=codes,
        shared=executed or touched,
    )


def holds(freeze: Item, item: Item) -> bool:
    """Tell whether a freeze is about what an item touches; empty means everything."""
    if freeze.markets and not freeze.markets & item.held:
        return False
    return not freeze.components or bool(freeze.components.keys() & item.components.keys())


def outside_hours(ground: Ground, item: Item) -> Iterator[Finding]:
    """Yield C7 for each market outside whose change hours execution and roll-back lie."""
    if not ground.is_on("C7"):
        return
    since, until = item.needed
    for market in _markets(ground, item):
        if not market.change_hours:
            continue
        allowed = joined(change_spans(market, since - _DAY, until + _DAY))
        if any(each.since <= since and until <= each.until for each in allowed):
            continue
        said = (
            f"{item.name} runs with its roll-back {when(item.needed)}, which is "
            f"{local(market, since)} to {local(market, until)} in {market.name}: outside its "
            f"change hours {market.change_hours}."
        )
        level = ground.terms.outside_hours
        yield ground.single("C7", item, f"{HOURS}{market.code}", said, level, markets=[market.code])


def busy(ground: Ground, item: Item, freezes: Sequence[Item] = ()) -> Iterator[Finding]:
    """Yield C8 for each busy time of each market that execution and roll-back meet.

    Days that a freeze of the market covers are left to C7: the freeze is there because of them.
    """
    if not ground.is_on("C8"):
        return
    for market in _markets(ground, item):
        covered = _covered(ground, item, market, freezes)
        for subject, name, span in busy_spans(ground, market, item.needed):
            met = overlap(span, item.needed)
            if subject in _DAYS and met and any(_lies_in(met, each) for each in covered):
                continue
            said = (
                f"{item.name} runs with its roll-back {when(item.needed)}, in {name} of "
                f"{market.name} ({_there(market, span)})."
            )
            yield ground.single(
                "C8",
                item,
                f"{subject}:{market.code}",
                said,
                markets=[market.code],
                shared=met,
            )


def _there(market: Market, span: Span) -> str:
    """Return a busy time on a market's clocks: hours, or the days where it is whole days."""
    zone = zone_of(market.zones[0])
    since, until = (each.astimezone(zone) for each in span)
    if since.time() == until.time() == time():
        last = until - _DAY
        days = f"{since.day} {since:%b}"
        return days if last <= since else f"{days} to {last.day} {last:%b}"
    day = "" if since.date() == until.date() else f"{until.day} {until:%b} "
    return f"{since:%H:%M} to {day}{until:%H:%M} there"


def _covered(ground: Ground, item: Item, market: Market, freezes: Sequence[Item]) -> Sequence[Span]:
    """Return when C7 says of a market that it is frozen for this item."""
    if not ground.is_on("C7"):
        return ()
    here = [each for each in freezes if not each.markets or market.code in each.markets]
    return joined([each.span for each in here if holds(each, item)])


def _lies_in(span: Span, wider: Span) -> bool:
    return wider.since <= span.since and span.until <= wider.until


def busy_spans(ground: Ground, market: Market, during: Span) -> Iterator[tuple[str, str, Span]]:
    """Yield each kind of busy time of a market once: what it is, its name, its first span."""
    kinds = (
        ("peak", "the peak hours", peak_spans(market, *during)),
        ("pay", "the pay days", pay_day_spans(market, *during)),
        ("month", "the turn of the month", _turns(ground, market, during)),
    )
    for subject, name, spans in kinds:
        met = next((each for each in spans if overlap(each, during)), None)
        if met:
            yield subject, name, met
    for each in ground.terms.busy:
        span = Span(datetime.fromisoformat(each.since), datetime.fromisoformat(each.until))
        if (not each.markets or market.code in each.markets) and overlap(span, during):
            yield f"busy {each.name}", each.name, span


def _turns(ground: Ground, market: Market, during: Span) -> Iterator[Span]:
    """Yield the busy local days around the turn of a month that ``during`` may meet."""
    zone, terms = market.zones[0], ground.terms.month_end
    day, last = local_date(zone, during.since), local_date(zone, during.until)
    while day <= last:
        to_end = ((day.replace(day=1) + timedelta(days=32)).replace(day=1) - day).days
        if day.day <= terms.first_days or to_end <= terms.last_days:
            yield local_day(zone, day)
        day += _DAY


def joined(spans: list[Span]) -> list[Span]:
    """Return spans in order, those that touch or overlap as one."""
    found: list[Span] = []
    for each in sorted(spans):
        if found and each.since <= found[-1].until:
            found[-1] = Span(found[-1].since, max(found[-1].until, each.until))
        else:
            found.append(each)
    return found


def local(market: Market, at: datetime) -> str:
    """Return the time on the wall of a market's first zone."""
    return f"{at.astimezone(zone_of(market.zones[0])):%H:%M}"


def _markets(ground: Ground, item: Item) -> list[Market]:
    known = ground.estate.markets
    return [known[code] for code in ground.estate.in_order(item.held) if code in known]
