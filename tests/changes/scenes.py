"""The graph, the changes and the nights of the reference's worked examples."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from changes import policy
from changes.lifecycle import Effect
from changes.rules.collisions import Ground, Item, Kind
from ssoc.core.calendar import Span
from ssoc.estate.values import Dependency, Estate, Market
from tests import factories

DAY = datetime(2026, 10, 27, tzinfo=UTC)
TERMS = policy.read().collisions


def at(clock: str, day: datetime = DAY) -> datetime:
    """Return an instant of the day of the examples; 24:00 is the next day's first."""
    hour, minute = map(int, clock.split(":"))
    return day + timedelta(hours=hour, minutes=minute)


def estate(markets: Sequence[Market] = ()) -> Estate:
    """Return the graph of the reference: ``core`` is used by USSD, links and nodes have groups."""
    shared = ("KE", "MZ")
    parts = [
        factories.component("core", *shared),
        factories.component("hsm", *shared),
        factories.component("ussd-ke"),
        factories.component("ussd-mz"),
        *(factories.component(key, *shared) for key in ("nbo", "l1", "l2", "app", "mon")),
        *(factories.component(key, *shared) for key in ("n1", "n2", "n3", "far", "f1", "f2")),
    ]
    return Estate(
        version=1,
        markets={each.code: each for each in markets}
        or {code: factories.market(code) for code in ("KE", "MZ", "EG")},
        components={each.key: each for each in parts},
        dependencies=(
            Dependency("ussd-ke", "core"),
            Dependency("ussd-mz", "core"),
            Dependency("core", "hsm"),
            Dependency("nbo", "l1", "links"),
            Dependency("nbo", "l2", "links"),
            *(Dependency("app", node, "nodes", 2) for node in ("n1", "n2", "n3")),
            *(Dependency("far", node, "other") for node in ("f1", "f2")),
        ),
    )


def ground(hops: int = 2, markets: Sequence[Market] = ()) -> Ground:
    """Return the shipped rules on the graph of the reference."""
    terms = type(TERMS)(**{**TERMS.__dict__, "hops": hops})
    return Ground(estate(markets), terms)


def item(
    number: int,
    components: str | Mapping[str, Effect],
    since: str = "21:00",
    until: str = "23:00",
    *,
    markets: str = "KE MZ",
    preparation: int = 0,
    rollback: int = 0,
    soak: int = 0,
    kind: Kind = Kind.CHANGE,
    day: datetime = DAY,
    **given: object,
) -> Item:
    """Return a change, or what ``kind`` says, of the day of the examples; minutes around it."""
    if isinstance(components, str):
        components = dict.fromkeys(components.split(), Effect.DOWN)
    begins, ends = at(since, day), at(until, day)
    needed = Span(begins, ends + timedelta(minutes=rollback))
    lists = {name: frozenset(str(value).split()) for name, value in given.items() if name in _SETS}
    is_hard = bool(given.get("is_hard"))
    return Item(
        key=f"{kind.value}:{number}",
        kind=kind,
        name=f"CHG-{number} Work" if kind is Kind.CHANGE else f"{kind.value} {number}",
        span=Span(begins - timedelta(minutes=preparation), needed.until + timedelta(minutes=soak)),
        needed=needed,
        components=components,
        markets=frozenset(markets.split()),
        people=lists.get("people", frozenset()),
        vendors=lists.get("vendors", frozenset()),
        gates=lists.get("gates", frozenset()),
        rollback_needs=lists.get("rollback_needs", frozenset()),
        is_hard=is_hard,
    )


_SETS = {"people", "vendors", "gates", "rollback_needs"}


def freeze(
    number: int, since: str, until: str, *, markets: str = "MZ", is_hard: bool = True
) -> Item:
    """Return a freeze of the day of the examples."""
    return item(number, {}, since, until, markets=markets, kind=Kind.FREEZE, is_hard=is_hard)
