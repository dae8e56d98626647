"""What happens to programmes and their sites."""

from dataclasses import dataclass

from ssoc.core.vocabulary.words import DomainEvent


@dataclass(frozen=True)
class ProgrammeEvent(DomainEvent):
    """Base of what happens to one programme; ``markets`` are codes with commas between."""

    programme_id: int
    markets: str

    @property
    def subject(self) -> str:
        """Return the programme."""
        return f"programme:{self.programme_id}"


@dataclass(frozen=True)
class SiteStateMoved(ProgrammeEvent):
    """A site moved along its lifecycle, with the reason."""

    site_rollout_id: int = 0
    site: str = ""
    move: str = ""
    state: str = ""
    reason: str = ""


@dataclass(frozen=True)
class SiteReadinessFound(ProgrammeEvent):
    """Somebody recorded what they found about one item of a site's readiness."""

    site_rollout_id: int = 0
    site: str = ""
    item: str = ""
    result: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class SiteReadinessReopened(ProgrammeEvent):
    """A site that was ready is not any more: something expired, joined, or is newly asked."""

    site_rollout_id: int = 0
    site: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ProgrammePlanned(ProgrammeEvent):
    """Something of the plan was made or changed; ``what`` names it, ``change`` says how."""

    what: str = ""
    change: str = ""


@dataclass(frozen=True)
class ProgrammeTermsSet(ProgrammeEvent):
    """What a programme asks of its sites was changed; ``change`` names each value, then why."""

    change: str = ""
    reason: str = ""


@dataclass(frozen=True)
class SiteBooked(ProgrammeEvent):
    """A site got a day and a crew, or gave them back: then both are empty."""

    site_rollout_id: int = 0
    site: str = ""
    day: str = ""
    crew: str = ""


@dataclass(frozen=True)
class SitesImported(ProgrammeEvent):
    """Sites, staff or plan came from a file."""

    name: str = ""
    created: int = 0
    updated: int = 0


@dataclass(frozen=True)
class SiteSheetChanged(DomainEvent):
    """Somebody made or changed a site's sheet, or its staff."""

    site_id: int
    markets: str
    site: str = ""
    change: str = ""

    @property
    def subject(self) -> str:
        """Return the site."""
        return f"site:{self.site_id}"
