"""What all ingest doors share: who sends, what labels mean, storing, and counting faults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from changes.features.board import FlagBoard
from changes.features.counting import Asked
from ssoc.core.errors import NotAllowed, Unavailable
from ssoc.core.permissions import EVERYWHERE, SYSTEM, Actor, Permission
from ssoc.core.settings import IngestSettings
from ssoc.core.work import Runtime
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.lookup_queries import known_alerts
from ssoc.monitoring.report import Report
from ssoc.monitoring.rules.placement import Placement
from ssoc.monitoring.writer import Writer
from web.ingest import bodies, relays
from web.ingest.counters import ALERTS
from web.ingest.credentials import Senders, address_of, token_of
from web.ingest.identities import Identities, NamedByAddress, first_of, market_in
from web.ingest.notebook import Notebook
from web.ingest.pace import Pace
from web.ingest.parsed import BadItem, Fault, Origin, Parsed, Recognise

ESTATE_SECONDS = 2.0  # a newly loaded estate places alerts after this


@dataclass
class Visit:
    """One request at an ingest door; ``sender`` is filled in when it is known."""

    environ: dict[str, Any]
    way: str
    sender: str = ""
    is_known: bool = False
    faults: list[Fault] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Return the path."""
        return str(self.environ.get("PATH_INFO", ""))

    @cached_property
    def query(self) -> Mapping[str, Sequence[str]]:
        """Return the parameters of the address."""
        text = str(self.environ.get("QUERY_STRING", ""))
        return parse_qs(text, max_num_fields=50) if text and text.count("&") < 50 else {}


class Desk:
    """Receives, recognises, stores."""

    def __init__(self, runtime: Runtime, writer: Writer) -> None:
        self.runtime, self._writer = runtime, writer
        self.limits: IngestSettings = runtime.settings.ingest
        self.senders = Senders(runtime)
        self.flags, self.asked = FlagBoard(runtime), Asked(runtime)
        self.flag_pace = Pace(self.limits.most_flags)
        self.notebook = Notebook(runtime, also=self.asked.flush)
        self.began_at = runtime.clock.now()
        self.group_by = ("alertname", *self.limits.market_labels)
        self._known: Identities | None = None
        self._looked_at, self._version = 0.0, -1
        self._lock = Lock()

    def close(self) -> None:
        """Commit what waits and write down what is noted."""
        self._writer.stop()
        self.notebook.close()

    def payload(self, visit: Visit) -> Any:  # noqa: ANN401 (any JSON)
        """Return the body of a request, parsed."""
        return bodies.json_of(self.body(visit))

    def body(self, visit: Visit) -> bytes:
        """Return the body of a request, within the limit."""
        return bodies.read(visit.environ, self.limits.most_body_bytes)

    def origin(
        self,
        visit: Visit,
        token: str | None = None,
        needed: Permission = Permission.ALERT_INGEST,
    ) -> Origin:
        """Return who speaks; the token is taken from the headers when None.

        Raises:
            NotSignedIn: nobody holds the token.
            NotAllowed: it does not have the permission ``needed`` anywhere.

        """
        actor = self.actor(visit, token_of(visit.environ) if token is None else token)
        return self.origin_of(visit, actor, needed)

    def origin_of(self, visit: Visit, actor: Actor, needed: Permission) -> Origin:
        """Return what a known actor may speak for, or raise NotAllowed when that is nothing."""
        markets = actor.markets(needed)
        if not markets:
            raise NotAllowed(
                f"token {visit.sender} may not do {needed}; nothing was taken; ask an admin for "
                "one of scope ingest"
            )
        known = self.identities()
        only = next(iter(markets)) if len(markets) == 1 and EVERYWHERE not in markets else ""
        market, recognise = self._placed(visit, known, only)
        return Origin(
            source=visit.sender,
            way=visit.way,
            now=self.runtime.clock.now(),
            recognise=recognise,
            markets=markets,
            market=market,
            limits=self.limits,
            titles=known.titles,
        )

    def _placed(self, visit: Visit, known: Identities, only: str) -> tuple[str, Recognise]:
        """Return the market of what names none itself, and what recognises labels.

        An address that names no market of the estate is told to operators, and never read as
        the token's market instead.
        """
        names = self.limits.market_labels
        named = market_in(visit.query, names) if visit.query else ""
        if not named or named.casefold() == only.casefold():
            return only, known
        if market := known.market_of(named):
            return market, known
        said = f"the address names market {named[:64]}, which the estate does not have; mend it"
        visit.faults.append(Fault("unknown market in the address", said))
        return "", NamedByAddress(known, names[0], named[:64])

    def actor(self, visit: Visit, token: str, at_most: timedelta = timedelta()) -> Actor:
        """Return the machine that holds ``token``; one known ``at_most`` ago if nobody can tell."""
        visit.sender = self.address(visit)
        actor = self.senders.holder(token, at_most)
        visit.sender, visit.is_known = actor.name.removeprefix("token:"), True
        return actor

    def address(self, visit: Visit) -> str:
        """Return what an unknown sender is called."""
        return address_of(visit.environ, self.runtime.settings.web.trusted_proxies)

    def check_size(self, alerts: object) -> None:
        """Raise BadItem when a batch is over the limit; nothing of it is kept then."""
        if isinstance(alerts, list) and len(alerts) > self.limits.most_alerts:
            raise BadItem(
                f"{len(alerts)} alerts are more than {self.limits.most_alerts} "
                "(ingest.most_alerts); send them in several requests",
                "too many alerts",
            )

    def keep(self, visit: Visit, parsed: Parsed) -> None:
        """Store the good items, counted when they are committed; note the bad ones."""
        reports = parsed.reports
        if visit.way in relays.WAYS and reports:
            reports = self._settled(visit, reports)
        if reports:
            self._writer.write(reports)
            ALERTS.labels(visit.way).inc(len(reports))
        visit.faults += parsed.faults + parsed.notes + self._strangers(parsed.reports)

    def _strangers(self, reports: Sequence[Report]) -> list[Fault]:
        """Return a note for each alert of a market that the estate does not know; it is kept."""
        names = self.limits.market_labels
        return [
            Fault("unknown market", f"the estate has no market {word}; {report.name} has no place")
            for report in reports
            if not report.market and (word := first_of(report.labels, *names))
        ]

    def _settled(self, visit: Visit, reports: Sequence[Report]) -> list[Report]:
        with self.runtime.view(SYSTEM) as work:
            known = known_alerts(work, [report.key for report in reports])
        settled = relays.settle(reports, known)
        named = (
            ("expiry, not a resolve", settled.expiries),
            ("late copy", settled.late_copies),
        )
        visit.faults += [Fault(kind, each.name) for kind, found in named for each in found]
        return settled.kept

    def identities(self) -> Identities:
        """Return what recognises labels, made anew when another estate was loaded."""
        known = self._known
        if known is not None and monotonic() - self._looked_at < ESTATE_SECONDS:
            return known
        if not self._lock.acquire(blocking=known is None):
            assert known is not None  # noqa: S101 (for the type checker)
            return known  # another request is looking
        try:
            self._known = self._look(self._known)
            self._looked_at = monotonic()
            return self._known
        finally:
            self._lock.release()

    def _look(self, known: Identities | None) -> Identities:
        try:
            with self.runtime.view(SYSTEM) as work:
                estate = estate_queries.current(work)
        except Unavailable:
            if known is None:
                raise
            return known
        if known is not None and estate.version == self._version:
            return known
        self._version = estate.version
        limits = self.limits
        placement = Placement(estate, limits.market_labels, limits.component_labels)
        return Identities(placement.place, limits, titles=estate.by_title)

    def completed(self, reports: Sequence[Report]) -> list[Report]:
        """Return resolves that bring only a key, with what their alert is called.

        Those of alerts that nobody has seen have no effect and are left out.
        """
        with self.runtime.view(SYSTEM) as work:
            known = known_alerts(work, [report.key for report in reports])
        return [
            replace(
                report,
                market=stored.market,
                name=stored.name,
                service=stored.service,
                instance=stored.instance,
                summary=report.summary or stored.summary,
            )
            for report in reports
            if (stored := known.get(report.key)) is not None
        ]
