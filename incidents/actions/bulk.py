"""Act on many incidents at once; each succeeds or is refused by itself."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from incidents.models import Incident
from ssoc.core.errors import SsocError
from ssoc.core.work import Work

Action = Callable[..., Incident]


@dataclass(frozen=True)
class Outcome:
    """What became of one of many: done, or why not."""

    incident_id: int
    is_done: bool
    message: str = ""


def bulk(work: Work, action: Action, ids: Iterable[int], **given: object) -> list[Outcome]:
    """Do ``action`` to each incident in the order of their numbers; a refusal stops no other."""
    return [_one(work, action, number, given) for number in sorted(set(ids))]


def _one(work: Work, action: Action, number: int, given: dict[str, object]) -> Outcome:
    events = len(work.pending)
    try:
        with work.session.begin_nested():
            action(work, number, **given)
    except SsocError as refusal:
        del work.pending[events:]
        work.session.expire_all()
        return Outcome(number, is_done=False, message=str(refusal))
    return Outcome(number, is_done=True)
