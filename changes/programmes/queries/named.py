"""Sites and programmes by what people call them: the find box knows them."""

import re

from sqlalchemy import func, select

from changes.programmes.models import Site, SiteRollout
from changes.programmes.queries import programmes
from changes.programmes.rules.drafts import CODE
from ssoc.core.work import Work

_PROGRAMME = re.compile(r"PRG-(\d{1,9})", re.ASCII | re.IGNORECASE)


def programme_named(text: str) -> int | None:
    """Return the number that ``PRG-3`` names; whether there is one its page tells."""
    found = _PROGRAMME.fullmatch(text.strip())
    return int(found[1]) if found else None


def site_named(work: Work, text: str) -> int | None:
    """Return the newest way of the site with exactly this code that the actor may see.

    Large and small letters are the same. Nothing is asked for what can be no code: one word
    with a digit.
    """
    code = text.strip()
    if not CODE.fullmatch(code) or not any(each.isdigit() for each in code):
        return None
    return work.session.scalar(
        select(SiteRollout.id)
        .join(Site, Site.id == SiteRollout.site_id)
        .where(func.lower(Site.code) == code.lower())
        .where(work.visible(Site.market, programmes.SEES))
        .order_by(SiteRollout.id.desc())
        .limit(1)
    )
