"""Whether a change is approved beforehand: its template is a standard one and it follows it."""

from changes.models import ChangeTemplate
from changes.queries import templates
from changes.rules.following import departures
from changes.rules.types import STANDARD
from changes.values import ChangeView
from ssoc.core.work import Work


def why_not_standard(work: Work, change: ChangeView) -> str:
    """Return why the change needs approval although it is called standard; empty when not."""
    found = work.session.get(ChangeTemplate, change.template_id) if change.template_id else None
    if found is None:
        return "it names no template, so it is approved like a normal change"
    if not found.state.is_standard:
        return f"the template {found.name} is not a standard one now"
    departs = departures(change, templates.plan(work, found.id))
    if departs:
        return f"it departs from the template {found.name}: {'; '.join(departs)}"
    return ""


def template_obstacle(work: Work, change: ChangeView) -> list[str]:
    """Return that the template of a change approved beforehand has lost its status."""
    found = work.session.get(ChangeTemplate, change.template_id) if change.template_id else None
    if change.type != STANDARD or not change.is_preapproved or found is None:
        return []
    if found.state.is_standard:
        return []
    return [f"its template {found.name} lost its standard status; submit it again for approval"]
