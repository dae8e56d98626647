"""What proves a site, on its page: training, rehearsals, interfaces, acceptance, one line each."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from changes.programmes.queries import acceptance, interfaces, migration, training
from changes.programmes.queries.ways import ways
from changes.programmes.values import SiteView
from ssoc.core.work import Work


@dataclass(frozen=True)
class Proven:
    """One of the four: its name, whether it is met, why, and where it is worked on."""

    key: str
    title: str
    is_met: bool
    why: str
    href: str


def panel(work: Work, site: SiteView) -> Sequence[Proven]:
    """Return the four lines of a site."""
    here = ways(work, [site.id])
    standings = (
        ("training", "Training", training.standing_of(work, here)[site.id]),
        ("migration", "Rehearsals", migration.standing_of(work, here)[site.id]),
        ("interfaces", "Interfaces", interfaces.standing_of(work, here)[site.id]),
        ("acceptance", "Acceptance", acceptance.standing_of(work, here)[site.id]),
    )
    return [
        Proven(
            key,
            title,
            found.is_met,
            f"{found.why[:1].upper()}{found.why[1:]}",
            url_for(f"programmes.site_{key}", site_rollout_id=site.id),
        )
        for key, title, found in standings
    ]
