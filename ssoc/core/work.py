"""One unit of work: one transaction, one actor, one instant."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Engine, true
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.orm.exc import StaleDataError

from ssoc.core.clock import Clock
from ssoc.core.database import READ_ONLY, Base
from ssoc.core.errors import Conflict, NotAllowed, NotFound, Unavailable
from ssoc.core.events import Pending, seal
from ssoc.core.permissions import EVERYWHERE, Actor, Permission
from ssoc.core.settings import Settings
from ssoc.core.vocabulary import DomainEvent

T = TypeVar("T", bound=Base)
E = TypeVar("E", bound=DomainEvent)


@dataclass(frozen=True)
class Subscription:
    """One subscriber: the event it listens to, its stable name, the function to run."""

    kind: type[DomainEvent]
    name: str
    run: Callable[["Work", Any], None]


def on(kind: type[E], run: Callable[["Work", E], None]) -> Subscription:
    """Bind ``run`` to events of ``kind``; the type checker sees that the two agree."""
    return Subscription(kind, f"{run.__module__}.{run.__name__}", run)


@dataclass(frozen=True)
class Work:
    """What an action needs: where to write, who asks, what time it is, what was decided."""

    session: Session
    actor: Actor
    now: datetime
    settings: Settings
    subscriptions: Sequence[Subscription] = ()
    pending: list[Pending] = field(default_factory=list)

    def require(self, permission: Permission, market: str) -> None:
        """Raise NotAllowed unless the actor holds ``permission`` for ``market``."""
        if not self.actor.may(permission, market):
            where = "all markets" if market == EVERYWHERE else market
            held = ", ".join(sorted(self.actor.markets(permission))) or "no market"
            raise NotAllowed(
                f"{self.actor.name} may not {permission.phrase} in {where}; {permission} is held "
                f"for {held}, and nothing was changed; {self.actor.cure(permission)}",
                permission,
                market,
            )

    def visible(
        self, market: InstrumentedAttribute[str], permission: Permission
    ) -> ColumnElement[bool]:
        """Return the condition that keeps rows of markets the actor may not see out of sight."""
        held = self.actor.markets(permission)
        return true() if EVERYWHERE in held else market.in_(held)

    @property
    def is_view(self) -> bool:
        """Tell whether it may only read: what it found once stays as it is until it ends."""
        return bool(self.session.get_bind().get_execution_options().get("ssoc_read_only"))

    def get(self, kind: type[T], key: int | str) -> T:
        """Return the row or raise NotFound."""
        row = self.session.get(kind, key)
        if row is None:
            raise NotFound(f"no {kind.__tablename__.replace('_', ' ')} {key}")
        return row

    def record(self, event: DomainEvent) -> None:
        """Write ``event`` to the log and the outbox; subscribers get it after commit."""
        names = [each.name for each in self.subscriptions if each.kind is type(event)]
        self.pending.append(Pending(event, self.now, self.actor.name, names))


@dataclass(frozen=True)
class Runtime:
    """Everything wired once at start-up; web, scheduler and command line share its shape."""

    engine: Engine
    clock: Clock
    settings: Settings = field(default_factory=Settings)
    subscriptions: Sequence[Subscription] = ()

    @contextmanager
    def work(self, actor: Actor) -> Iterator[Work]:
        """Open a unit of work; commit on success, roll back on any error."""
        with (
            translated(),
            Session(self.engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            work = Work(session, actor, self.clock.now(), self.settings, self.subscriptions)
            yield work
            session.flush()
            seal(session, work.pending)

    @contextmanager
    def view(self, actor: Actor) -> Iterator[Work]:
        """Open a unit of work that may only read; the database refuses writes."""
        engine = self.engine.execution_options(**READ_ONLY)
        with (
            translated(writes=False),
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield Work(session, actor, self.clock.now(), self.settings)

    @property
    def subscribers(self) -> Mapping[str, Callable[[Work, Any], None]]:
        """Return the subscribers by name."""
        return {each.name: each.run for each in self.subscriptions}


@contextmanager
def translated(writes: bool = True) -> Iterator[None]:
    """Turn "the database is away" and "somebody was faster" into what users can act on.

    A refusal to write means a read-only disk where writing was meant, and a bug in a view.
    """
    try:
        yield
    except StaleDataError as error:
        raise Conflict("somebody changed it meanwhile; look again, then repeat") from error
    except (OperationalError, InterfaceError, InternalError, PoolTimeoutError) as error:
        if is_away(error) or (writes and refuses_writes(error)):
            raise Unavailable(
                "the database is locked or away; nothing was written; try again shortly"
            ) from error
        raise
    except DatabaseError as error:
        if is_no_database(error):
            raise Unavailable(
                "the database's file is damaged, or is none; correct [database] url, or put a "
                "backup back with ssoc db restore"
            ) from error
        raise


_SQLITE_AWAY = ("locked", "busy", "unable to open", "disk i/o", "disk is full")


def is_away(error: Exception) -> bool:
    """Tell whether ``error`` means that the database cannot be used now, not that we are wrong."""
    if isinstance(error, PoolTimeoutError) or not isinstance(error, DBAPIError):
        return True
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:  # 08 connection, 53 resources, 55P03 lock, 57 shutdown, 40 serialization
        return str(code)[:2] in {"08", "53", "57", "40"} or code == "55P03"
    text = str(error.orig).lower()
    sqlite = type(error.orig).__module__ == "sqlite3"
    return not sqlite or any(word in text for word in _SQLITE_AWAY)


def is_no_database(error: BaseException) -> bool:
    """Tell whether SQLite finds something else than a database in the file."""
    said = str(error)
    return "file is not a database" in said or "database disk image is malformed" in said


def refuses_writes(error: Exception) -> bool:
    """Tell whether ``error`` means that the database cannot be written to at all."""
    return "readonly database" in str(error) or "read-only transaction" in str(error)
