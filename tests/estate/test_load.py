"""Loading an estate: idempotent, with the difference first, and nothing is ever deleted."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ssoc.core.errors import NotAllowed
from ssoc.core.permissions import ANONYMOUS, SYSTEM
from ssoc.core.work import Runtime
from ssoc.estate import actions, queries
from ssoc.estate.models import EstateItem
from ssoc.estate.plain import KINDS, body_of, item_of
from ssoc.estate.reader import Description, read
from tests.estate.test_reader import GOOD, write


@pytest.fixture
def described(tmp_path: Path) -> Description:
    return read([write(tmp_path, GOOD)])


def test_every_value_survives_the_table(described: Description) -> None:
    for kind, item in described.items():
        assert item_of(kind, body_of(item)) == item
    assert {kind for kind, _ in described.items()} == set(KINDS)


def test_loading_twice_changes_nothing(runtime: Runtime, described: Description) -> None:
    with runtime.work(SYSTEM) as work:
        assert actions.replace(work, described.items()).added
    with runtime.work(SYSTEM) as work:
        assert actions.replace(work, described.items()).is_empty
    with runtime.view(SYSTEM) as work:
        loaded = queries.current(work)
    assert loaded.version == 1
    assert dict(loaded.components) == described.components
    assert dict(loaded.checks) == described.checks


def test_a_unit_of_work_sees_one_estate_and_the_one_it_loads(
    runtime: Runtime, described: Description
) -> None:
    with runtime.work(SYSTEM) as work:
        assert queries.current(work).version == 0
        actions.replace(work, described.items())
        assert queries.current(work).version == 1
        assert queries.current(work) is queries.current(work)
    with runtime.view(SYSTEM) as work:
        assert queries.current(work).components


def test_the_difference_is_known_before_it_is_written(
    runtime: Runtime, described: Description
) -> None:
    with runtime.work(SYSTEM) as work:
        actions.replace(work, described.items())
    described.components["ledger"] = replace(described.components["ledger"], name="Core ledger")
    del described.components["spare"]
    with runtime.view(SYSTEM) as work:
        change = actions.compare(work, described.items())
    assert change.retired == [("component", "spare")]
    assert change.changed == {("component", "ledger"): {"name": ("Ledger", "Core ledger")}}


def test_what_is_gone_is_retired_and_kept(runtime: Runtime, described: Description) -> None:
    with runtime.work(SYSTEM) as work:
        actions.replace(work, described.items())
    gone = described.components.pop("spare")
    with runtime.work(SYSTEM) as work:
        actions.replace(work, described.items())
    with runtime.view(SYSTEM) as work:
        assert gone.key not in queries.current(work).components
        kept = work.session.scalars(select(EstateItem).where(EstateItem.key == gone.key)).one()
        assert kept.retired_at == work.now
    described.components["spare"] = gone
    with runtime.work(SYSTEM) as work:
        actions.replace(work, described.items())
        assert (
            work.session.scalar(
                select(func.count()).where(
                    EstateItem.key == gone.key, EstateItem.kind == "component"
                )
            )
            == 2
        )
    with runtime.view(SYSTEM) as work:
        assert queries.current(work).components["spare"] == gone


def test_only_who_may_load_loads(runtime: Runtime, described: Description) -> None:
    with pytest.raises(NotAllowed, match="estate:load"), runtime.work(ANONYMOUS) as work:
        actions.replace(work, described.items())


def test_rows_of_an_older_release_are_not_called_changed(
    runtime: Runtime, described: Description
) -> None:
    with runtime.work(SYSTEM) as work:
        actions.replace(work, described.items())
    with runtime.work(SYSTEM) as work:
        for row in work.session.scalars(select(EstateItem)):
            newest = {"market": "pay_days", "dependency": "need"}.get(row.kind, "")
            row.body = {name: value for name, value in row.body.items() if name != newest}
    with runtime.view(SYSTEM) as work:
        assert actions.compare(work, described.items()).is_empty
