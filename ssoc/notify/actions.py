"""Write letters, to be sent by a job outside any transaction."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from ssoc.core.work import Work
from ssoc.notify.models import Mail

MOST_SUBJECT = 255


@dataclass(frozen=True)
class Post:
    """A letter to be written; ``key`` says what it is about and to whom."""

    key: str
    person: str
    address: str
    subject: str
    text: str
    lasts: timedelta


def post(work: Work, letter: Post) -> bool:
    """Write a letter unless there is one with its key; tell if so. Without a server, none is."""
    if not work.settings.notify.mail_server or not letter.address:
        return False
    if work.session.scalar(select(Mail.id).where(Mail.key == letter.key)) is not None:
        return False
    work.session.add(
        Mail(
            key=letter.key,
            person=letter.person,
            address=letter.address,
            subject=" ".join(letter.subject.split())[:MOST_SUBJECT],
            text=letter.text,
            planned_at=work.now,
            expires_at=work.now + letter.lasts,
            due_at=work.now,
        )
    )
    work.session.flush()
    return True
