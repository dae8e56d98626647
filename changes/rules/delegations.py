"""When a delegate may answer for somebody (rule A3). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ssoc.core.permissions import EVERYWHERE, Role


@dataclass(frozen=True)
class Delegation:
    """``delegate`` answers for ``person`` in one role, in some markets, for a while."""

    id: int
    person: str
    delegate: str
    role: Role
    markets: Sequence[str]
    starts_at: datetime
    expires_at: datetime
    reason: str = ""
    set_by: str = ""
    revoked_at: datetime | None = None
    revoked_by: str = ""

    def state(self, now: datetime) -> str:
        """Return ``upcoming``, ``active``, ``expired`` or ``revoked``; reckoned, never stored."""
        if self.revoked_at is not None and self.revoked_at <= now:
            return "revoked"
        if now < self.starts_at:
            return "upcoming"
        return "active" if now < self.expires_at else "expired"

    def fault(self, now: datetime) -> str:
        """Return why it gives no right to answer at ``now``; empty if it does."""
        state = self.state(now)
        whom = f"the delegation of {self.role.value.replace('_', ' ')} by {self.person}"
        if state == "expired":
            return f"{whom} ended on {_words(self.expires_at)}"
        if state == "revoked" and self.revoked_at is not None:
            return f"{whom} was revoked on {_words(self.revoked_at)}"
        return f"{whom} begins on {_words(self.starts_at)}" if state == "upcoming" else ""

    def covers(self, market: str) -> bool:
        """Tell whether it is for a market."""
        return market in self.markets or EVERYWHERE in self.markets


def _words(at: datetime) -> str:
    return f"{at:%Y-%m-%d at %H:%M} UTC"
