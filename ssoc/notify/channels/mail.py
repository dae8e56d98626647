"""Mail over SMTP: one letter to one person, in plain text. Returns its fault, never raises it."""

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from ssoc.core.errors import BadSettings
from ssoc.core.settings import NotifySettings, secret

TIMEOUT = 10  # seconds to connect, and between two answers


@dataclass(frozen=True)
class Letter:
    """What is sent; ``key`` stays the same when it is sent again."""

    key: str
    address: str
    subject: str
    text: str


def send(settings: NotifySettings, letter: Letter, now: datetime) -> str:
    """Return an empty text when the server took the letter, or what went wrong; no secret."""
    if not settings.mail_server:
        return "no mail server is set any more; set notify.mail_server again to keep the promise"
    try:
        with _connected(settings) as server:
            server.send_message(_message(settings, letter, now))
    except (smtplib.SMTPException, OSError, BadSettings, ValueError) as error:
        return f"{type(error).__name__}: {_words(error)}"
    return ""


def look(settings: NotifySettings) -> str:
    """Return an empty text when the server lets us in, or what went wrong; nothing is sent."""
    try:
        with _connected(settings) as server:
            server.noop()
    except (smtplib.SMTPException, OSError, BadSettings, ValueError) as error:
        return f"{type(error).__name__}: {_words(error)}"
    return ""


def _connected(settings: NotifySettings) -> smtplib.SMTP:
    host, _, port = settings.mail_server.rpartition(":")
    name, context = host.strip("[]"), ssl.create_default_context()
    if settings.mail_tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(name, int(port), timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(name, int(port), timeout=TIMEOUT)
    try:
        if settings.mail_tls == "starttls":
            server.starttls(context=context)
        if settings.mail_user:
            server.login(settings.mail_user, secret(settings.mail_password))
    except BaseException:
        server.close()
        raise
    return server


def _message(settings: NotifySettings, letter: Letter, now: datetime) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.mail_from or "ssoc@localhost"
    message["To"] = letter.address
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.key}@ssoc>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message


def _words(error: Exception) -> str:
    """Return what the other side said; an authentication fault must not echo what we sent."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the server refused the sign-in ({error.smtp_code})"
    return str(error)[:400]
