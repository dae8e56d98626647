"""Front door of incidents."""

from datetime import timedelta

from incidents import models as models  # registers the tables
from incidents import subscribers
from incidents.clock_jobs import renew_calendars, watch_clocks
from incidents.impact_jobs import reckon_impact
from incidents.jobs import close_old, correlate
from ssoc.core.module import Module
from ssoc.core.vocabulary import CauseJudged
from ssoc.core.work import on

MODULE = Module(
    "incidents",
    jobs={
        correlate: timedelta(seconds=1),
        watch_clocks: timedelta(seconds=10),
        reckon_impact: timedelta(seconds=15),
        renew_calendars: timedelta(minutes=5),
        close_old: timedelta(minutes=10),
    },
    subscriptions=[on(CauseJudged, subscribers.tell_judged)],
)
