"""What runs: job heartbeats, the leader's lease, and the revision that screens follow."""

from datetime import datetime

from sqlalchemy import Integer, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ssoc.core.database import Base


class JobRun(Base):
    """The last turn of one job; a heartbeat that stays away turns ``/api/health`` red."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    every_seconds: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    duration_ms: Mapped[int] = mapped_column(Integer, default=0)
    runs: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    misfires: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(500))
    failing_since: Mapped[datetime | None]  # the first of the failures since the last success
    process: Mapped[str] = mapped_column(String(128), default="")


class Revision(Base):
    """A number that rises with every change a screen would show; the tag of live pages."""

    __tablename__ = "revision"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


CONSOLE = "console"
_RAISED = "revisions raised"  # under which a session keeps in which transaction it told so


def bump(session: Session, name: str = CONSOLE) -> None:
    """Tell live pages that something they show has changed; once in a transaction is enough."""
    kept, transaction = session.info.setdefault(_RAISED, {}), session.get_transaction()
    if transaction is not None and kept.get(name) is transaction:
        return
    raised = update(Revision).where(Revision.name == name).values(number=Revision.number + 1)
    if not session.execute(raised).rowcount:  # type: ignore[attr-defined]
        session.add(Revision(name=name, number=1))
    if not session.in_nested_transaction():  # what a savepoint takes back is to be told again
        kept[name] = session.get_transaction()


def revision(session: Session, name: str = CONSOLE) -> int:
    """Return the present number; 0 before the first change."""
    return session.scalar(select(Revision.number).where(Revision.name == name)) or 0
