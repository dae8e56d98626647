"""Front door of notification."""

from datetime import timedelta

from ssoc.core import vocabulary as words
from ssoc.core.module import Module
from ssoc.core.work import on
from ssoc.notify import looks, subscribers
from ssoc.notify import models as models  # registers the tables
from ssoc.notify.jobs import send_pages
from ssoc.notify.mail_jobs import send_mail

MODULE = Module(
    "ssoc.notify",
    jobs={send_pages: timedelta(seconds=2), send_mail: timedelta(seconds=5)},
    subscriptions=[
        on(words.IncidentOpened, subscribers.page_opened),
        on(words.IncidentFlapped, subscribers.page_flapped),
        on(words.IncidentReleased, subscribers.page_released),
        on(words.IncidentWorsened, subscribers.page_worsened),
        on(words.IncidentSpread, subscribers.page_spread),
        on(words.IncidentReopened, subscribers.page_reopened),
        on(words.IncidentUnnested, subscribers.page_unnested),
        on(words.IncidentNested, subscribers.tell_nested),
        on(words.IncidentRecovered, subscribers.tell_recovered),
        on(words.IncidentUnwatched, subscribers.tell_unwatched),
        on(words.IncidentResolved, subscribers.tell_resolved),
    ],
    looks=[looks.mail_server],
)
