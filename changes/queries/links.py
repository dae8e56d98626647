"""Incidents that people say a change caused: a thin door to the judgements of causes.

Imported when asked: the suspects are ranked by the record of earlier changes, which counts them.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select

from changes.models import CauseVerdict
from ssoc.core.work import Work

if TYPE_CHECKING:
    from changes.queries.causes import CausedIncident

_FEW = 500


def confirmed(work: Work, change_ids: Collection[int]) -> "dict[int, list[CausedIncident]]":
    """Return the incidents that each change is confirmed to have caused."""
    from changes.queries import causes  # noqa: PLC0415 (see above)

    asked = set(change_ids)
    if len(asked) > _FEW:  # of very many few have ever been judged
        judged = select(CauseVerdict.change_id).where(CauseVerdict.change_id.is_not(None))
        asked &= set(work.session.scalars(judged.distinct()))
    return causes.confirmed(work, asked) if asked else {}


def priorities_of(work: Work, change_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the priorities of the incidents that each change caused, such as ``P1``."""
    found = confirmed(work, change_ids)
    return {change: [str(each.priority) for each in caused] for change, caused in found.items()}


def confirmed_among(work: Work, change_ids: Select[Any]) -> "dict[int, list[CausedIncident]]":
    """Return those of the selected changes that are confirmed to have caused an incident."""
    judged = change_ids.where(
        change_ids.selected_columns[0].in_(
            select(CauseVerdict.change_id).where(CauseVerdict.change_id.is_not(None))
        )
    )
    return confirmed(work, list(work.session.scalars(judged)))
