"""What happens to parallel runs, their days and their breaks."""

from dataclasses import dataclass

from ssoc.core.vocabulary.words import DomainEvent


@dataclass(frozen=True)
class ReconciliationEvent(DomainEvent):
    """Base of what happens to one parallel run; ``about`` is its subject, such as ``site:12``."""

    parallel_id: int
    about: str
    market: str

    @property
    def subject(self) -> str:
        """Return the parallel run."""
        return f"parallel:{self.parallel_id}"


@dataclass(frozen=True)
class ParallelRunSet(ReconciliationEvent):
    """A parallel run was planned, changed or ended."""

    what: str = ""
    detail: str = ""


@dataclass(frozen=True)
class DayReconciled(ReconciliationEvent):
    """A day of two systems was compared; ``was`` is the run whose place it took, 0 for none."""

    day: str = ""
    run_id: int = 0
    was: int = 0
    breaks: int = 0
    old_digest: str = ""
    new_digest: str = ""


@dataclass(frozen=True)
class DayNotReconciled(ReconciliationEvent):
    """A day could not be compared; nothing of it counts."""

    day: str = ""
    run_id: int = 0
    reason: str = ""


@dataclass(frozen=True)
class BreaksJudged(ReconciliationEvent):
    """Somebody explained, carried, closed, reopened or assigned breaks; numbers with commas."""

    move: str = ""
    breaks: str = ""
    owner: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ExtractDefinitionSet(DomainEvent):
    """How the extracts of a system are read was set."""

    name: str
    market: str

    @property
    def subject(self) -> str:
        """Return the definition."""
        return f"extract:{self.name}"
