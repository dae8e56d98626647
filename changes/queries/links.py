"""Incidents that people say a change caused: a thin door to the judgements of causes."""

from collections.abc import Collection
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from sqlalchemy import Select

from ssoc.core.work import Work


def confirmed(work: Work, change_ids: Collection[int]) -> dict[int, list[Any]]:
    """Return the incidents that each change is confirmed to have caused."""
    if not change_ids or find_spec("changes.queries.causes") is None:
        return {}
    found: dict[int, list[Any]] = import_module("changes.queries.causes").confirmed(
        work, change_ids
    )
    return found


def priorities_of(work: Work, change_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the priorities of the incidents that each change caused, such as ``P1``."""
    found = confirmed(work, change_ids)
    return {change: [str(each.priority) for each in caused] for change, caused in found.items()}


def confirmed_among(work: Work, change_ids: Select[Any]) -> Collection[int]:
    """Return those of the selected changes that are confirmed to have caused an incident."""
    chosen = list(work.session.scalars(change_ids))
    return confirmed(work, chosen).keys()
