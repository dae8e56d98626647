"""``ssoc feature``: what it prints, writes and refuses."""

import json

import pytest
from click.testing import CliRunner, Result

from changes.features.cli import feature
from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.work import Runtime
from tests.changes.features import story
from tests.changes.features.story import KEY


def run(runtime: Runtime, *call: str) -> Result:
    return CliRunner().invoke(feature, list(call), obj=lambda: runtime)


def test_from_made_to_ended(runtime: Runtime) -> None:
    number = story.feature(runtime)
    made = run(runtime, "make", "limits", "--rollout", str(number), "--title", "Limits",
               "--kind", "integer", "--on", "5", "--off", "0")  # fmt: skip
    assert made.output == "feature limits is made\n"
    assert "KE segment staff; 10 % of customers; TZ segment staff" in run(runtime, "list").output
    asked = run(runtime, "ask", "limits", "--market", "tz", "--with", "segment=staff")
    assert asked.output == f"on: 5 (TARGETING_MATCH, rollout ROL-{number}, wave 1)\n"
    off = run(runtime, "kill", KEY, "--market", "ke", "--reason", "double debits")
    assert off.output == "forced off in KE\n"
    again = run(runtime, "kill", KEY, "--market", "KE", "--reason", "more")
    assert again.output == "it was forced off there already\n"
    shown = run(runtime, "show", KEY).output
    assert "KE: forced off" in shown
    assert "double debits" in shown
    assert json.loads(run(runtime, "show", KEY, "--json").output)["forced_off"] == ["KE"]
    on = run(runtime, "lift", KEY, "--market", "KE", "--reason", "mended")
    assert on.output == "it goes on in KE\n"
    assert run(runtime, "end", KEY, "--reason", "over").output == f"feature {KEY} has ended\n"


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (("show", "none"), NotFound),
        (("ask", KEY, "--market", "KE"), BadInput),
        (("ask", KEY, "--market", "KE", "--with", "x"), BadInput),
        (("make", "x", "--rollout", "1", "--title", "x", "--on", "{"), BadInput),
        (("make", KEY, "--rollout", "1", "--title", "x"), Conflict),
    ],
)
def test_what_it_refuses(runtime: Runtime, call: tuple[str, ...], kind: type[Exception]) -> None:
    story.feature(runtime)
    done = run(runtime, *call)
    assert isinstance(done.exception, kind)
