"""Go or no-go: what criteria, votes, conditions and an override come to. Pure.

In this order: without a quorum nothing is decided. A hard criterion that is red, or of which
nothing is known, is a no-go, unless the named authority overrides it in writing. The no of one
role is a no-go. A soft criterion that is red asks for a condition. What is left is a go.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Light(StrEnum):
    """What a criterion says."""

    GREEN = "green"
    RED = "red"
    NO_DATA = "no data"


class Word(StrEnum):
    """What somebody votes."""

    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"


class Verdict(StrEnum):
    """What a meeting comes to."""

    GO = "go"
    WITH_CONDITIONS = "go with conditions"
    NO_GO = "no-go"
    NONE = "no decision"

    @property
    def is_go(self) -> bool:
        """Tell whether the site may cut over once its conditions are closed."""
        return self in {Verdict.GO, Verdict.WITH_CONDITIONS}


@dataclass(frozen=True)
class Criterion:
    """One criterion; ``source`` is where its value comes from, ``why`` what it says in words."""

    name: str
    title: str
    is_hard: bool
    light: Light
    source: str = ""
    why: str = ""
    is_automatic: bool = True

    @property
    def is_met(self) -> bool:
        """Tell whether it is green; no data never is."""
        return self.light is Light.GREEN


@dataclass(frozen=True)
class Ballot:
    """The vote of one person for one role; of several the last counts."""

    role: str
    person: str
    word: Word
    at: datetime
    reason: str = ""


@dataclass(frozen=True)
class Condition:
    """What has to be done before the cut-over, by whom and when."""

    text: str
    owner: str
    due_on: date | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    id: int = 0

    @property
    def is_open(self) -> bool:
        """Tell whether it stands against a cut-over."""
        return self.closed_at is None


@dataclass(frozen=True)
class Override:
    """The written override of red hard criteria by the named authority."""

    by: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Finding:
    """What it comes to now, and the one sentence that says why."""

    verdict: Verdict
    sentence: str
    is_overridden: bool = False
    red: Sequence[str] = ()
    voices: Mapping[str, Word] | None = None
    missing_roles: Sequence[str] = ()


def quorum_of(roles: int, asked: int = 0) -> int:
    """Return how many roles must have voted: what is asked for, else more than half of them."""
    return min(asked, roles) if asked > 0 else roles // 2 + 1


def voices(ballots: Iterable[Ballot], roles: Iterable[str]) -> dict[str, Word]:
    """Return what each role says: the last vote of each person; one no of its people is its no."""
    last: dict[tuple[str, str], Ballot] = {}
    for each in ballots:
        last[each.role, each.person] = each
    found: dict[str, Word] = {}
    for role in roles:
        said = {each.word for (of, _), each in last.items() if of == role}
        for word in (Word.NO, Word.YES, Word.ABSTAIN):
            if word in said:
                found[role] = word
                break
    return found


def decide(
    criteria: Sequence[Criterion],
    ballots: Sequence[Ballot],
    roles: Sequence[str],
    quorum: int,
    conditions: Sequence[Condition] = (),
    override: Override | None = None,
) -> Finding:
    """Return what a meeting comes to with what is known now."""
    heard = voices(ballots, roles)
    missing = tuple(each for each in roles if each not in heard)
    red = tuple(each for each in criteria if each.is_hard and not each.is_met)

    def found(verdict: Verdict, sentence: str) -> Finding:
        names = tuple(each.name for each in red)
        overridden = bool(red) and override is not None and verdict.is_go
        return Finding(verdict, sentence, overridden, names, heard, missing)

    if not roles or len(heard) < quorum:
        return found(Verdict.NONE, _no_quorum(len(heard), quorum, missing))
    if red and override is None:
        return found(Verdict.NO_GO, _red(red))
    against = [role for role, word in heard.items() if word is Word.NO]
    if against:
        return found(Verdict.NO_GO, f"{', '.join(against)} voted no")
    if Word.YES not in heard.values():
        return found(Verdict.NONE, "every role abstained; at least one has to say yes")
    soft = [each for each in criteria if not each.is_hard and not each.is_met]
    if soft and not conditions:
        named = ", ".join(each.title for each in soft)
        return found(
            Verdict.NONE, f"{named} is not green: record a condition with an owner, then decide"
        )
    return found(*_go(red, override, conditions, heard))


def _no_quorum(heard: int, quorum: int, missing: Sequence[str]) -> str:
    if not quorum or not missing and not heard:
        return "no role votes in this programme; its steering names none"
    named = ", ".join(missing)
    return f"no quorum: {heard} of the {quorum} roles needed have voted; missing {named}"


def _red(red: Sequence[Criterion]) -> str:
    first, more = red[0], len(red) - 1
    word = "has no data, which counts as red" if first.light is Light.NO_DATA else "is red"
    why = f": {first.why}" if first.why else ""
    also = f"; so {'is' if more == 1 else 'are'} {more} more" if more else ""
    return f"hard criterion {first.title} {word}{why}{also}"


def _go(
    red: Sequence[Criterion],
    override: Override | None,
    conditions: Sequence[Condition],
    heard: Mapping[str, Word],
) -> tuple[Verdict, str]:
    yes = sum(word is Word.YES for word in heard.values())
    said = f"{yes} of {len(heard)} roles say yes"
    if red and override is not None:
        named = ", ".join(each.title for each in red)
        said += f"; {override.by} overrides {named}: {override.reason}"
    if conditions:
        left = sum(each.is_open for each in conditions)
        return Verdict.WITH_CONDITIONS, f"{said}; {left} of {len(conditions)} conditions open"
    return Verdict.GO, said


def cut_over_fault(verdict: Verdict | None, conditions: Iterable[Condition]) -> str:
    """Return why a decision does not allow the cut-over now; empty when it does."""
    if verdict is None:
        return "no go/no-go was decided for this site or its wave; hold the meeting"
    if not verdict.is_go:
        return f"the meeting decided {verdict}; hold another one"
    left = [each for each in conditions if each.is_open]
    if left:
        first, more = left[0], len(left) - 1
        due = f", due {first.due_on}" if first.due_on else ""
        also = f", and {more} more" if more else ""
        return f"a condition is open: {first.text} ({first.owner}{due}){also}; close it first"
    return ""
