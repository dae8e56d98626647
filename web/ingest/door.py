"""A lean door in front of the console, for the machines that bring alerts.

It answers a handful of paths itself, without Flask, which halves the price of an alert; the rest
goes on to the application. Every answer, every refusal too, is in the format of its caller.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from ssoc.core.errors import NotAllowed, NotSignedIn, SsocError, Unavailable
from ssoc.core.work import Runtime
from ssoc.monitoring.writer import Writer
from web.ingest import alertmanager_views, answers, deploy_doors, entrances, heartbeat, ofrep
from web.ingest.answers import Answer, Refuse
from web.ingest.counters import count_request
from web.ingest.desk import Desk, Visit
from web.ingest.parsed import BadItem, Fault

log = logging.getLogger(__name__)
Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
ALWAYS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
BUG = "something is wrong with ssoc itself; it was written to the log; send the same again later"


@dataclass(frozen=True)
class Entrance:
    """One path: what it is counted as, how it refuses, who takes the request."""

    way: str
    refuse: Refuse
    take: Callable[[Desk, Visit], Answer]
    methods: frozenset[str] = frozenset({"POST"})


HOOK = Entrance("webhook", answers.problem, entrances.webhook, frozenset({"POST", "PUT"}))
ENQUEUE = Entrance("pagerduty", answers.pagerduty_refusal, entrances.enqueue)
CHANGE = Entrance("change", answers.pagerduty_refusal, entrances.change)
OWN = Entrance("api", answers.problem, entrances.own_or_v1)
PUSH = Entrance("push", answers.alertmanager_refusal, entrances.push)
PUSH_V1 = Entrance("push", answers.alertmanager_v1_refusal, entrances.push_v1)
PING = Entrance("heartbeat", answers.plain, entrances.ping, frozenset({"GET", "HEAD", "POST"}))
READ = Entrance(
    "amtool",
    answers.alertmanager_refusal,
    alertmanager_views.answer,
    frozenset({"GET", "HEAD", "POST", "DELETE"}),
)
FLAGS = Entrance("flags", ofrep.refuse, ofrep.evaluate)
CHANGE_LOG = Entrance("change", answers.problem, deploy_doors.own)
DEPLOYS = {
    "/hooks/github": deploy_doors.github_door,
    "/hooks/gitlab": deploy_doors.gitlab_door,
    "/hooks/argocd": deploy_doors.argocd_door,
    "/hooks/ansible": deploy_doors.ansible_door,
}
FIXED = {
    **{path: Entrance("deploy", answers.problem, take) for path, take in DEPLOYS.items()},
    "/hooks/alertmanager": HOOK,
    "/v2/enqueue": ENQUEUE,
    "/v2/change/enqueue": CHANGE,
}


class Door:
    """A WSGI application around another one."""

    def __init__(self, app: Wsgi, runtime: Runtime, writer: Writer) -> None:
        self._app = app
        self.desk = Desk(runtime, writer)
        self._prefixes = [
            each.rstrip("/") for each in runtime.settings.ingest.alertmanager_prefixes
        ]
        self._posts = FIXED | {"/api/v1/alerts": OWN, "/api/v1/change-events": CHANGE_LOG}
        for prefix in self._prefixes:
            self._posts[f"{prefix}/api/v2/alerts"] = PUSH
            self._posts.setdefault(f"{prefix}/api/v1/alerts", PUSH_V1)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer, or let the application answer."""
        entrance = self._entrance(environ)
        if entrance is None:
            return self._app(self._below_prefix(environ), start_response)
        began = perf_counter()
        visit = Visit(environ, entrance.way)
        answer = self._answer(entrance, visit)
        self._note(visit, answer, perf_counter() - began)
        headers = [*ALWAYS, ("Content-Length", str(len(answer.body)))]
        if answer.body:
            headers.append(("Content-Type", answer.content_type))
        start_response(answer.line, [*headers, *answer.headers])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def close(self) -> None:
        """Commit what waits and write down what is noted; for the end of the process."""
        self.desk.close()

    def _entrance(self, environ: Environ) -> Entrance | None:
        path = environ.get("PATH_INFO", "")
        if environ["REQUEST_METHOD"] == "POST" and (found := self._posts.get(path)):
            return found
        if path in FIXED:
            return FIXED[path]
        if path.startswith(heartbeat.PREFIX):
            return PING
        if ofrep.knows(path):
            return FLAGS
        for prefix in self._prefixes:
            if path.startswith(prefix) and alertmanager_views.knows(path[len(prefix) :], prefix):
                environ["ssoc.path"] = path[len(prefix) :]
                return READ
        return None

    def _below_prefix(self, environ: Environ) -> Environ:
        """Let ``/am/metrics``, which an Alertmanager has, be our ``/metrics``."""
        path = environ.get("PATH_INFO", "")
        is_metrics = path.endswith("/metrics") and path[: -len("/metrics")] in self._prefixes
        return environ | {"PATH_INFO": "/metrics"} if is_metrics else environ

    def _answer(self, entrance: Entrance, visit: Visit) -> Answer:
        method = visit.environ["REQUEST_METHOD"]
        if method not in entrance.methods:
            allowed = ", ".join(sorted(entrance.methods))
            refusal = entrance.refuse(405, [f"{method} is not answered here; use {allowed}"])
            return Answer(405, refusal.body, refusal.content_type, (("Allow", allowed),))
        try:
            return entrance.take(self.desk, visit)
        except BadItem as error:
            visit.faults.append(Fault(error.kind, str(error)))
            return entrance.refuse(413 if error.kind == "too many alerts" else 400, [str(error)])
        except SsocError as error:
            visit.faults.append(Fault(_kind(error), str(error)))
            return entrance.refuse(error.status, [str(error)])
        except Exception:  # the edge: a bug of ours, logged once
            log.exception("bug at %s %s", method, visit.path)
            visit.faults.append(Fault("bug", f"{method} {visit.path}"))
            return entrance.refuse(500, [BUG])

    def _note(self, visit: Visit, answer: Answer, seconds: float) -> None:
        count_request(visit.way, answer.status, seconds)
        if visit.faults:
            self.desk.notebook.count(visit.way, visit.sender, visit.faults)
        if visit.is_known:
            self.desk.notebook.use(visit.sender)


def _kind(error: SsocError) -> str:
    """Return the word a refused request is counted by."""
    match error:
        case NotSignedIn():
            return "unknown token"
        case NotAllowed():
            return "not allowed"
        case Unavailable():
            return "database away"
        case _:
            return {413: "too large", 404: "not found"}.get(error.status, "bad payload")
