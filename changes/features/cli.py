"""``ssoc feature``: see features, make one, force it off, let it go on, end it."""

import json
from collections.abc import Callable
from typing import Any

import click

from changes.features.actions import keeping
from changes.features.queries import features, flags
from changes.features.rules import standing
from changes.features.rules.flags import MARKET, TARGET
from changes.features.values import FeatureDraft, FeatureView, FlagKind
from ssoc.core.errors import BadInput
from ssoc.core.permissions import operator
from ssoc.core.printing import as_json, emit, table
from ssoc.core.work import Runtime

Obj = Callable[[], Runtime]
MARKETS = click.option(
    "--market", "markets", multiple=True, metavar="CODE", required=True, help="Where; repeat it."
)
REASON = click.option("--reason", required=True, help="Why.")


@click.group()
def feature() -> None:
    """Features that roll-outs introduce; their flags follow the waves."""


@feature.command("list")
@as_json
@click.pass_obj
def list_features(obj: Obj, as_json: bool) -> None:
    """Show every feature and who has it where."""
    with obj().view(operator()) as work:
        found = features.listed(work)
    head = ("KEY", "ROLL-OUT", "STATE", "WHO HAS IT", "TITLE")
    rows = [_row(each) for each in found]
    emit([_plain(each) for each in found], table(head, rows), as_json)


@feature.command("show")
@click.argument("key")
@as_json
@click.pass_obj
def show(obj: Obj, key: str, as_json: bool) -> None:
    """Show feature KEY with its waves and who forced it off."""
    with obj().view(operator()) as work:
        found = features.feature(work, key)
    steps = [
        (each.position, each.name, each.state.value, " ".join(each.markets or found.markets))
        for each in found.waves
    ]
    lines = [f"{found.key}: {found.title}, ROL-{found.rollout_id} {found.state.value}"]
    lines += [f"{code}: {standing.now_in(found, code)}" for code in found.markets]
    lines += table(("WAVE", "NAME", "STATE", "MARKETS"), steps)
    lines += [
        f"forced off in {each.market} by {each.by}: {each.reason}"
        for each in found.kills
        if each.lifted_at is None
    ]
    emit(_plain(found), lines, as_json)


@feature.command("ask")
@click.argument("key")
@click.option("--market", required=True, metavar="CODE", help="The market asked for.")
@click.option("--target", default="", metavar="KEY", help="The customer; its share depends on it.")
@click.option("--with", "more", multiple=True, metavar="NAME=VALUE", help="More of the context.")
@as_json
@click.pass_obj
def ask(obj: Obj, key: str, market: str, target: str, more: tuple[str, ...], as_json: bool) -> None:
    """Show what the flag of feature KEY says to one customer, and why."""
    context: dict[str, str] = {MARKET: market.upper()} | ({TARGET: target} if target else {})
    for each in more:
        name, is_pair, value = each.partition("=")
        if not is_pair:
            raise BadInput(f"{each[:40]!r} is no NAME=VALUE; write such as segment=staff")
        context[name] = value
    with obj().view(operator()) as work:
        told = flags.answer(work, key, context)
    where = "".join(f", {name} {value}" for name, value in told.metadata.items())
    said = {"key": key, "value": told.value, "reason": told.reason.value} | {**told.metadata}
    emit(said, [f"{told.variant}: {json.dumps(told.value)} ({told.reason.value}{where})"], as_json)


@feature.command("make")
@click.argument("key")
@click.option("--rollout", required=True, type=click.IntRange(1), help="Number of its roll-out.")
@click.option("--title", required=True, help="What it is called.")
@click.option(
    "--kind",
    type=click.Choice([each.value for each in FlagKind]),
    default="boolean",
    help="Of its values.",
)
@click.option("--on", default="true", help="Value for those who have it, as JSON.")
@click.option("--off", default="false", help="Value for all others, as JSON.")
@click.option("--owner", default="", help="Who answers for it.")
@click.option("--adoption", default="", metavar="CHECK/SAMPLE", help="Sample of its adoption.")
@click.option("--errors", default="", metavar="CHECK/SAMPLE", help="Sample of its errors.")
@as_json
@click.pass_obj
def make(obj: Obj, /, key: str, rollout: int, kind: str, as_json: bool, **given: str) -> None:
    """Tie feature KEY to a roll-out: its flag can be read from now on."""
    on, off = (_value(FlagKind(kind), name, given.pop(name)) for name in ("on", "off"))
    draft = FeatureDraft(key=key, rollout_id=rollout, kind=FlagKind(kind), on=on, off=off, **given)
    with obj().work(operator()) as work:
        number = keeping.make(work, draft)
    emit({"id": number, "key": key}, [f"feature {key} is made"], as_json)


def _value(kind: FlagKind, name: str, text: str) -> Any:  # noqa: ANN401 (any JSON)
    if kind is FlagKind.STRING:
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise BadInput(f"--{name} is no JSON; write such as true, 5 or '{{}}'") from None


@feature.command("kill")
@click.argument("key")
@MARKETS
@REASON
@as_json
@click.pass_obj
def kill(obj: Obj, key: str, markets: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Force feature KEY off in markets, at once."""
    with obj().work(operator()) as work:
        fresh = keeping.kill(work, key, [each.upper() for each in markets], reason)
    said = f"forced off in {', '.join(fresh)}" if fresh else "it was forced off there already"
    emit({"key": key, "forced_off": list(fresh)}, [said], as_json)


@feature.command("lift")
@click.argument("key")
@MARKETS
@REASON
@as_json
@click.pass_obj
def lift(obj: Obj, key: str, markets: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Let feature KEY go on in markets; an approval by whoever is at this terminal."""
    codes = [each.upper() for each in markets]
    with obj().work(operator()) as work:
        keeping.lift(work, key, codes, reason)
    emit({"key": key, "let_go_on": codes}, [f"it goes on in {', '.join(codes)}"], as_json)


@feature.command("end")
@click.argument("key")
@REASON
@as_json
@click.pass_obj
def end(obj: Obj, key: str, reason: str, as_json: bool) -> None:
    """End feature KEY: its flag is not found any more."""
    with obj().work(operator()) as work:
        keeping.end(work, key, reason)
    emit({"key": key, "ended": True}, [f"feature {key} has ended"], as_json)


def _row(view: FeatureView) -> tuple[str, ...]:
    who = "; ".join(f"{code} {standing.now_in(view, code)}" for code in view.markets)
    state = "ended" if view.ended_at else view.state.value
    return (view.key, f"ROL-{view.rollout_id}", state, who, view.title)


def _plain(view: FeatureView) -> dict[str, object]:
    return {
        "key": view.key,
        "title": view.title,
        "rollout": view.rollout_id,
        "state": view.state.value,
        "kind": view.kind.value,
        "on": view.on,
        "off": view.off,
        "markets": {code: standing.now_in(view, code) for code in view.markets},
        "forced_off": sorted(view.killed),
        "ended_at": view.ended_at.isoformat() if view.ended_at else None,
    }
