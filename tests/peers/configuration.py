"""What the real tools are told: short intervals, the lab's alert rules, and who receives."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

ROUTING_KEY = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Receiver:
    """Where alerts go: an ssoc under test, or a listener that records. An empty path: not sent."""

    url: str
    token: str
    am_prefix: str = "/am"
    webhook_path: str = "/hooks/alertmanager"
    pagerduty_path: str = "/v2/enqueue"
    routing_key: str = ROUTING_KEY
    pushed_to: bool = True  # False: only Alertmanager sends, Prometheus does not push to it


def write(
    folder: Path, ports: Mapping[str, int], receivers: Sequence[Receiver], scrape: str
) -> None:
    """Write every configuration file into ``folder``; tokens go into files of mode 600."""
    for number, receiver in enumerate(receivers):
        token = folder / f"token-{number}"
        token.touch(mode=0o600)
        token.write_text(receiver.token)
    files = {
        "rules.yml": rules(),
        "prometheus.yml": prometheus(ports, receivers, scrape),
        "alertmanager.yml": alertmanager(receivers),
        "blackbox.yml": blackbox(),
    }
    for name, content in files.items():
        (folder / name).write_text(yaml.safe_dump(content, sort_keys=False))


def rules() -> dict[str, Any]:
    """Return the lab's alert rules: one on the success ratio, five for bursts."""
    low = {
        "alert": "MobileMoneySuccessLow",
        "expr": "mm_success_ratio < 0.95",
        "for": "2s",
        "labels": {"severity": "critical", "service": "mobile-money"},
        "annotations": {
            "summary": "Success ratio {{ $value | humanizePercentage }} in {{ $labels.country }}",
            "runbook_url": "http://127.0.0.1/runbooks/success-low",
        },
    }
    target = {
        "alert": "TargetDown",
        "expr": "up == 0",
        "for": "2s",
        "labels": {"severity": "warning"},
        "annotations": {"summary": "{{ $labels.job }} {{ $labels.instance }} is down"},
    }
    bursts = [{"alert": f"Burst{number}", "expr": "mm_burst == 1"} for number in range(1, 6)]
    return {"groups": [{"name": "lab", "rules": [low, target]}, {"name": "burst", "rules": bursts}]}


def prometheus(
    ports: Mapping[str, int], receivers: Sequence[Receiver], scrape: str
) -> dict[str, Any]:
    """Return Prometheus' configuration: it scrapes the lab and pushes to every receiver."""
    pushes: list[dict[str, Any]] = [
        {"api_version": "v2", "static_configs": [{"targets": [_here(ports["alertmanager"])]}]}
    ]
    for number, receiver in enumerate(receivers):
        if receiver.pushed_to:
            address = urlsplit(receiver.url)
            pushes.append(
                {
                    "api_version": "v2",
                    "scheme": address.scheme,
                    "path_prefix": f"{address.path.rstrip('/')}{receiver.am_prefix}" or "/",
                    "authorization": {"type": "Bearer", "credentials_file": f"token-{number}"},
                    "static_configs": [{"targets": [address.netloc]}],
                }
            )
    scrapes = [
        {"job_name": "node", "static_configs": [{"targets": [_here(ports["node"])]}]},
        {
            "job_name": "pushgateway",
            "honor_labels": True,
            "static_configs": [{"targets": [_here(ports["pushgateway"])]}],
        },
    ]
    return {
        "global": {
            "scrape_interval": scrape,
            "evaluation_interval": scrape,
            "external_labels": {"lab": "ssoc"},
        },
        "rule_files": ["rules.yml"],
        "alerting": {"alertmanagers": pushes},
        "scrape_configs": scrapes,
    }


def alertmanager(receivers: Sequence[Receiver]) -> dict[str, Any]:
    """Return Alertmanager's configuration: a webhook for all, PagerDuty for critical alerts."""
    hooks, pages = [], []
    for number, receiver in enumerate(receivers):
        bearer = {"authorization": {"type": "Bearer", "credentials_file": f"token-{number}"}}
        base = receiver.url.rstrip("/")
        if receiver.webhook_path:
            url = f"{base}{receiver.webhook_path}"
            hooks.append({"url": url, "send_resolved": True, "http_config": bearer})
        if receiver.pagerduty_path:
            pages.append(
                {
                    "url": f"{base}{receiver.pagerduty_path}",
                    "routing_key": receiver.routing_key,
                    "send_resolved": True,
                    "severity": "{{ .CommonLabels.severity }}",
                }
            )
    return {
        "route": {
            "receiver": "hooks",
            "group_by": ["alertname", "country"],
            "group_wait": "1s",
            "group_interval": "3s",
            "repeat_interval": "9s",
            "routes": [
                {
                    "matchers": ['alertname=~"Burst.*"'],
                    "receiver": "hooks",
                    "group_by": ["alertname"],
                },
                {"matchers": ['severity="critical"'], "receiver": "pages", "continue": True},
                {"matchers": ['severity=~".+"'], "receiver": "hooks"},
            ],
        },
        "receivers": [
            {"name": "hooks", "webhook_configs": hooks},
            {"name": "pages", "pagerduty_configs": pages},
        ],
        "inhibit_rules": [
            {
                "source_matchers": ['severity="critical"'],
                "target_matchers": ['severity="warning"'],
                "equal": ["country"],
            }
        ],
    }


def blackbox() -> dict[str, Any]:
    """Return the probes of the blackbox exporter."""
    loose = {"tls": True, "tls_config": {"insecure_skip_verify": True}}
    return {
        "modules": {
            "http_2xx": {"prober": "http", "timeout": "3s"},
            "tcp_connect": {"prober": "tcp", "timeout": "3s"},
            "tcp_tls": {"prober": "tcp", "timeout": "3s", "tcp": loose},
        }
    }


def figures(ratio: float) -> str:
    """Return what a country platform with this success ratio exposes."""
    return (
        "# TYPE mm_success_ratio gauge\n"
        f"mm_success_ratio {ratio}\n"
        "# TYPE mm_transactions_total counter\n"
        'mm_transactions_total{type="p2p",outcome="ok"} 120345\n'
        'mm_transactions_total{type="p2p",outcome="failed"} 321\n'
        "# TYPE mm_licence_tps gauge\n"
        "mm_licence_tps 4000\n"
        "# TYPE mm_api_seconds histogram\n"
        'mm_api_seconds_bucket{le="0.5"} 900\n'
        'mm_api_seconds_bucket{le="+Inf"} 1000\n'
        "mm_api_seconds_sum 412.5\n"
        "mm_api_seconds_count 1000\n"
    )


def heartbeat_document() -> str:
    """Return an OpenAPI document of a GSMA-shaped heartbeat, with the odd answers seen in public.

    Written from the public facts of the GSMA Mobile Money API 1.2.0, not copied from its file:
    a number without bounds and dates of the past are what a mock server makes of such a schema.
    """
    error = {
        "description": "refused",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "errorCategory": {"type": "string"},
                        "errorCode": {"type": "string"},
                        "errordescription": {"type": "string"},
                        "errorDateTime": {"type": "string", "format": "date-time"},
                    },
                },
                "example": {
                    "errorCategory": "businessRule",
                    "errorCode": "genericError",
                    "errordescription": "string",
                    "errorDateTime": "2019-08-24T14:15:22Z",
                },
            }
        },
    }
    words = ["available", "unavailable", "degraded"]
    healthy = {
        "description": "the status of the service",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["serviceStatus", "delay", "plannedRestorationTime"],
                    "properties": {
                        "serviceStatus": {"type": "string", "enum": words},
                        "delay": {"type": "integer"},
                        "plannedRestorationTime": {"type": "string", "format": "date-time"},
                    },
                },
                "example": {
                    "serviceStatus": "available",
                    "delay": -9007199254740991,
                    "plannedRestorationTime": "2019-08-24T14:15:22Z",
                },
            }
        },
    }
    date = {"name": "X-Date", "in": "header", "schema": {"type": "string", "format": "date-time"}}
    codes = ("400", "401", "404", "500", "503")
    get = {"parameters": [date], "responses": {"200": healthy, **dict.fromkeys(codes, error)}}
    head = {"openapi": "3.0.3", "info": {"title": "Heartbeat", "version": "1.2.0"}}
    return json.dumps({**head, "paths": {"/heartbeat": {"get": get}}})


def _here(port: int) -> str:
    return f"127.0.0.1:{port}"
