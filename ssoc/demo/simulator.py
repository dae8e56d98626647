"""The simulator: eight country platforms over plain HTTP on loopback, in a process of its own.

``/gsma/KE/heartbeat`` GSMA Mobile Money API; ``/health/<component>`` health+json;
``/metrics/KE`` Prometheus exposition; ``/prometheus/KE/api/v1/query`` Prometheus query;
``/probe/<path>`` a control probe; ``/control/faults`` breaks and mends components.
"""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from ssoc.core.clock import Clock
from ssoc.demo.faults import Fault, Faults, Kind
from ssoc.demo.traffic import RHYTHMS, noise, savings_adoption, success_percent, tps
from ssoc.estate.reader import Description

LONGEST = 3600
BAD_MARKET, GOOD_FOR = "TZ", timedelta(minutes=11)  # of the feature that is rolled out
BAD_FOR = timedelta(minutes=20)  # then its people have mended it; ``demo mend`` does so at once
SAVINGS = "savings"  # what ``demo mend`` calls it
_QUERY = re.compile(r"\s*(?:sum\()?(\w+)\)?\s*")
_LEFT = {Kind.DOWN: 0.60, Kind.SLOW: 0.88, Kind.SILENT: 1.0}  # share that still succeeds


@dataclass(frozen=True)
class Answer:
    """What goes back; a body of None closes the line without an answer."""

    status: int
    body: str | None
    kind: str = "application/json"


class Platforms:
    """The eight platforms: figures from the rhythm of their market, bent by what is broken."""

    def __init__(self, estate: Description, clock: Clock) -> None:
        self.faults = Faults(estate.dependencies)
        self.components = estate.components
        self._clock = clock
        self._began = clock.now()
        self._is_mended = False

    def figures(self, market: str) -> dict[str, float]:
        """Return the market's numbers of this instant."""
        now, rhythm = self._clock.now(), RHYTHMS[market]
        felt = self.faults.felt(f"payment-api-{market.lower()}", now)
        share = _LEFT.get(felt, 1.0) if felt else 1.0
        success = success_percent(rhythm, now) * share
        tried = tps(rhythm, now) * (0.85 + 0.15 * share)
        return {
            "mm_tps": tried,
            "mm_success_percent": success,
            "mm_savings_success_percent": self._savings(market, now) * share,
            "mm_savings_failed_percent": 100 - self._savings(market, now) * share,
            "mm_savings_adoption_percent": savings_adoption(market, now - self._began),
            "mm_latency_seconds": 0.9 if felt is None else 9.6,
            "mm_licence_used_percent": 100 * tried / (rhythm.peak_tps * 1.6),
            "mm_sms_late_percent": 2.1 if not self._broken(f"smsc-{market.lower()}") else 38.0,
        }

    def _savings(self, market: str, now: datetime) -> float:
        """Return the feature that is rolled out: one market goes bad for a while."""
        ran = now - self._began
        is_bad = market == BAD_MARKET and GOOD_FOR < ran <= GOOD_FOR + BAD_FOR
        is_bad = is_bad and not self._is_mended
        return (98.1 if is_bad else 99.5) + 0.1 * noise(f"{market}pocket", now)

    def _broken(self, component: str) -> bool:
        return self.faults.felt(component, self._clock.now()) is not None

    def now_broken(self) -> list[dict[str, str]]:
        """Return what is broken now, as JSON."""
        return [
            {"component": each.component, "kind": each.kind, "until": each.until.isoformat()}
            for each in self.faults.active(self._clock.now())
        ]

    def breaks(self, component: str, kind: str, seconds: float) -> str:
        """Break a component for a while; return what is wrong with the wish, or nothing."""
        if component not in self.components:
            return f"no component {component}"
        if kind not in set(Kind) or not 0 < seconds <= LONGEST:
            return f"kind is one of {', '.join(Kind)}, seconds are 1 to {LONGEST}"
        until = self._clock.now() + timedelta(seconds=seconds)
        self.faults.set(Fault(component, Kind(kind), until))
        return ""

    def mend(self, component: str | None = None) -> None:
        """End a fault, or all of them; the feature that goes bad is one of them: ``savings``."""
        self._is_mended = self._is_mended or component in {None, SAVINGS}
        self.faults.clear(component)

    # ------------------------------------------------------------- protocols

    def heartbeat(self, market: str) -> Answer:
        """Answer as the GSMA Mobile Money API does."""
        felt = self.faults.felt(f"payment-api-{market.lower()}", self._clock.now())
        if felt in {Kind.SILENT, Kind.REFUSING, Kind.GARBLED}:
            return _odd(felt)
        status = {None: "available", Kind.SLOW: "degraded"}.get(felt, "unavailable")
        body: dict[str, object] = {"serviceStatus": status}
        if felt is Kind.SLOW:
            body["delay"] = 9600
        return Answer(200, json.dumps(body))

    def health(self, component: str) -> Answer:
        """Answer with health+json; a part that feels a broken part below names it."""
        if component not in self.components:
            return Answer(404, '{"error": "no such component"}')
        now = self._clock.now()
        own, felt = self.faults.own(component, now), self.faults.felt(component, now)
        if own in {Kind.SILENT, Kind.REFUSING, Kind.GARBLED}:
            return _odd(own)
        word = {None: "pass", Kind.SLOW: "warn"}.get(felt, "fail")
        output = {"pass": "", "warn": "slower than promised", "fail": "requests time out"}[word]
        body = {
            "status": word,
            "checks": {f"{component}:requests": [{"status": word, "output": output}]},
        }
        kind = "application/health+json"
        return Answer(503 if word == "fail" else 200, json.dumps(body), kind)

    def metrics(self, market: str) -> Answer:
        """Answer in Prometheus' text format."""
        lines = []
        for name, value in self.figures(market).items():
            lines += [f"# TYPE {name} gauge", f"{name} {value:.4f}"]
        return Answer(200, "\n".join(lines) + "\n", "text/plain; version=0.0.4")

    def query(self, market: str, text: str) -> Answer:
        """Answer an instant query for one metric, as Prometheus does."""
        asked = _QUERY.fullmatch(text)
        if asked is None:
            error = {"status": "error", "errorType": "bad_data", "error": "1:1: parse error"}
            return Answer(400, json.dumps(error))
        figures = self.figures(market)
        found = asked[1] in figures
        stamp = round(self._clock.now().timestamp(), 3)
        row = {
            "metric": {},
            "value": [stamp, f"{figures[asked[1]]:.4f}" if found else "0"],
        }
        result = {"resultType": "vector", "result": [row] if found else []}
        return Answer(200, json.dumps({"status": "success", "data": result}))

    def link_open(self, market: str) -> bool:
        """Tell whether headquarters' link to the market carries anything."""
        return self.faults.felt(f"wan-{market.lower()}", self._clock.now()) is None


def _odd(kind: Kind) -> Answer:
    if kind is Kind.SILENT:
        return Answer(0, None)
    if kind is Kind.REFUSING:
        return Answer(401, '{"errorCategory": "authorisation"}')
    return Answer(200, "<html>maintenance page of a load balancer</html>", "text/html")


class Handler(BaseHTTPRequestHandler):
    """Routes requests to the platforms."""

    platforms: ClassVar[Platforms]
    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, *_: object) -> None:
        """Stay quiet: polls come many a second."""

    def do_GET(self) -> None:  # noqa: N802 (the base class's name)
        """Answer a question."""
        parts = urlsplit(self.path)
        words = [word for word in parts.path.split("/") if word]
        self._send(self._route(words, parse_qs(parts.query)))

    def _route(self, words: list[str], query: dict[str, list[str]]) -> Answer:
        platforms = self.platforms
        match words:
            case ["control", "faults"]:
                return Answer(200, json.dumps(platforms.now_broken()))
            case ["probe", path]:
                market = path.rpartition("-")[2].upper()
                open_ = market not in RHYTHMS or platforms.link_open(market)
                return Answer(200, '{"status": "pass"}') if open_ else Answer(0, None)
            case [kind, key, *rest]:
                market = key if key in RHYTHMS else key.rpartition("-")[2].upper()
                if market in RHYTHMS and not platforms.link_open(market):
                    return Answer(0, None)
                return self._platform(kind, key, rest, query)
            case _:
                return Answer(404, '{"error": "nothing here"}')

    def _platform(
        self, kind: str, key: str, rest: list[str], query: dict[str, list[str]]
    ) -> Answer:
        routes: dict[tuple[str, ...], Callable[[], Answer]] = {
            ("gsma", "heartbeat"): lambda: self.platforms.heartbeat(key),
            ("metrics",): lambda: self.platforms.metrics(key),
            ("prometheus", "api", "v1", "query"): lambda: self.platforms.query(
                key, query.get("query", [""])[0]
            ),
        }
        if (kind, *rest) == ("health",):
            return self.platforms.health(key)
        route = routes.get((kind, *rest))
        if route is None or key not in RHYTHMS:
            return Answer(404, '{"error": "nothing here"}')
        return route()

    def do_POST(self) -> None:  # noqa: N802
        """Break a component: ``{"component": …, "kind": …, "seconds": …}``."""
        length = min(int(self.headers.get("Content-Length") or 0), 10_000)
        try:
            wish = json.loads(self.rfile.read(length))
            fault = self.platforms.breaks(
                str(wish["component"]), str(wish["kind"]), float(wish["seconds"])
            )
        except (ValueError, KeyError, TypeError) as error:
            fault = f"expected component, kind and seconds: {error!r}"
        self._send(Answer(400 if fault else 200, json.dumps({"error": fault})))

    def do_DELETE(self) -> None:  # noqa: N802
        """Mend everything, or the component that the last part of the path names."""
        words = [word for word in self.path.split("/") if word]
        self.platforms.mend(words[2] if len(words) > 2 else None)
        self._send(Answer(200, "{}"))

    def _send(self, answer: Answer) -> None:
        if answer.body is None:
            self.close_connection = True
            return
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(
    estate: Description, clock: Clock, port: int
) -> tuple[ThreadingHTTPServer, Platforms, threading.Thread]:
    """Start serving on loopback; port 0 takes a free one."""
    platforms = Platforms(estate, clock)
    handler = type("BoundHandler", (Handler,), {"platforms": platforms})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="simulator", daemon=True)
    thread.start()
    return server, platforms, thread
