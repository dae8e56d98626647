"""Which change caused it: hit rates of the ranking on scripted faults of the demo estate.

    python -m benchmarks.suspects --seed 2026 --stories 240

Each story has three to eight changes, one of which is the true cause; its fault goes through the
simulator's fault model, the real ingest, correlator and outbox on an empty database with a clock
that is moved. Beside the formula stand two naive rules: the latest change before the incident, and
the latest change on the incident's own component. ``--taus`` shows other values of tau as well:
choose with one seed, prove with others.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from benchmarks.ingest_store import database
from changes.policy import read
from changes.rules.shares import wilson
from changes.rules.suspects import SuspectPolicy
from ssoc import migrations, modules
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from tests.changes.fault_stories import FIRST, Case, Class, cases, with_tau

Rule = Callable[[Case], Sequence[str]]


@dataclass(frozen=True)
class Hit:
    """How often a rule named the true cause first, and among its first three."""

    rule: str
    kind: str
    n: int
    top1: int
    top3: int


def rules(terms: SuspectPolicy, taus: Iterable[float]) -> dict[str, Rule]:
    """Return the rules that are measured, by name."""
    found: dict[str, Rule] = {"formula": lambda case: case.ranked(terms)}
    for hours in taus:
        other = with_tau(terms, hours)
        found[f"formula, tau {hours:g} h"] = lambda case, other=other: case.ranked(other)  # type: ignore[misc]
    found["latest change"] = Case.latest
    found["latest there"] = Case.latest_there
    return found


def measured(found: Sequence[Case], known: dict[str, Rule]) -> list[Hit]:
    """Return the hits of each rule by class, and over all."""
    hits = []
    for kind in (*Class, ""):
        some = [each for each in found if kind in {"", each.story.kind}]
        for name, rule in known.items():
            ranked = [(each.cause, rule(each)) for each in some]
            hits.append(
                Hit(
                    name,
                    str(kind) or "all",
                    len(some),
                    sum(cause in keys[:1] for cause, keys in ranked),
                    sum(cause in keys[:3] for cause, keys in ranked),
                )
            )
    return hits


def run(seed: int, stories: int, kind: str, taus: Sequence[float]) -> tuple[list[Hit], int]:
    """Play the stories on an empty database; return the hits, and how many became no incident."""
    with database(kind) as url:
        engine = make_engine(url)
        migrations.upgrade(engine)
        clock = FrozenClock(FIRST)
        found = cases(modules.wire(engine, clock), clock, seed, stories, _told)
        engine.dispose()
    return measured(found, rules(read().suspects, taus)), stories - len(found)


def _told(number: int) -> None:
    if number % 20 == 19:
        print(f"{number + 1} stories", file=sys.stderr, flush=True)


def table(hits: Sequence[Hit]) -> str:
    """Return the hits as a table for the docs."""
    lines = ["| Stories | n | Rule | First | First three |", "| --- | --- | --- | --- | --- |"]
    for hit in hits:
        first, third = _share(hit.top1, hit.n), _share(hit.top3, hit.n)
        lines.append(f"| {hit.kind} | {hit.n} | {hit.rule} | {first} | {third} |")
    return "\n".join(lines)


def _share(hits: int, n: int) -> str:
    share = wilson(hits, n)
    if share.low is None or share.high is None:
        return "–"
    return f"{hits / n:.1%} ({share.low:.1%} to {share.high:.1%})"


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--stories", type=int, default=240)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--taus", type=float, nargs="*", default=[], help="other tau, in hours")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    given = parser.parse_args()
    hits, lost = run(given.seed, given.stories, given.database, given.taus)
    if given.json:
        print(json.dumps({"seed": given.seed, "lost": lost, "hits": [asdict(h) for h in hits]}))
        return
    print(table(hits))
    print(f"\nseed {given.seed}; {lost} of {given.stories} stories became no incident")


if __name__ == "__main__":
    main()
