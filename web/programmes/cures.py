"""Where each obstacle is mended: by the guard that asked, a link for whoever stands in the shop."""

from collections.abc import Callable, Mapping
from typing import Protocol

from flask import current_app, url_for

from web.programmes.page_parts import Cure


class Place(Protocol):
    """The site it is about, its way in its programme."""

    @property
    def id(self) -> int:
        """Return the number of its way."""

    @property
    def programme_id(self) -> int:
        """Return the number of its programme."""

    @property
    def market(self) -> str:
        """Return its market."""


def _at(label: str, endpoint: str, **given: str) -> Callable[[Place], Cure | None]:
    """Return a link to a page; none while the page is not there. ``given`` are names of fields."""

    def link(site: Place) -> Cure | None:
        if endpoint not in current_app.view_functions:
            return None
        return Cure(
            label, url_for(endpoint, **{key: getattr(site, at) for key, at in given.items()})
        )

    return link


def _panel(label: str, anchor: str) -> Callable[[Place], Cure | None]:
    """Return a link to a panel of the site's own page."""
    return lambda site: Cure(
        label, url_for("programmes.site", site_rollout_id=site.id, _anchor=anchor)
    )


_BOOK = _at("book a day and a crew", "programmes.site_book", site_rollout_id="id")
_PROGRAMME = _at("open the programme", "programmes.programme", programme_id="programme_id")
# One line each: the key of a guard, and where it is mended.
CURES: Mapping[str, Callable[[Place], Cure | None]] = {
    "survey": _at("fill in the site sheet", "programmes.site_edit", site_rollout_id="id"),
    "readiness": _panel("go through the readiness sheet", "readiness"),
    "slot": _BOOK,
    "crew": _BOOK,
    "slot freeze": _BOOK,
    "baseline": _PROGRAMME,
    "wave": _PROGRAMME,
    "approval": _PROGRAMME,
    "freeze": _at("see the freezes", "changes.freezes"),
    "sev1": _at("see the incidents there", "noc.triage", market="market"),
    "migration": _at("go to the rehearsals", "programmes.site_migration", site_rollout_id="id"),
    "training": _at("see who is trained", "programmes.site_training", site_rollout_id="id"),
    "interfaces": _at("go to the interfaces", "programmes.site_interfaces", site_rollout_id="id"),
    "acceptance": _at("fill in the matrix", "programmes.site_acceptance", site_rollout_id="id"),
    "parallel": _panel("go to the reconciliation", "parallel"),
    "decision": _panel("go to the decision", "decision"),
    "rehearsal": _panel("rehearse the cut-over", "cut-over"),
    "runbook": _panel("go to the run sheet", "cut-over"),
    "undone": _panel("go to the run sheet", "cut-over"),
    "hypercare": _panel("go to hypercare", "hypercare"),
}


def cure_of(site: Place, guard: str) -> Cure | None:
    """Return where what a guard asked for is mended, None where nothing leads there."""
    known = CURES.get(guard)
    return known(site) if known else None
