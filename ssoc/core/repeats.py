"""Requests that may be sent twice: the answer is kept beside what it did, under a key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, String, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from ssoc.core.database import Base, Json
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.work import Work

KEPT_FOR = timedelta(days=1)
LONGEST = 128


class RepeatableRequest(Base):
    """What was answered to one request with an idempotency key."""

    __tablename__ = "repeatable_request"
    __table_args__ = (Index("ix_repeatable_request_at", "at"),)

    by: Mapped[str] = mapped_column(String(128), primary_key=True)
    key: Mapped[str] = mapped_column(String(LONGEST), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer: Mapped[Json]
    at: Mapped[datetime]


@dataclass(frozen=True)
class Repeatable:
    """A request's own key, and what tells it from another request under the same key."""

    key: str
    fingerprint: str


def answered(work: Work, request: Repeatable) -> dict[str, Any] | None:
    """Return what was answered to this request before, or None when it is new.

    Raises:
        BadInput: the key cannot be kept.
        Conflict: the key was used for something else.

    """
    if not 0 < len(request.key) <= LONGEST or not request.key.isprintable():
        raise BadInput(f"an idempotency key has 1 to {LONGEST} printable signs; send another")
    kept = work.session.get(RepeatableRequest, (work.actor.name, request.key))
    if kept is None or kept.at <= work.now - KEPT_FOR:
        return None
    if kept.fingerprint != request.fingerprint:
        raise Conflict(
            "this idempotency key was used for another request; nothing was changed; "
            "make a fresh key for each request"
        )
    return kept.answer


def keep(work: Work, request: Repeatable, answer: dict[str, Any]) -> None:
    """Keep the answer in the transaction of what it tells; forget those of another day."""
    old = delete(RepeatableRequest).where(RepeatableRequest.at <= work.now - KEPT_FOR)
    work.session.execute(old)
    work.session.add(
        RepeatableRequest(
            by=work.actor.name,
            key=request.key,
            fingerprint=request.fingerprint,
            answer=answer,
            at=work.now,
        )
    )
    try:
        work.session.flush()
    except IntegrityError as error:
        raise Conflict(
            "the same request is being worked on at this moment; send it again for its answer"
        ) from error
