"""What the log is spared: what is counted elsewhere, and what only repeats itself."""

import logging

import pytest
from click.testing import CliRunner

from ssoc.cli import ssoc

MUTED = ("apscheduler.scheduler", "apscheduler.executors")


@pytest.mark.parametrize("name", ["apscheduler.scheduler", "apscheduler.executors.default"])
def test_a_turn_left_out_is_counted_not_logged(
    name: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("apscheduler", "alembic", *MUTED):
        monkeypatch.setattr(logging.getLogger(each), "level", logging.NOTSET)
    assert CliRunner().invoke(ssoc, ["scheduler", "--help"]).exit_code == 0
    speaker = logging.getLogger(name)
    speaker.warning("execution of a job was skipped")
    speaker.error("a job raised an exception")
    assert [each.message for each in caplog.records] == ["a job raised an exception"]
