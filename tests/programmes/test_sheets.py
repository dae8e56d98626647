"""Sites, staff and plan as files: read and written alike, all of it or every fault."""

import csv
import io
import time
import zipfile
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import func, select

from changes.programmes.actions import importing, offering, planning
from changes.programmes.actions.importing import Imported, import_file
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import CrewBooking, Site, SiteImport, SiteRollout, SiteStaff
from changes.programmes.queries import exporting, sites
from changes.programmes.queries.unplaced import unplaced
from changes.programmes.rules.drafts import ProgrammeDraft, WaveDraft
from changes.programmes.sheets.cells import Wrong, day_of, degrees_of, hours_of, hours_text
from changes.programmes.sheets.columns import SheetName, neutral, plain
from ssoc.core.errors import BadInput, Conflict, NotAllowed, NotFound, SsocError, TooLarge
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from tests import factories
from tests.programmes import scenes
from tests.programmes.stage import MANAGER, TEAM

SITES = (
    "code;name;market;region;type;opening hours;connectivity;latitude;longitude;hardware;banks\n"
    'KE-1;"Kiosk; Tom Mboya";KE;Nairobi;shop;"mon-fri 8:00-18:00; sat 09:00-13:00";fibre;'
    '-1,28;36.82;"till|T-40|S1; printer|P2";"Copper Bank; Lake Bank"\n'
)
STAFF = "site,code,name,role,joined_on\nKE-1,E1,Wanjiru Kamau,,2024-05-01\nKE-1,E2,Otieno,lead,\n"
PLAN = "site,wave,slot_on,crew\nKE-1,1,2026-03-20,Nairobi 1\n"


def begin(runtime: Runtime) -> int:
    """Make a programme with one release and one wave in Kenya."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
    with runtime.work(MANAGER) as work:
        number = planning.make_programme(work, ProgrammeDraft("Till", ["KE"]))
        release = planning.make_release(work, number, "R1", {"software": "1"})
        planning.make_wave(work, number, WaveDraft("First", "KE", release))
    return number


def bring(runtime: Runtime, programme: int, content: str | bytes, **given: Any) -> Imported:
    """Import a file, text being one sheet in UTF-8."""
    raw = content.encode() if isinstance(content, str) else content
    with runtime.work(MANAGER) as work:
        return import_file(work, programme, raw, "sites.csv", **given)


def faults(found: Imported) -> list[str]:
    return [f"{each.sheet} {each.row} {each.column}: {each.message}" for each in found.faults.kept]


def counted(found: Imported) -> dict[str, tuple[int, int, int]]:
    return {
        name.value: (each.created, each.updated, each.unchanged)
        for name, each in found.sheets.items()
    }


def stored(runtime: Runtime) -> list[int]:
    with runtime.view(SYSTEM) as work:
        tables = (Site, SiteStaff, SiteRollout, CrewBooking)
        return [work.session.scalar(select(func.count()).select_from(each)) or 0 for each in tables]


def test_three_files_one_after_the_other(runtime: Runtime) -> None:
    number = begin(runtime)
    assert counted(bring(runtime, number, SITES)) == {"sites": (1, 0, 0)}
    assert counted(bring(runtime, number, STAFF)) == {"staff": (2, 0, 0)}
    assert counted(bring(runtime, number, PLAN)) == {"plan": (1, 0, 0)}
    assert stored(runtime) == [1, 2, 1, 1]
    with runtime.view(SYSTEM) as work:
        view = sites.site(work, 1)
        kinds = list(work.session.scalars(select(EventRecord.kind)))
    assert (view.name, view.latitude, view.banks) == (
        *("Kiosk; Tom Mboya", -1.28, ["Copper Bank", "Lake Bank"]),
    )
    assert view.opening_hours["sat"] == ["09:00", "13:00"]
    assert view.opening_hours["mon"] == ["08:00", "18:00"]
    assert view.hardware[1] == {"item": "printer", "model": "P2", "serial": ""}
    assert (view.slot_on, view.crew, view.state) == (
        *(date(2026, 3, 20), "Nairobi 1", SiteState.PLANNED),
    )
    assert kinds.count("SitesImported") == 3


def test_the_same_again_is_unchanged_and_what_differs_is_altered(runtime: Runtime) -> None:
    number = begin(runtime)
    for each in (SITES, STAFF, PLAN):
        bring(runtime, number, each)
    for each, name, count in ((SITES, "sites", 1), (STAFF, "staff", 2), (PLAN, "plan", 1)):
        assert counted(bring(runtime, number, each)) == {name: (0, 0, count)}
    altered = bring(runtime, number, "code,banks\nKE-1,Copper Bank\n")
    assert counted(altered) == {"sites": (0, 1, 0)}
    with runtime.view(SYSTEM) as work:
        view = sites.site(work, 1)
    assert (view.banks, view.connectivity, view.site_version) == (["Copper Bank"], "fibre", 2)


def test_an_export_comes_back_unchanged(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        ids = scenes.programme(
            work,
            30,
            3,
            states=scenes.HALF_WAY,
            markets=("KE", "EG", "CD"),
            staff=3,
            rollout={"champion": "=HYPERLINK()"},
        )
    with runtime.view(MANAGER) as work:
        book = exporting.as_workbook(work, ids.programme)
        tables = {name: exporting.as_csv(work, ids.programme, name) for name in SheetName}
    before = stored(runtime)
    assert counted(bring(runtime, ids.programme, book)) == {
        "sites": (0, 0, 30),
        "staff": (0, 0, 90),
        "plan": (0, 0, 30),
    }
    for name, content in tables.items():
        [(created, updated, _)] = counted(bring(runtime, ids.programme, content)).values()
        assert (name, created, updated) == (name, 0, 0)
    assert stored(runtime) == before


def test_formulas_are_neutral_in_what_is_exported(runtime: Runtime) -> None:
    number = begin(runtime)
    bring(runtime, number, 'code,name,market\nKE-1,"=1+1",KE\n')
    bring(runtime, number, "site,wave\nKE-1,1\n")
    with runtime.view(MANAGER) as work:
        table = list(
            csv.reader(io.StringIO(exporting.as_csv(work, number, SheetName.SITES).decode()))
        )
        book = exporting.as_workbook(work, number)
    assert table[1][1] == "'=1+1"
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        pages = [archive.read(each) for each in archive.namelist() if "worksheets/" in each]
    assert pages
    assert not any(b"<f>" in each for each in pages)


@pytest.mark.parametrize(
    "text", ["=1+1", "+254 700", "-5+2", "@home", "\tx", "Kiosk", "'quoted", ""]
)
def test_what_is_made_neutral_comes_back(text: str) -> None:
    assert plain(neutral(text)) == text
    assert not neutral(text).startswith(("=", "+", "-", "@", "\t"))


@pytest.mark.parametrize("text", ["-1.28", "-33", "36.82", "0"])
def test_plain_numbers_stay_numbers(text: str) -> None:
    assert neutral(text) == plain(text) == text


def test_a_southern_place_goes_out_as_a_number(runtime: Runtime) -> None:
    number = begin(runtime)
    bring(runtime, number, SITES)
    bring(runtime, number, PLAN)
    with runtime.view(MANAGER) as work:
        table = exporting.as_csv(work, number, SheetName.SITES).decode()
    assert ",-1.28,36.82," in table


def test_sites_that_came_without_a_plan_go_out_again(runtime: Runtime) -> None:
    number = begin(runtime)
    bring(runtime, number, SITES + "KE-2;Two;KE;;;;;;;;\n")
    bring(runtime, number, STAFF)
    with runtime.work(SYSTEM) as work:
        work.session.add(Site(code="TZ-1", name="Of another market", market="TZ", type="shop"))
    with runtime.view(MANAGER) as work:
        assert [each.code for each in unplaced(work, number)] == [
            "KE-2",
            "KE-1",
        ]  # its region is empty
        tables = {name: exporting.sheet(work, number, name)[1:] for name in SheetName}
    assert [row[0] for row in tables[SheetName.SITES]] == ["KE-1", "KE-2"]
    assert [row[:2] for row in tables[SheetName.STAFF]] == [["KE-1", "E1"], ["KE-1", "E2"]]
    bring(runtime, number, PLAN)
    with runtime.view(MANAGER) as work:
        assert [each.code for each in unplaced(work, number)] == ["KE-2"]


FAULTY = [
    pytest.param(
        "code,name,market\n KE 1,Kiosk,KE\n",
        ["sites 2 code: 'KE 1' is no code"],
        id="a code with a blank",
    ),
    pytest.param(
        "code,name,market\nKE-1,,KE\n", ["sites 2 name: it is empty; fill it in"], id="no name"
    ),
    pytest.param(
        "code\nKE-1\n",
        [
            "sites 2 name: a new site needs",
            "sites 2 market: a new site needs",
        ],
        id="a new site needs more",
    ),
    pytest.param(
        "code,name,market\nKE-1,Kiosk,TZ\n",
        ["sites 2 market: no market 'TZ' here; there are KE"],
        id="a market of no concern",
    ),
    pytest.param(
        "code,name,market,latitude,longitude\nKE-1,K,KE,1.2.3,4\n",
        ["sites 2 latitude: '1.2.3' is no number"],
        id="a number with two points",
    ),
    pytest.param(
        "code,name,market,latitude\nKE-1,K,KE,3\n",
        ["sites 2 latitude: latitude and longitude go together"],
        id="half a place",
    ),
    pytest.param(
        "code,name,market,opening_hours\nKE-1,K,KE,daily\nKE-2,K,KE,mon 18:00-08:00\n",
        [
            "sites 2 opening_hours: 'daily' is no opening time; write mon-fri 08:00-18:00",
            "sites 3 opening_hours: mon: it closes at 08:00",
        ],
        id="hours",
    ),
    pytest.param("code,name,market,zone\nKE-1,K,KE,Nairobi\n", ["sites 2 zone: "], id="zone"),
    pytest.param(
        "code,name,market,type\nKE-1,K,KE,mall\n", ["sites 2 type: 'mall' is no type"], id="type"
    ),
    pytest.param(
        "code,name,market,minimum_staff\nKE-1,K,KE,two\n",
        ["sites 2 minimum_staff: 'two' is no whole number"],
        id="minimum staff",
    ),
    pytest.param(
        "code,name,market\nKE-1,K,KE\nke-1,K,KE\n",
        ["sites 3 code: the same stands in row 2 already"],
        id="twice, in other letters",
    ),
    pytest.param(
        "code,name,market\nKE-1,K,KE,extra\n",
        ["sites 2 : the row has 4 cells, the header 3"],
        id="more cells than columns",
    ),
    pytest.param(
        'code,name,market\nKE-1,"K,KE\n',
        ["sites 2 : the row cannot be read"],
        id="a quote is missing",
    ),
    pytest.param(
        "site,code,name\nKE-9,E1,Ada\n", ["staff 2 site: no site KE-9"], id="staff of no site"
    ),
    pytest.param("site,wave\nKE-9,1\n", ["plan 2 site: no site KE-9"], id="a plan for no site"),
]


@pytest.mark.parametrize(("text", "expected"), FAULTY)
def test_every_fault_is_named_by_row_and_column(
    runtime: Runtime, text: str, expected: list[str]
) -> None:
    number = begin(runtime)
    found = bring(runtime, number, text)
    said = faults(found)
    assert len(said) == len(expected) == found.faults.count
    for each, start in zip(said, expected, strict=True):
        assert each.startswith(start)
    assert (found.is_written, stored(runtime)) == (False, [0, 0, 0, 0])


ALL_AT_ONCE = [
    pytest.param(
        "code,name,market,latitude,longitude,minimum_staff,opening_hours\n"
        "KE-1,,XX,91,x,two,mon 25:00-26:00\n",
        [
            "sites 2 longitude: 'x' is no number; write degrees as 5.556",
            "sites 2 minimum_staff: 'two' is no whole number; write digits alone",
            "sites 2 name: it is empty; fill it in",
            "sites 2 market: no market 'XX' here; there are KE",
            "sites 2 latitude: 91.0 is not between -90 and 90",
            "sites 2 opening_hours: mon: give two times such as 08:00 and 18:00",
        ],
        id="every cell of a site",
    ),
    pytest.param(
        "code,name,market,minimum_staff\nKE-1,K,KE,-2\nke-1,K,KE,1\n",
        [
            "sites 2 minimum_staff: -2 is not between 0 and 10000",
            "sites 3 code: the same stands in row 2 already; leave one out",
        ],
        id="a row with a fault counts as the first of two",
    ),
    pytest.param(
        "site,code,name,joined_on\nNOPE,E1,,2026-02-30\n",
        [
            "staff 2 joined_on: '2026-02-30' is no day; write it as 2026-03-09",
            "staff 2 name: it is empty; fill it in",
            "staff 2 site: no site NOPE in the markets of the programme; add it to sites",
        ],
        id="an unknown site beside a bad day",
    ),
    pytest.param(
        "site,release,wave,slot_on,crew\nNOPE,R9,9,2026-02-30,A\n",
        [
            "plan 2 slot_on: '2026-02-30' is no day; write it as 2026-03-09",
            "plan 2 release: no release 'R9' in the programme; there is R1",
            "plan 2 site: no site NOPE in the markets of the programme; add it to sites",
            "plan 2 wave: the programme has no wave 9: 1",
        ],
        id="every cell of a plan",
    ),
]


@pytest.mark.parametrize(("text", "expected"), ALL_AT_ONCE)
def test_a_fault_hides_no_other_fault_of_its_row(
    runtime: Runtime, text: str, expected: list[str]
) -> None:
    number = begin(runtime)
    assert sorted(faults(bring(runtime, number, text))) == sorted(expected)
    assert stored(runtime) == [0, 0, 0, 0]


def test_staff_of_a_site_whose_row_is_faulty_are_not_told_that_there_is_no_site(
    runtime: Runtime,
) -> None:
    number = begin(runtime)
    book = workbook(
        sites=[["code", "name", "market"], ["KE-1", "", "XX"]],
        staff=[["site", "code", "name"], ["KE-1", "E1", "Ada"]],
        plan=[["site", "wave"], ["KE-1", "1"]],
    )
    assert faults(bring(runtime, number, book)) == [
        "sites 2 name: it is empty; fill it in",
        "sites 2 market: no market 'XX' here; there are KE",
    ]


PLANS = [
    pytest.param(
        "site,wave\nKE-1,7\n", "plan 2 wave: the programme has no wave 7: 1", id="no such wave"
    ),
    pytest.param(
        "site,release,wave\nKE-1,R9,1\n", "plan 2 release: no release 'R9'", id="no such release"
    ),
    pytest.param(
        "site,wave,slot_on\nKE-1,1,tomorrow\n",
        "plan 2 slot_on: 'tomorrow' is no day; write it as 2026-03-09",
        id="no day",
    ),
    pytest.param(
        "site,wave,slot_on,crew\nKE-1,1,,A\n",
        "plan 2 slot_on: a crew without a day",
        id="a crew without a day",
    ),
    pytest.param(
        "site,wave,slot_on,crew\nKE-1,1,2026-03-09,A\nKE-2,1,2026-03-09,A\n",
        "plan 3 crew: crew A is at KE-1 on 2026-03-09",
        id="O6 a crew twice in the file",
    ),
    pytest.param(
        "site,wave,slot_on,crew\nKE-1,1,2026-03-20,B\n",
        "plan 2 crew: crew B is at KE-3 on 2026-03-20",
        id="O6 a crew that is booked elsewhere",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PLANS)
def test_every_fault_of_a_plan(runtime: Runtime, text: str, expected: str) -> None:
    number = begin(runtime)
    bring(runtime, number, "code,name,market\nKE-1,A,KE\nKE-2,B,KE\nKE-3,C,KE\n")
    bring(runtime, number, "site,wave,slot_on,crew\nKE-3,1,2026-03-20,B\n")
    before = stored(runtime)
    [said] = faults(bring(runtime, number, text))
    assert said.startswith(expected)
    assert stored(runtime) == before


def test_two_crews_may_swap_in_one_file(runtime: Runtime) -> None:
    number = begin(runtime)
    bring(runtime, number, "code,name,market\nKE-1,A,KE\nKE-2,B,KE\n")
    plan = "site,wave,slot_on,crew\nKE-1,1,2026-03-20,A\nKE-2,1,2026-03-20,B\n"
    bring(runtime, number, plan)
    swapped = plan.replace("20,A", "20,x").replace("20,B", "20,A").replace("20,x", "20,B")
    assert counted(bring(runtime, number, swapped)) == {"plan": (0, 2, 0)}


def test_one_fault_in_a_workbook_stops_all_of_it(runtime: Runtime) -> None:
    number = begin(runtime)
    book = workbook(
        sites=[["code", "name", "market"], ["KE-1", "Kiosk", "KE"]],
        staff=[["site", "code", "name"], ["KE-1", "E1", "Ada"], ["KE-2", "E1", "Ada"]],
    )
    found = bring(runtime, number, book)
    assert faults(found) == [
        "staff 3 site: no site KE-2 in the markets of the programme; add it to sites"
    ]
    assert stored(runtime) == [0, 0, 0, 0]


def workbook(formula: str = "", **sheets: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            for number, row in enumerate(rows):
                for at, cell in enumerate(row):
                    if isinstance(cell, date):
                        page.write_datetime(number, at, cell, day)
                    else:
                        page.write(number, at, cell)
            if formula:
                page.write_formula(1, 1, formula)
    return file.getvalue()


def test_a_workbook_has_real_days_and_numbers(runtime: Runtime) -> None:
    number = begin(runtime)
    book = workbook(
        sites=[
            ["Code", "Name", "Market", "Latitude", "Longitude", "Minimum staff"],
            ["KE-1", "Kiosk", "KE", -1.28, 36.8, 3],
        ],
        staff=[["site", "code", "name", "joined on"], ["KE-1", 7, "Ada", date(2025, 1, 5)]],
        plan=[["site", "wave", "slot on"], ["KE-1", 1, date(2026, 3, 20)]],
    )
    assert bring(runtime, number, book).is_written
    with runtime.view(SYSTEM) as work:
        view, [person] = sites.site(work, 1), sites.staff(work, 1)
    assert (view.latitude, view.minimum_staff, view.slot_on) == (-1.28, 3, date(2026, 3, 20))
    assert (person.code, person.joined_on) == ("7", date(2025, 1, 5))


def test_a_formula_in_a_workbook_is_a_fault(runtime: Runtime) -> None:
    number = begin(runtime)
    book = workbook("=1+1", sites=[["code", "name", "market"], ["KE-1", "", "KE"]])
    assert faults(bring(runtime, number, book)) == [
        "sites 2 name: it is a formula; paste its value"
    ]


def bomb() -> bytes:
    """Return a small workbook that unpacks to 200 MiB."""
    file = io.BytesIO(workbook(sites=[["code"], ["KE-1"]]))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/big.xml", b"<a>" + b" " * (200 * 1024 * 1024))
    return file.getvalue()


def entities() -> bytes:
    file = io.BytesIO(workbook(sites=[["code"], ["KE-1"]]))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("xl/bad.xml", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x/>')
    return file.getvalue()


def far() -> bytes:
    """Return a workbook whose only row stands far down, where nobody looks."""
    return workbook(sites=[["code", "name", "market"], *[[]] * 2_000, ["KE-1", "K", "KE"]])


WHOLE = [
    pytest.param(b"", BadInput, "no file came", id="nothing"),
    pytest.param(
        b"a,b\n1,2\n", BadInput, "has in its first row a, b; that is none of", id="other columns"
    ),
    pytest.param(b"code,name,name\nK,a,b\n", BadInput, "two columns 'name'", id="a column twice"),
    pytest.param(b"PK\x03\x04junk", BadInput, "damaged or locked workbook", id="a broken archive"),
    pytest.param(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1x", BadInput, "old or a locked workbook", id="xls"
    ),
    pytest.param("code,name\nK,x\n".encode("utf-16"), BadInput, "UTF-16", id="utf-16"),
    pytest.param(b"code,name\nK,\x00\n", BadInput, "zero byte", id="a zero byte"),
    pytest.param(bomb, TooLarge, "unpacks to more than 96 MiB", id="a zip bomb"),
    pytest.param(far, BadInput, "row 2002 of the sheet sites stands below 2000", id="far down"),
    pytest.param(entities, BadInput, "declares entities", id="XML entities"),
    pytest.param(
        lambda: workbook(Table1=[["code"]]), BadInput, "has the sheets Table1", id="other sheets"
    ),
]


@pytest.mark.parametrize(("content", "kind", "expected"), WHOLE)
def test_what_cannot_be_read_at_all(
    runtime: Runtime, content: Any, kind: type[SsocError], expected: str
) -> None:
    number = begin(runtime)
    raw = content() if callable(content) else content
    with pytest.raises(kind, match=expected):
        bring(runtime, number, raw)
    assert stored(runtime) == [0, 0, 0, 0]


TABBED = "code\tname\tmarket\tlatitude\tlongitude\nKE-1\tKiosk; Tom, Mboya\tKE\t-1,28\t36,8\n"
WRITTEN = [
    pytest.param(SITES.encode("utf-8-sig"), id="UTF-8 with a mark"),
    pytest.param(SITES.replace("\n", "\r\n").encode("cp1252"), id="Windows"),
    pytest.param(SITES.replace("Nairobi", "Nairobi – été").encode("cp1252"), id="cp1252"),
    pytest.param(TABBED.encode(), id="tabs"),
]


@pytest.mark.parametrize("content", WRITTEN)
def test_however_it_is_written(runtime: Runtime, content: bytes) -> None:
    number = begin(runtime)
    found = bring(runtime, number, content)
    assert (faults(found), found.sheets[SheetName.SITES].rows) == ([], 1)


CELLS = [
    pytest.param(day_of, "2026-03-09", date(2026, 3, 9), id="ISO day"),
    pytest.param(day_of, "9.3.2026", date(2026, 3, 9), id="day with points"),
    pytest.param(day_of, "03/04/2026", None, id="an ambiguous day is refused"),
    pytest.param(day_of, "2026-02-30", None, id="no such day"),
    pytest.param(degrees_of, "5,556", 5.556, id="a decimal comma"),
    pytest.param(degrees_of, "nan", None, id="not a number"),
    pytest.param(hours_of, "fri-mon 08:00-10:00", None, id="backwards"),
]


@pytest.mark.parametrize(("read", "text", "expected"), CELLS)
def test_cells(read: Any, text: str, expected: object) -> None:
    if expected is None:
        with pytest.raises(Wrong):
            read(text)
        return
    assert read(text) == expected


def test_opening_hours_come_back() -> None:
    text = "mon-fri 08:00-18:00; sat 09:00-13:00"
    assert hours_text(hours_of(text)) == text


def test_first_looked_at_then_taken(runtime: Runtime) -> None:
    number = begin(runtime)
    with runtime.work(MANAGER) as work:
        file = offering.offer(work, number, "sites.csv", SITES.encode())
    with runtime.view(MANAGER) as work:
        name, found = offering.look_at(work, file)
    assert (name, counted(found), found.is_written) == ("sites.csv", {"sites": (1, 0, 0)}, False)
    assert stored(runtime) == [0, 0, 0, 0]
    with runtime.work(MANAGER) as work:
        assert offering.take(work, file).is_written
    with pytest.raises(Conflict, match="imported already"), runtime.work(MANAGER) as work:
        offering.take(work, file)
    with pytest.raises(NotFound), runtime.work(TEAM) as work:
        offering.take(work, file)
    with runtime.view(MANAGER) as work:
        assert [each.created for each in offering.past(work, number)] == [1]
        assert work.session.get_one(SiteImport, file).content is None


def test_who_may_import(runtime: Runtime) -> None:
    number = begin(runtime)
    for who in (TEAM, factories.person("wim", Role.AUDITOR)):
        with pytest.raises(NotAllowed), runtime.work(who) as work:
            importing.import_file(work, number, SITES.encode())
    stranger = factories.person("sena", Role.CHANGE_MANAGER, "TZ")
    with pytest.raises(NotFound), runtime.work(stranger) as work:
        importing.import_file(work, number, SITES.encode())


def test_a_file_longer_than_allowed(runtime: Runtime) -> None:
    number = begin(runtime)
    rows = "".join(f"KE-{at},K,KE\n" for at in range(4))
    few = replace(runtime.settings, changes=replace(runtime.settings.changes, most_import_rows=2))
    with pytest.raises(TooLarge, match="more than 2 rows"):
        bring(replace(runtime, settings=few), number, "code,name,market\n" + rows)


def test_600_sites_and_5000_staff_in_seconds(runtime: Runtime) -> None:
    number = begin(runtime)
    book = workbook(
        sites=[
            ["code", "name", "market", "banks"],
            *([f"KE-{at}", f"Shop {at}", "KE", "A; B"] for at in range(600)),
        ],
        staff=[
            ["site", "code", "name"],
            *([f"KE-{at % 600}", f"E{at}", f"Seller {at}"] for at in range(5_000)),
        ],
        plan=[["site", "wave"], *([f"KE-{at}", 1] for at in range(600))],
    )
    began = time.process_time()
    found = bring(runtime, number, book)
    assert counted(found) == {
        "sites": (600, 0, 0),
        "staff": (5_000, 0, 0),
        "plan": (600, 0, 0),
    }
    assert time.process_time() - began < 10
