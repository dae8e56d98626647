"""``ssoc heartbeat``: dead-man heartbeats that jobs of the platforms ping."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

import click

from ssoc.core.permissions import operator
from ssoc.core.printing import as_json, emit, table
from ssoc.core.settings import duration
from ssoc.core.work import Runtime
from ssoc.monitoring import actions, queries
from ssoc.monitoring.actions.heartbeats import HeartbeatWish, draft_of
from ssoc.monitoring.rules.heartbeats import Pulse

Obj = Callable[[], Runtime]


def _duration(
    context: click.Context, param: click.Parameter, value: str | None
) -> timedelta | None:
    """Read a duration such as 5m, or say how one is written."""
    try:
        return None if value is None else duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error), context, param) from None


@click.group()
def heartbeat() -> None:
    """Keep dead-man heartbeats: a job pings its URL, and silence becomes an alert."""


@heartbeat.command("create")
@click.argument("name")
@click.option("--every", callback=_duration, help="It pings each, such as 1h.")
@click.option("--grace", callback=_duration, help="Late only after this; 1m if it is not said.")
@click.option("--market", metavar="CODE", help="Market it belongs to, such as KE.")
@click.option("--component", metavar="KEY", help="Component of the estate it tells of.")
@as_json
@click.pass_obj
def create_heartbeat(
    obj: Obj,
    name: str,
    every: timedelta | None,
    grace: timedelta | None,
    market: str | None,
    component: str | None,
    as_json: bool,
) -> None:
    """Make heartbeat NAME, or give an existing one a new token; prints the token, once.

    Of a heartbeat that the estate describes only the NAME is given; of any other also --every.

    The job then asks for /ping/TOKEN when it is done, /ping/TOKEN/start before it begins and
    /ping/TOKEN/fail when it failed.
    """
    with obj().work(operator()) as work:
        wish = HeartbeatWish(name, every, grace, market, component)
        token = actions.create_heartbeat(work, draft_of(work, wish))
    emit({"name": name, "token": token, "path": f"/ping/{token}"}, [token], as_json)


@heartbeat.command("list")
@as_json
@click.pass_obj
def list_heartbeats(obj: Obj, as_json: bool) -> None:
    """Show all heartbeats and where they stand."""
    with obj().view(operator()) as work:
        found = [(each, each.pulse(work.now)) for each in queries.heartbeats(work)]
    rows = [
        [
            each.name,
            _state(each.name, pulse),
            each.market,
            each.component,
            each.every,
            each.last_at or "never",
        ]
        for each, pulse in found
    ]
    head = ["NAME", "STATE", "MARKET", "COMPONENT", "EVERY", "LAST GOOD PING"]
    emit([{**asdict(each), "state": pulse} for each, pulse in found], table(head, rows), as_json)


def _state(name: str, pulse: Pulse) -> str:
    return f"{pulse}: ssoc heartbeat create {name}" if pulse is Pulse.NO_ADDRESS else pulse


@heartbeat.command("remove")
@click.argument("name")
@click.pass_obj
def remove_heartbeat(obj: Obj, name: str) -> None:
    """Forget heartbeat NAME; its URL stops working and its alert is resolved."""
    with obj().work(operator()) as work:
        actions.remove_heartbeat(work, name)
    click.echo(f"heartbeat {name} is removed")
