"""Forms of a site sheet: a new site in a wave, and changes to one."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.actions import places, planning
from changes.programmes.queries import sites as site_queries
from changes.programmes.rules.drafts import DAYS, TYPES, SiteDraft
from changes.programmes.values import SiteView
from ssoc.core.errors import BadInput
from ssoc.core.work import Work
from web.app import request_view
from web.noc.questions import Field, Question, ask, settle
from web.programmes.blueprint import programmes
from web.programmes.entries import degree_of, lines_of, number_of, pairs_of, row_lines, rows_of
from web.programmes.plan_forms import answer, given, version_given, wave_of

CONTACTS = ("name", "role", "phone")
HARDWARE = ("item", "model", "serial")


@programmes.route("/waves/<int:wave_id>/sites/new", methods=["GET", "POST"])
def site_new(wave_id: int) -> ResponseReturnValue:
    """Make a site and put it into a wave."""
    one, wave, _ = wave_of(wave_id)
    question = Question(
        title=f"New site in wave {wave.position}",
        action=url_for("programmes.site_new", wave_id=wave_id),
        button="Add it",
        back=url_for("programmes.programme", programme_id=one.id),
        back_label=one.name,
        what=f"It is a site of {wave.market}. What is not known yet stays empty; the survey asks "
        "for it.",
        fields=[
            Field("code", "Code", value=given("code"), required=True, most=32),
            *_fields(None),
        ],
    )
    if request.method == "GET":
        return ask(question)
    made: list[int] = []

    def act(work: Work) -> None:
        draft = _draft(request.form.get("code", "").strip(), wave.market)
        made.extend(planning.place(work, wave_id, [places.make_site(work, draft)]))

    answered = settle(question, act, "The site is added.")
    if made:
        return redirect(url_for("programmes.site", site_rollout_id=made[0]), code=303)
    return answered


@programmes.route("/sites/<int:site_rollout_id>/edit", methods=["GET", "POST"])
def site_edit(site_rollout_id: int) -> ResponseReturnValue:
    """Change the sheet of a site; its code and its market stay."""
    with request_view() as work:
        site = site_queries.site(work, site_rollout_id)
        work.require(places.WORKS, site.market)
    question = Question(
        title=f"Sheet of {site.code}",
        action=url_for("programmes.site_edit", site_rollout_id=site.id),
        button="Save",
        back=url_for("programmes.site", site_rollout_id=site.id),
        back_label=site.code,
        about=site.name,
        fields=_fields(site),
        hidden=[("version", given("version", site.site_version))],
    )

    def act(work: Work) -> None:
        places.edit_site(work, site.site_id, _draft(site.code, site.market), version_given())

    return answer(question, act, f"{site.code}: the sheet is changed.")


def _fields(site: SiteView | None) -> list[Field]:
    hours = {day: "-".join(span) for day, span in site.opening_hours.items()} if site else {}
    in_order = {day: hours[day] for day in DAYS if day in hours}
    busy = set(request.form.getlist("busy") if request.form else site.busiest_days if site else ())
    return [
        Field("name", "Name", value=given("name", site and site.name), required=True),
        Field(
            "type",
            "Type",
            "choice",
            given("type", site and site.type),
            options=[(each, each) for each in TYPES],
        ),
        Field("region", "Region", value=given("region", site and site.region), most=64),
        Field(
            "zone",
            "Time zone",
            value=given("zone", site and site.zone),
            hint="Such as Africa/Nairobi; left empty, it is its market's.",
            most=64,
        ),
        Field(
            "connectivity",
            "Connectivity",
            value=given("connectivity", site and site.connectivity),
        ),
        _area(
            "hours",
            "Opening hours",
            "\n".join(f"{day}: {span}" for day, span in in_order.items()),
            "One day a line, such as mon: 08:00-18:00; a day that is missing is closed.",
        ),
        *(
            Field(
                "busy",
                f"{day.capitalize()} is among the busiest",
                "check",
                day,
                is_ticked=day in busy,
            )
            for day in DAYS
        ),
        _area(
            "contacts",
            "Contacts",
            row_lines(site.contacts if site else (), CONTACTS),
            "One a line: name | role | telephone",
        ),
        _area(
            "hardware",
            "Hardware",
            row_lines(site.hardware if site else (), HARDWARE),
            "One a line: item | model | serial number",
        ),
        _area("banks", "Banks", "\n".join(site.banks) if site else "", "One a line."),
        Field(
            "minimum_staff",
            "Staff needed to stay open",
            value=given("minimum_staff", site.minimum_staff if site else 1),
            most=6,
        ),
        Field("latitude", "Latitude", value=given("latitude", site and site.latitude), most=32),
        Field("longitude", "Longitude", value=given("longitude", site and site.longitude), most=32),
    ]


def _area(name: str, label: str, otherwise: str, hint: str) -> Field:
    return Field(name, label, "area", given(name, otherwise), hint)


def _draft(code: str, market: str) -> SiteDraft:
    form = request.form
    return SiteDraft(
        code=code,
        name=form.get("name", "").strip(),
        market=market,
        type=form.get("type", ""),
        region=form.get("region", "").strip(),
        zone=form.get("zone", "").strip(),
        opening_hours=_hours(form.get("hours", "")),
        busiest_days=form.getlist("busy"),
        connectivity=form.get("connectivity", "").strip(),
        latitude=degree_of(form.get("latitude", ""), "latitude"),
        longitude=degree_of(form.get("longitude", ""), "longitude"),
        minimum_staff=number_of(form.get("minimum_staff", ""), "staff needed", 1),
        contacts=rows_of(form.get("contacts", ""), CONTACTS),
        hardware=rows_of(form.get("hardware", ""), HARDWARE),
        banks=lines_of(form.get("banks", "")),
    )


def _hours(text: str) -> dict[str, list[str]]:
    """Return opening hours as lines say them; whether they are hours the action tells."""
    found = {}
    for day, span in pairs_of(text, "opening hours", "mon: 08:00-18:00").items():
        since, dash, until = span.replace("–", "-").partition("-")
        if not dash:
            raise BadInput(f"opening hours: {day[:16]}: write two times, such as 08:00-18:00")
        found[day.lower()[:3]] = [since.strip(), until.strip()]
    return found
