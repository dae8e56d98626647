"""Hold pages back for a time: silences, with matchers, an end, an author and a comment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from ssoc.core.errors import BadInput, NotAllowed
from ssoc.core.permissions import EVERYWHERE, ActorKind, Permission
from ssoc.core.vocabulary import SilenceExpired, SilenceSet
from ssoc.core.work import Work
from ssoc.monitoring import models
from ssoc.monitoring.report import storable
from ssoc.monitoring.rules.matching import Matcher, checked, to_plain

_LONGEST_MARKETS = 255


@dataclass(frozen=True)
class SilenceDraft:
    """A silence as somebody asks for it; ``id`` when it replaces an older one.

    ``created_by`` is what a machine says of its user; a person is always named by the sign-in.
    """

    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    comment: str = ""
    created_by: str = ""
    id: str = ""


def set_silence(work: Work, draft: SilenceDraft) -> str:
    """Make or change a silence; return its id, which is new when the matchers changed.

    It holds only alerts of the markets its author may silence. The same matchers on a silence
    that has not ended are a change in place; otherwise the old one ends and a new one begins.
    """
    markets = _scope(work)
    old = work.get(models.Silence, draft.id) if draft.id else None
    if old is not None:
        _require_all(work, old)
    matchers = checked(draft.matchers)
    plain = storable(to_plain(matchers))
    _check_times(work, draft)
    in_place = old is not None and old.ends_at > work.now and old.matchers == plain
    if old is None or not in_place:
        if old is not None:
            _end(work, old)
        old = models.Silence(id=str(uuid4()), matchers=plain, markets=markets)
        old.starts_at = max(draft.starts_at, work.now)
    elif old.starts_at > work.now:
        old.starts_at = max(draft.starts_at, work.now)
    old.ends_at, old.comment = draft.ends_at, storable(draft.comment)
    old.created_by = _author(work, draft)
    old.updated_at = work.now
    work.session.add(old)
    words = ", ".join(map(str, matchers))
    work.record(SilenceSet(old.id, words, old.ends_at.isoformat(), old.comment))
    return old.id


def expire_silence(work: Work, silence_id: str) -> None:
    """End a silence now; what it held pages at once. One that has ended stays as it is."""
    _scope(work)
    silence = work.get(models.Silence, silence_id)
    _require_all(work, silence)
    _end(work, silence)


def _end(work: Work, silence: models.Silence) -> None:
    if silence.ends_at > work.now:
        silence.ends_at = work.now
        silence.starts_at = min(silence.starts_at, work.now)
        silence.updated_at = work.now
        work.record(SilenceExpired(silence.id))


def _scope(work: Work) -> str:
    """Return the markets the actor may silence, with commas between; ``*`` for all."""
    held = work.actor.markets(Permission.ALERT_SILENCE)
    if not held:
        work.require(Permission.ALERT_SILENCE, EVERYWHERE)
    markets = EVERYWHERE if EVERYWHERE in held else ",".join(sorted(held))
    if len(markets) > _LONGEST_MARKETS:
        raise NotAllowed(
            "this role names too many markets one by one; ask an admin for all of them"
        )
    return markets


def _require_all(work: Work, silence: models.Silence) -> None:
    for market in silence.markets.split(","):
        work.require(Permission.ALERT_SILENCE, market)


def _author(work: Work, draft: SilenceDraft) -> str:
    given = "" if work.actor.kind is ActorKind.PERSON else draft.created_by.strip()
    return str(storable(given or work.actor.name))[:128]


def _check_times(work: Work, draft: SilenceDraft) -> None:
    longest = work.settings.ingest.longest_silence
    if draft.ends_at <= draft.starts_at:
        raise BadInput("the silence ends before it starts; give an end after the start")
    if draft.ends_at <= work.now:
        raise BadInput("the silence ends in the past; give an end that is still to come")
    if draft.ends_at - max(draft.starts_at, work.now) > longest:
        raise BadInput(
            f"the silence lasts longer than {longest.days} days (longest_silence); "
            "give an earlier end, none is open-ended"
        )
