"""``ssoc demo``: break and mend the simulated platforms, to train operators."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import requests

from ssoc.commands.printing import as_json, emit, table
from ssoc.commands.signals import stop_on_signals
from ssoc.core.clock import SystemClock
from ssoc.core.errors import Conflict, SsocError, Unavailable
from ssoc.core.settings import duration
from ssoc.demo.faults import Kind
from ssoc.demo.folder import ESTATE, PORT, port_of
from ssoc.demo.menu import MENU, component_for
from ssoc.estate.reader import read

simulator_option = click.option(
    "--simulator", default=None, help=f"Its address, if not http://127.0.0.1:{PORT}."
)


@click.group()
def demo() -> None:
    """Play the demo estate: break a platform, look what is broken, mend it."""


@demo.command()
@click.argument("market")
@click.argument("what")
@click.option(
    "--for", "lasts", default="5m", show_default=True, help="How long, such as 90s or 5m."
)
@click.option(
    "--kind",
    type=click.Choice([each.value for each in Kind]),
    default=None,
    help="In which way; see ssoc demo menu.",
)
@simulator_option
def fault(market: str, what: str, lasts: str, kind: str | None, simulator: str | None) -> None:
    """Break WHAT in MARKET, for example: ssoc demo fault KE core-db --for 5m."""
    try:
        seconds = duration(lasts).total_seconds()
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--for") from error
    component = component_for(market.upper(), what, read([ESTATE]).components)
    way = Kind(kind) if kind else Kind.SILENT if component.startswith("wan-") else Kind.DOWN
    body = {"component": component, "kind": way, "seconds": seconds}
    answer = _ask("post", simulator, body)
    if answer.get("error"):
        raise SsocError(f"{component}: {answer['error']}")
    ends = SystemClock().now() + timedelta(seconds=seconds)
    click.echo(
        f"{component} is {way} until {ends:%H:%M:%S} UTC; watch the wall or triage, "
        f"or end it with: ssoc demo mend {component}"
    )


@demo.command()
@click.argument("component", required=False)
@simulator_option
def mend(component: str | None, simulator: str | None) -> None:
    """Mend everything, or one COMPONENT (savings: the feature that goes bad in TZ)."""
    _ask("delete", simulator, tail=f"/{component}" if component else "")
    click.echo(f"{component or 'everything'} is mended")


@demo.command()
@as_json
@simulator_option
def faults(as_json: bool, simulator: str | None) -> None:
    """Show what is broken now."""
    found = _ask("get", simulator)
    rows = [(each["component"], each["kind"], each["until"][:19] + "Z") for each in found]
    emit(found, table(("component", "is", "until"), rows) if rows else ["nothing"], as_json)


@demo.command()
@as_json
def menu(as_json: bool) -> None:
    """Show what can be broken, and in which ways."""
    ways = [each.value for each in Kind]
    lines = [
        *table(("what", "meaning"), list(MENU.items())),
        "by itself: the savings pocket fails in TZ from 4 to 24 min after the start, and its gate "
        "pauses wave 2. Mend it with: ssoc demo mend savings; 2 min later resume the wave",
        f"ways (--kind): {', '.join(ways)}",
    ]
    emit({"what": dict(MENU), "kinds": ways}, lines, as_json)


@demo.command()
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@click.option("--estate", type=click.Path(path_type=Path), default=ESTATE)
@click.option("--scenario/--no-scenario", default=True, help="Break something now and then.")
def simulator(port: int, estate: Path, scenario: bool) -> None:
    """Play the eight platforms on loopback; ``ssoc up --demo`` does so by itself."""
    from threading import Event, Thread

    from ssoc.demo.scenario import play
    from ssoc.demo.simulator import serve

    stop: Event = stop_on_signals()
    try:
        server, platforms, _ = serve(read([estate]), SystemClock(), port)
    except OSError as error:
        raise Conflict(
            f"the simulator cannot listen on port {port}: {error.strerror}; start "
            "ssoc up --demo once more, it takes a free one; this command itself has --port"
        ) from error
    if scenario:
        Thread(target=play, args=(platforms, stop), daemon=True).start()
    stop.wait()
    server.shutdown()


def _ask(verb: str, address: str | None, body: object = None, tail: str = "") -> Any:  # noqa: ANN401
    base = address or f"http://127.0.0.1:{port_of(Path.cwd())}"
    try:
        answer = requests.request(verb, f"{base}/control/faults{tail}", json=body, timeout=5)
        return answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Unavailable(f"no simulator at {base}; ssoc up --demo starts one") from error
