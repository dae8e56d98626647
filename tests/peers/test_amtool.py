"""Acceptance 8: amtool, unchanged."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Fresh
from tests.peers.house import house
from tests.peers.launch import Receiver, missing, peers, require, wait_until
from tests.peers.test_webhook import quiet

Amtool = Callable[..., "subprocess.CompletedProcess[str]"]


def make(url: str, token: str, folder: Path) -> Amtool:
    """Return amtool with our address and token."""
    settings = folder / "http.yml"
    settings.write_text(f"authorization: {{type: Bearer, credentials: {token}}}\n")
    fixed = ["amtool", f"--alertmanager.url={url}/am", f"--http.config.file={settings}"]

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*fixed, *arguments], capture_output=True, text=True, timeout=30, check=False
        )

    return run


def test_every_command_of_amtool(
    fresh: Fresh, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if missing(["amtool"]):
        require("amtool is not installed")
    with fresh() as url, house(url) as ssoc:
        amtool = make(ssoc.url, ssoc.token, tmp_path)

        def good(*arguments: str) -> str:
            done = amtool(*arguments)
            assert (arguments, done.returncode, done.stderr) == (arguments, 0, "")
            return done.stdout

        good("alert", "query")
        good("alert", "add", "alertname=X", "country=KE", "severity=critical", "--annotation=a=b")
        assert re.search(r"^X ", good("alert", "query"), re.MULTILINE)
        [alert] = json.loads(good("alert", "query", "-o", "json", "country=~K.*"))
        assert alert["labels"] == {"alertname": "X", "country": "KE", "severity": "critical"}
        assert good("alert", "query", "country=TZ").count("\n") <= 1

        number = good("silence", "add", "country=KE", "alertname=~X|Y", "-d1h", "-ctest").strip()
        [silence] = json.loads(good("silence", "query", "-o", "json"))
        assert (silence["id"], silence["comment"]) == (number, "test")
        [held] = json.loads(good("alert", "query", "-o", "json", "--silenced"))
        assert held["status"]["state"] == "suppressed"
        assert held["status"]["silencedBy"] == [number]
        good("silence", "update", "--duration=3h", number)
        good("silence", "expire", number)
        assert json.loads(good("silence", "query", "-o", "json")) == []
        [expired] = json.loads(good("silence", "query", "--expired", "-o", "json"))
        assert expired["status"]["state"] == "expired"

        assert "receiver: ssoc" in good("config", "show")
        assert "ssoc" in good("config", "routes", "show")
        assert "disabled" in good("cluster", "show")
        good("alert", "query", "oops{")  # amtool itself makes alertname=oops{ of it
        refused = amtool("alert", "query", "alertname=X", "oops{")
        assert refused.returncode != 0
        assert "bad matcher format: oops{" in refused.stderr + refused.stdout
        wrong = make(ssoc.url, "wrong", tmp_path)("alert", "query")
        assert wrong.returncode != 0
        assert not [status for status in ssoc.statuses if status >= 500]
        quiet(caplog, ssoc.token)


def test_a_silence_holds_the_page_of_a_real_alert_until_it_expires(
    fresh: Fresh, tmp_path: Path
) -> None:
    if missing(["amtool"]):
        require("amtool is not installed")
    with fresh() as url, house(url) as ssoc:
        amtool = make(ssoc.url, ssoc.token, tmp_path)
        number = amtool("silence", "add", "country=TZ", "-d1h", "-ctest").stdout.strip()
        receiver = Receiver(ssoc.url, ssoc.token)
        folder = tmp_path / "lab"
        folder.mkdir()
        with peers(folder, [receiver], only=("pushgateway", "prometheus")) as lab:
            lab.resolve("KE", "TZ")
            lab.fire("TZ")
            wait_until(lambda: len(ssoc.alerts()) == 1, 30, "the alert of TZ")
            lab.fire("KE")  # pages, and shows that the correlator has been past TZ
            wait_until(lambda: any("KE" in each.markets for each in ssoc.incidents()), 30, "KE")
            wait_until(lambda: len(ssoc.pages()) >= 1, 20, "the page of KE")
            assert not [text for text in ssoc.pages() if "tz" in text.lower()]
            shown = amtool("alert", "query", "-o", "json", "--silenced", "country=TZ").stdout
            assert json.loads(shown)[0]["status"]["silencedBy"] == [number]
            assert amtool("silence", "expire", number).returncode == 0
            wait_until(
                lambda: any("tz" in text.lower() for text in ssoc.pages()), 30, "the page of TZ"
            )
