"""How ssoc itself runs: jobs, what other tools send, deliveries that are stuck."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ssoc.core import jobs as job_queries
from ssoc.core import outbox
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.monitoring import queries
from web import shell
from web.admin import forms
from web.admin.blueprint import admin
from web.app import request_view, request_work


@admin.get("/admin", endpoint="home")
def home() -> ResponseReturnValue:
    """Lead to the first page of the administration that the person may open."""
    found = [each for each in shell.places(g.actor) if each.endpoint.startswith("admin.")]
    ours = [each for each in found if each.endpoint != "admin.estate"] or found
    if not ours:
        with request_view() as work:
            work.require(Permission.JOB_SEE, EVERYWHERE)
    return redirect(url_for(ours[0].endpoint), code=303)


@admin.get("/admin/jobs")
def jobs() -> ResponseReturnValue:
    """Show every job with its last turn."""
    with request_view() as work:
        return render_template("admin/jobs.html", jobs=job_queries.jobs(work), now=work.now)


@admin.get("/admin/deliveries")
def deliveries() -> ResponseReturnValue:
    """Show deliveries that were given up."""
    with request_view() as work:
        return render_template("admin/deliveries.html", stuck=outbox.stuck(work), now=work.now)


@admin.post("/admin/deliveries/retry", endpoint="deliver_again")
def retry() -> ResponseReturnValue:
    """Give a stuck delivery a fresh set of attempts."""
    number = forms.number(request.form, "event") or 0
    subscriber = forms.text(request.form, "subscriber")
    with request_work() as work:
        outbox.retry(work, number, subscriber)
    flash(f"Event {number} is being delivered to {subscriber} again.")
    return redirect(url_for(".deliveries"), code=303)


@admin.get("/admin/ingest")
def ingest() -> ResponseReturnValue:
    """Show who sends alerts, when they last spoke, and what was refused."""
    with request_view() as work:
        if not work.actor.markets(Permission.JOB_SEE):
            work.require(Permission.JOB_SEE, EVERYWHERE)
        return render_template(
            "admin/ingest.html",
            sources=queries.sources(work),
            faults=queries.faults(work),
            now=work.now,
        )
