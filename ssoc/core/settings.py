"""Settings: read once, checked at once, frozen. Secrets are references, never values.

Read from ``ssoc.toml`` (or the file that SSOC_CONFIG names), then from the environment:
``SSOC_<SECTION>_<NAME>`` overrides ``name`` in ``[section]``. Every fault is reported at once
with its file, line and cure.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from ssoc.core.errors import BadSettings
from ssoc.core.readers import Parse as Parse
from ssoc.core.readers import database_url as database_url
from ssoc.core.readers import duration as duration
from ssoc.core.readers import host_and_port as host_and_port
from ssoc.core.readers import listen as listen
from ssoc.core.readers import matrix as matrix
from ssoc.core.readers import one_of as one_of
from ssoc.core.readers import reference as reference
from ssoc.core.readers import switch as switch
from ssoc.core.readers import text as text
from ssoc.core.readers import whole as whole
from ssoc.core.readers import words as words
from ssoc.core.readers import zone as zone
from ssoc.core.toml_places import line_of, no_toml

FILE = "ssoc.toml"


def _setting(default: Any, parse: Parse, doc: str) -> Any:  # noqa: ANN401 (typed by the field)
    return field(default=default, metadata={"parse": parse, "doc": doc})


@dataclass(frozen=True)
class DatabaseSettings:
    """Where everything is kept."""

    url: str = _setting("sqlite:///ssoc.db", database_url, "SQLite file or PostgreSQL server")
    pool_size: int = _setting(8, whole(1, 200), "connections a process keeps open")


@dataclass(frozen=True)
class WebSettings:
    """The console and the API."""

    listen: str = _setting("127.0.0.1:8080", listen, "address to serve; put TLS in front of it")
    threads: int = _setting(24, whole(2, 400), "requests served at once by the embedded server")
    secret: str = _setting("file:ssoc.secret", reference, "key that signs sessions")
    session_hours: int = _setting(12, whole(1, 72), "a sign-in lasts this long")
    trusted_proxies: int = _setting(
        0, whole(0, 5), "reverse proxies in front, whose X-Forwarded-* headers are believed"
    )
    public_metrics: bool = _setting(
        True, switch, "serve /metrics to anybody; otherwise a token with the scope read is needed"
    )
    public_url: str = _setting("", text, "address people use, for links in messages")
    headquarters: str = _setting(
        "Africa/Johannesburg", zone, "time zone of the operations room, on the wall; empty for none"
    )


@dataclass(frozen=True)
class IngestSettings:
    """Limits and habits of what other tools send."""

    alertmanager_prefixes: tuple[str, ...] = _setting(
        ("", "/am"), words, "path prefixes under which the Alertmanager API v2 answers"
    )
    market_labels: tuple[str, ...] = _setting(
        ("market", "country", "cc"), words, "labels that name the market, first found wins"
    )
    component_labels: tuple[str, ...] = _setting(
        ("component", "service"), words, "labels that name the component, first found wins"
    )
    resolve_timeout: timedelta = _setting(
        timedelta(minutes=5), duration, "lease of an alert that comes without endsAt"
    )
    most_body_bytes: int = _setting(4_194_304, whole(1024, 268_435_456), "largest request body")
    most_alerts: int = _setting(5_000, whole(1, 100_000), "most alerts in one request")
    most_labels: int = _setting(100, whole(1, 10_000), "most labels or annotations of one alert")
    most_label_bytes: int = _setting(4_096, whole(16, 1_048_576), "longest label or annotation")
    most_waiting: int = _setting(
        20_000, whole(100, 1_000_000), "alerts that may wait for the database before 503"
    )
    flapping_changes: int = _setting(2, whole(1, 100), "more changes than this are flapping …")
    flapping_window: timedelta = _setting(timedelta(minutes=30), duration, "… within this time")
    source_silence: timedelta = _setting(
        timedelta(minutes=15), duration, "a source that has open alerts and says nothing is silent"
    )
    webhook_silence: timedelta = _setting(
        timedelta(hours=5), duration, "the same for webhooks, which repeat every 4 h by default"
    )
    longest_silence: timedelta = _setting(
        timedelta(days=90), duration, "no silence lasts longer than this"
    )
    keep_flags: timedelta = _setting(
        timedelta(minutes=5), duration, "flags are answered this long while the database is away"
    )
    most_flags: int = _setting(
        60_000, whole(1, 100_000_000), "answers of flags to one token in a minute before 429"
    )
    keep_alerts: timedelta = _setting(
        timedelta(days=7), duration, "resolved alerts go into the archive after this"
    )
    keep_archive: timedelta = _setting(
        timedelta(days=400), duration, "the archive of alerts and their changes is kept this long"
    )


@dataclass(frozen=True)
class PollingSettings:
    """How the country platforms are asked."""

    workers: int = _setting(8, whole(1, 200), "polls at once within one market")
    allow_hosts: tuple[str, ...] = _setting(
        ("127.0.0.1", "localhost"), words, "hosts, *.domains and networks that may be polled"
    )
    connect_timeout: timedelta = _setting(timedelta(seconds=3), duration, "time to connect")
    read_timeout: timedelta = _setting(timedelta(seconds=8), duration, "time between two bytes")
    total_timeout: timedelta = _setting(timedelta(seconds=10), duration, "time for a whole poll")
    most_body_bytes: int = _setting(1_048_576, whole(1024, 67_108_864), "largest answer read")
    use_proxies: bool = _setting(False, switch, "take proxies from the environment")
    raw_days: int = _setting(14, whole(1, 3650), "raw polls and samples are kept this long")
    hourly_years: int = _setting(5, whole(1, 50), "hourly roll-ups are kept this long")
    heartbeat_after: timedelta = _setting(
        timedelta(seconds=60), duration, "a poller silent for this long is an alert"
    )


@dataclass(frozen=True)
class IncidentSettings:
    """How alerts become incidents."""

    settle: timedelta = _setting(
        timedelta(seconds=3), duration, "wait for a deeper cause before opening an incident"
    )
    common_cause: int = _setting(
        3, whole(2, 100), "failing components that make a silent shared dependency suspected"
    )
    unnest_after: timedelta = _setting(
        timedelta(seconds=120), duration, "a symptom that outlives its cause stands alone after"
    )
    relapse_within: timedelta = _setting(
        timedelta(hours=24), duration, "a new failure within this reopens the same incident"
    )
    close_after: timedelta = _setting(
        timedelta(days=7), duration, "a resolved incident closes by itself after"
    )
    cause_lateness: timedelta = _setting(
        timedelta(seconds=120),
        duration,
        "a cause may start this much later than its symptom; a slow check, later",
    )


@dataclass(frozen=True)
class PrioritySettings:
    """What an incident deserves, and how long each step of work may take."""

    matrix: str = _setting(
        "P1 P2 P3 / P2 P3 P4 / P3 P4 P4",
        matrix,
        "priority by impact (rows) and urgency (columns), 1 to 3 each",
    )
    high_share_percent: int = _setting(
        25, whole(1, 100), "losing this share of a market's usual traffic is the highest impact"
    )
    medium_share_percent: int = _setting(
        5, whole(1, 100), "losing this share of a market's usual traffic is medium impact"
    )
    many_markets: int = _setting(
        3, whole(2, 100), "an incident that touches so many markets has one more step of impact"
    )
    unseen_impact: int = _setting(
        1,
        whole(1, 3),
        "impact of an incident while a market is not seen at all, 1 worst; 3 never raises it",
    )
    redundant_impact: int = _setting(
        3,
        whole(1, 3),
        "impact, at most, while another of the redundancy group carries what fails; 1 worst",
    )
    guessed_impact: int = _setting(
        3,
        whole(1, 3),
        "impact, at most, of unreadable answers and suspicions while payments are as usual",
    )
    clocks: str = _setting("", text, "YAML file of clock terms; empty for those that come along")


@dataclass(frozen=True)
class ChangeSettings:
    """How changes are planned, approved and run."""

    policy: str = _setting(
        "", text, "YAML file laid over the shipped change policy; empty for none"
    )
    attachments: str = _setting(
        "attachments", text, "folder of attachments, or s3://bucket/prefix of an S3-like store"
    )
    attachments_endpoint: str = _setting(
        "", text, "address of an S3-like store other than Amazon's"
    )
    attachments_access_key: str = _setting("", text, "its access key: env:NAME or file:PATH")
    attachments_secret_key: str = _setting("", text, "its secret key: env:NAME or file:PATH")
    most_attachment_bytes: int = _setting(
        10_485_760, whole(1024, 1_073_741_824), "largest attachment"
    )
    most_import_rows: int = _setting(
        100_000, whole(1, 1_000_000), "rows of a file of changes from another tool, at most"
    )
    most_import_bytes: int = _setting(
        67_108_864, whole(1024, 1_073_741_824), "largest file of changes from another tool"
    )
    feed_hosts: tuple[str, ...] = _setting(
        (), words, "hosts, *.domains and networks whose calendars of freezes may be read"
    )
    most_feed_bytes: int = _setting(
        1_048_576, whole(1024, 16_777_216), "largest calendar of freezes"
    )
    most_extract_bytes: int = _setting(
        268_435_456, whole(1024, 4_294_967_296), "two extracts of one day to reconcile, at most"
    )
    extract_folder: str = _setting(
        "", text, "folder below which extracts to reconcile are fetched; empty for none"
    )
    extract_hosts: tuple[str, ...] = _setting(
        (), words, "hosts and *.domains whose databases may be asked for extracts"
    )
    extract_seconds: int = _setting(
        300, whole(1, 3600), "time a database may take to give an extract"
    )


@dataclass(frozen=True)
class EstateSettings:
    """Where the estate is described."""

    files: tuple[str, ...] = _setting(("estate.yaml",), words, "estate files or folders of them")


@dataclass(frozen=True)
class NotifySettings:
    """Where pages go besides the console."""

    webhook: str = _setting("", text, "address that gets each page as JSON; empty for none")
    webhook_token: str = _setting("", text, "bearer token of that address: env:NAME or file:PATH")
    mail_server: str = _setting(
        "", host_and_port, "SMTP server, as host:port; empty for no mail at all"
    )
    mail_tls: str = _setting(
        "starttls", one_of("starttls", "tls", "none"), "how the way to it is encrypted"
    )
    mail_from: str = _setting("", text, "sender of mail, such as ssoc@example.org")
    mail_user: str = _setting("", text, "name to sign in with there; empty for none")
    mail_password: str = _setting("", text, "its password: env:NAME or file:PATH")


@dataclass(frozen=True)
class Settings:
    """Everything an installation decides; each section is a table of ``ssoc.toml``."""

    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    web: WebSettings = field(default_factory=WebSettings)
    ingest: IngestSettings = field(default_factory=IngestSettings)
    polling: PollingSettings = field(default_factory=PollingSettings)
    incidents: IncidentSettings = field(default_factory=IncidentSettings)
    priority: PrioritySettings = field(default_factory=PrioritySettings)
    changes: ChangeSettings = field(default_factory=ChangeSettings)
    estate: EstateSettings = field(default_factory=EstateSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    folder: str = "."


def load(environment: Mapping[str, str] | None = None, path: Path | None = None) -> Settings:
    """Return the settings, or raise BadSettings that lists every fault.

    Args:
        environment: the process's own when None.
        path: the file; SSOC_CONFIG, else ``ssoc.toml`` here, when None. A missing default
            file means defaults; a missing named one is a fault.

    """
    given = os.environ if environment is None else environment
    named = path or (Path(given["SSOC_CONFIG"]) if given.get("SSOC_CONFIG") else None)
    file = named or Path(FILE)
    faults: list[str] = []
    tables, lines = _read_file(file, named is not None, faults)
    settings = Settings(folder=str(file.parent))
    for section in fields(Settings):
        if section.name != "folder":
            default = getattr(settings, section.name)
            found = _section(section.name, default, tables, lines, given, faults)
            settings = replace(settings, **{section.name: found})
    _name_strangers(tables, lines, faults)
    if faults:
        raise BadSettings("\n".join(faults))
    return settings


def environment_name(section: str, name: str) -> str:
    """Return the environment variable that overrides a setting."""
    return f"SSOC_{section}_{name}".upper()


def _read_file(
    file: Path, must_exist: bool, faults: list[str]
) -> tuple[dict[str, Any], Callable[[str, str], str]]:
    try:
        content = file.read_text(encoding="utf-8")
        tables = tomllib.loads(content)
    except FileNotFoundError:
        if must_exist:
            faults.append(f"{file}: no such file; ssoc init writes one")
        content, tables = "", {}
    except tomllib.TOMLDecodeError as error:
        faults.append(no_toml(file, content, str(error)))
        content, tables = "", {}
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{file}: {error}")
        content, tables = "", {}
    return tables, lambda section, name: f"{file}:{line_of(content, section, name)}"


def _section(
    section: str,
    default: Any,  # noqa: ANN401 (one of the section classes)
    tables: Mapping[str, Any],
    lines: Callable[[str, str], str],
    environment: Mapping[str, str],
    faults: list[str],
) -> Any:  # noqa: ANN401
    table = tables.get(section, {})
    chosen: dict[str, Any] = {}
    for each in fields(default):
        variable = environment_name(section, each.name)
        if variable in environment:
            value, where = environment[variable], variable
        elif isinstance(table, dict) and each.name in table:
            value, where = table[each.name], f"{lines(section, each.name)}: {each.name}"
        else:
            continue
        try:
            chosen[each.name] = each.metadata["parse"](value)
        except ValueError as error:
            faults.append(f"{where}: {error}")
    return replace(default, **chosen)


def _name_strangers(
    tables: Mapping[str, Any], lines: Callable[[str, str], str], faults: list[str]
) -> None:
    known = {each.name: each.default_factory for each in fields(Settings) if each.name != "folder"}
    for section, table in tables.items():
        if section not in known or not isinstance(table, dict):
            faults.append(f"{lines(section, '')}: [{section}] is not known; {', '.join(known)} are")
            continue
        names = [each.name for each in fields(known[section]())]  # type: ignore[operator]
        faults += [
            f"{lines(section, name)}: {name} is not known in [{section}]; {', '.join(names)} are"
            for name in table
            if name not in names
        ]


def secret(reference: str) -> str:
    """Return the secret behind ``env:NAME`` or ``file:PATH``; never log what comes back."""
    kind, _, name = reference.partition(":")
    value = os.environ.get(name) if kind == "env" else _read(name)
    if not value:
        cure = f"set the variable {name}" if kind == "env" else f"write the secret into {name}"
        raise BadSettings(f"the secret {reference} is empty or missing: {cure}")
    return value


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return None
