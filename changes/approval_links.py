"""Links in letters: they name change, round and stage, are signed, end, and approve nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import BadSignature, URLSafeSerializer

from ssoc.accounts.keys import app_key
from ssoc.core.errors import BadInput
from ssoc.core.settings import WebSettings

_SALT = "changes.approval-link"
_LONGEST = 2_000


@dataclass(frozen=True)
class Link:
    """What a letter asked, whom, and until when its link leads anywhere."""

    change_id: int
    round: int
    stage: int
    person: str
    until: datetime


def sign(web: WebSettings, link: Link) -> str:
    """Return the last part of the address of a link."""
    content = [link.change_id, link.round, link.stage, link.person, int(link.until.timestamp())]
    made = URLSafeSerializer(app_key(web.secret), salt=_SALT).dumps(content)
    return made if isinstance(made, str) else made.decode()


def read(web: WebSettings, token: str, now: datetime) -> Link:
    """Return what a link is about.

    Raises:
        BadInput: it is not one of ours, was altered, or has ended.

    """
    cure = "open the change, or your approvals, in the console instead"
    try:
        found = URLSafeSerializer(app_key(web.secret), salt=_SALT).loads(token[:_LONGEST])
        change_id, number, stage, person, until = found
        link = Link(change_id, number, stage, person, datetime.fromtimestamp(until, UTC))
    except (BadSignature, ValueError, TypeError):
        raise BadInput(f"this link is not whole, or was altered; {cure}") from None
    if link.until <= now:
        raise BadInput(f"this link ended on {link.until:%Y-%m-%d at %H:%M} UTC; {cure}")
    return link


def address(web: WebSettings, path: str) -> str:
    """Return an address that people can open from a letter."""
    return f"{web.public_url.rstrip('/') or f'http://{web.listen}'}{path}"
