"""Which answers a form gives, as it says them: ``12.1.<digest of the plan>.<for whom>``. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from changes.queries.approvals import Asked
from ssoc.core.errors import BadInput

MOST = 50  # at once
DIGEST = 64


@dataclass(frozen=True)
class Choice:
    """One answer to be given: the change, its stage, the plan that was seen, for whom."""

    change_id: int
    stage: int
    seen: str
    on_behalf_of: str = ""

    @property
    def text(self) -> str:
        """Return it as a form carries it."""
        return f"{self.change_id}.{self.stage}.{self.seen}.{self.on_behalf_of}"


def choice(asked: Asked) -> str:
    """Return what a form sends to answer for the actor, or for the first who delegated."""
    return Choice(asked.change_id, asked.stage, asked.plan_digest, asked.on_behalf_of).text


def read_choices(given: Iterable[str]) -> list[Choice]:
    """Return what a form names, or raise BadInput when nothing of it can be answered."""
    found = [_read(each) for each in dict.fromkeys(given)]
    if not found:
        raise BadInput("no change is chosen; choose one first")
    if len(found) > MOST:
        raise BadInput(f"{len(found)} changes are chosen; answer {MOST} at once at most")
    return found


def _read(text: str) -> Choice:
    parts = text.split(".", 3)
    numbers = parts[:2]
    if len(parts) < 4 or not all(is_number(each) for each in numbers):  # noqa: PLR2004 (parts)
        raise BadInput(f"{text[:32]!r} names no change; open the list again")
    return Choice(int(parts[0]), int(parts[1]), parts[2][:DIGEST], parts[3][:128])


def is_number(text: str) -> bool:
    """Tell whether a text is a number that a row can have."""
    return text.isascii() and text.isdecimal() and 0 < len(text) < 18  # noqa: PLR2004 (a row)
