"""Files as they come: encodings, separators, columns, cells; each fault with its row and column."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changes.importing.dates import decided
from changes.importing.encodings import CHUNK, encoding_of
from changes.importing.mapping import TOOLS, Landing, mapping_from_text, mapping_of
from changes.importing.reading import recognised, rows
from changes.importing.rows import Incoming, Interpreter, RowFault
from changes.lifecycle import Outcome
from ssoc.core.errors import BadInput
from tests import factories

NOW = mapping_of("servicenow")
ESTATE = factories.estate_of("core-ke, core-tz, ussd-ke")
TYPES = ("standard", "normal", "emergency")
LATER = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(b"a,b\n", "utf-8", id="ascii"),
        pytest.param("é,b\n".encode(), "utf-8", id="utf-8"),
        pytest.param("é,b\n".encode("utf-8-sig"), "utf-8-sig", id="with a mark"),
        pytest.param("Opération à Kinshasa – prévue".encode("cp1252"), "cp1252", id="cp1252"),
        pytest.param("Alteração das ligações".encode("latin-1"), "cp1252", id="latin-1 is in it"),
        pytest.param("é".encode() * CHUNK, "utf-8", id="letters over the edge of a chunk"),
    ],
)
def test_encodings_are_found(content: bytes, name: str) -> None:
    assert encoding_of(io.BytesIO(content)).name == name


def test_what_was_found_can_be_checked_by_eye() -> None:
    found = encoding_of(io.BytesIO("Opération,prévue".encode("cp1252")))
    assert found.samples == ("Opération", "prévue")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("a,b\né,ü\n".encode("utf-16"), "UTF-16", id="utf-16"),
        pytest.param("a,b\n".encode("utf-16-le"), "zero byte", id="utf-16 without a mark"),
        pytest.param("ok\né\n".encode() + b"\xe9\n", "line 3", id="two encodings"),
        pytest.param("ok\nopÃ©ration\n".encode(), "line 2 has 'opÃ©", id="encoded twice"),
        pytest.param("itâ€™s".encode(), "once read in another", id="an apostrophe encoded twice"),
        pytest.param("opération".encode("cp850"), "name its encoding", id="cp850"),
        pytest.param("opération".encode("mac-roman"), "name its encoding", id="MacRoman"),
        pytest.param("عملية الدفع".encode("cp1256"), "name its encoding", id="Arabic"),
        pytest.param(b"\x81\x8d", "cp1252", id="bytes of nobody"),
    ],
)
def test_what_would_be_mojibake_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        encoding_of(io.BytesIO(content))


def test_a_declared_encoding_is_taken_or_refused() -> None:
    arabic = "عملية".encode("cp1256")
    assert encoding_of(io.BytesIO(arabic), "latin-1").is_declared
    with pytest.raises(BadInput, match="no encoding"):
        encoding_of(io.BytesIO(b"a"), "klingon")
    with pytest.raises(BadInput, match="line 1 is not utf-8"):
        encoding_of(io.BytesIO(b"\xe9"), "utf-8")


HEAD = "number,short_description,state,type,start_date,end_date,cmdb_ci,company,close_code,work_end"


def sheet(text: str, tool: str = "servicenow", encoding: str = "utf-8") -> io.BytesIO:
    return io.BytesIO(text.encode(encoding))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found(separator: str) -> None:
    file = sheet(HEAD.replace(",", separator) + "\n")
    found = recognised(file, NOW)
    assert (found.separator, len(found.places)) == (separator, 10)


def test_headers_by_label_and_in_any_case() -> None:
    found = recognised(sheet('"NUMBER";"Short description";"State";"Extra"\n'), NOW)
    assert sorted(found.places) == ["reference", "state", "title"]
    assert list(found.ignored) == ["Extra"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("a,b\n1,2\n", "no column for reference: number or Number"),
        ('"a', "no column"),
    ],
)
def test_files_without_what_is_needed(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        recognised(sheet(text), NOW)


def read(
    text: str, tool: str = "servicenow", own: str = "", dates: str = "", now: datetime = LATER
) -> tuple[list[Incoming], list[RowFault]]:
    file = sheet(text)
    mapping = mapping_from_text(tool, own, dates=dates)
    seen = recognised(file, mapping)
    reader = Interpreter(mapping, ESTATE, TYPES, decided(rows(file, seen), mapping), now)
    found, faults = [], []
    for row in rows(file, seen):
        incoming, wrong = reader.read(row)
        faults += wrong
        if incoming:
            found.append(incoming)
    return found, faults


GOOD = (
    "CHG1,Core 4.2,Closed,Normal,2026-03-01 21:00:00,2026-03-01 23:00:00,core-ke,,successful,"
    "2026-03-01 22:30:00"
)


def test_a_row_of_servicenow() -> None:
    [found], faults = read(f"{HEAD}\n{GOOD}\n", own="zone: Africa/Nairobi")
    assert faults == []
    assert (found.reference, found.title, found.landing) == ("CHG1", "Core 4.2", Landing.CLOSED)
    assert (found.markets, found.components) == (("KE",), ("core-ke",))
    assert found.starts_at == datetime(2026, 3, 1, 18, tzinfo=UTC)
    assert (found.outcome, found.type) == (Outcome.SUCCESSFUL, "normal")


def test_a_row_of_itop() -> None:
    text = (
        "Ref,Title,Status,Change sub-class,Organization,Start date,End date,Caller\n"
        '"C-000123","Réseau","Planned and scheduled","NormalChange","Kenya",'
        '"2026-03-01 21:00:00","2026-03-01 23:00:00","Claude Monet"\n'
    )
    [found], faults = read(text, "itop")
    assert faults == []
    assert (found.reference, found.landing, found.markets) == ("C-000123", Landing.DRAFT, ("KE",))
    assert (found.title, found.requester) == ("Réseau", "Claude Monet")


def test_a_row_of_glpi_ends_with_a_separator() -> None:
    text = (
        '"ID";"Title";"Status";"Opening date";"Entity";"Requester - Requester";\n'
        '"42";"Disque";"Applied";"2026-02-01 10:00";"Root > Kenya";"glpi";\n'
    )
    [found], faults = read(text, "glpi", own="markets: {'Root > Kenya': KE}")
    assert faults == []
    assert (found.reference, found.type, found.landing) == ("GLPI-42", "normal", Landing.CLOSED)


@pytest.mark.parametrize("entity", ["Root > Kenya", "Kenya", "Root entity > Kenya > Nairobi"])
def test_a_path_of_entities_names_a_market(entity: str) -> None:
    text = f'"ID";"Title";"Status";"Entity"\n"42";"Disque";"New";"{entity}"\n'
    [found], faults = read(text, "glpi")
    assert (faults, found.markets) == ([], ("KE",))
    _, [fault] = read(text.replace("Kenya", "Narnia"), "glpi")
    assert "the estate has no market" in fault.message


@pytest.mark.parametrize(
    ("now", "columns"),
    [
        (datetime(2026, 3, 1, 20, tzinfo=UTC), ["start_date", "work_end"]),
        (datetime(2026, 3, 1, 22, tzinfo=UTC), ["work_end"]),
        (datetime(2026, 3, 1, 22, 30, tzinfo=UTC), []),
    ],
    ids=["before it", "while it runs", "as it ended, before its window did"],
)
def test_what_is_closed_is_over(now: datetime, columns: list[str]) -> None:
    _, faults = read(f"{HEAD}\n{GOOD}\n", now=now)
    assert [each.column for each in faults] == columns
    assert all("is still to come" in each.message for each in faults)
    assert read(f"{HEAD}\n{GOOD.replace('Closed', 'New')}\n", now=now)[1] == []


@pytest.mark.parametrize(
    ("old", "new", "column", "said"),
    [
        ("CHG1", "", "number", "reference is empty"),
        ("CHG1", "x" * 65, "number", "65 characters are more than 64"),
        ("Core 4.2", " ", "short_description", "title is empty"),
        ("Closed", "Limbo", "state", "no state is called 'Limbo'"),
        ("Normal", "Odd", "type", "no type is called 'Odd'"),
        ("Normal", "", "type", "the type is empty"),
        ("successful,", "splendid,", "close_code", "no outcome is called 'splendid'"),
        ("2026-03-01 21:00:00", "tomorrow", "start_date", "'tomorrow' is no time"),
        ("2026-03-01 21:00:00", "2026-03-02 21:00:00", "end_date", "it ends before it starts"),
        ("2026-03-01 22:30:00", "0001-03-01 22:30:00", "work_end", "not to be believed"),
        ("core-ke", "core-xx", "cmdb_ci", "no component 'core-xx'"),
        (",core-ke,,", ",,,", "company", "no market is named"),
        (",core-ke,,", ",core-ke,Narnia,", "company", "no market 'Narnia'"),
    ],
)
def test_each_fault_has_its_row_and_column(old: str, new: str, column: str, said: str) -> None:
    bad = GOOD.replace(old, new)
    _, faults = read(f"{HEAD}\n{GOOD}\n{bad}\n")
    [fault] = [each for each in faults if each.row == 3]
    assert (fault.row, fault.column) == (3, column)
    assert said in fault.message


def test_a_local_time_that_the_clock_skips() -> None:
    text = GOOD.replace("2026-03-01 21:00:00", "2026-04-24 00:30:00")
    text = text.replace("2026-03-01 23:00:00", "2026-04-24 03:00:00")
    _, [fault] = read(f"{HEAD}\n{text}\n", own="zone: Africa/Cairo")
    assert "does not exist in Africa/Cairo" in fault.message


def dated(*pairs: tuple[str, str]) -> str:
    """Return a file whose rows have these windows: start and end."""
    lines = [
        f"CHG{number},x,New,Normal,{start},{end},core-ke,,,"
        for number, (start, end) in enumerate(pairs, 1)
    ]
    return "\n".join([HEAD, *lines, ""])


APRIL = ("10-04-2026 22:00:00", "10-04-2026 23:00:00")
OCTOBER = ("10-14-2026 22:00:00", "10-14-2026 23:00:00")
SAME = ("10-10-2026 22:00:00", "10-10-2026 23:00:00")
YEAR = ("2026-10-04 22:00:00", "2026-10-04 23:00:00")


@pytest.mark.parametrize(
    ("pairs", "dates", "days"),
    [
        pytest.param([APRIL, OCTOBER], "", [(10, 4), (10, 14)], id="a later row decides"),
        pytest.param([(APRIL[0], OCTOBER[1])], "", [(10, 4)], id="another column decides"),
        pytest.param([("14-10-2026 22:00:00", ""), APRIL], "", [(10, 14), (4, 10)], id="day first"),
        pytest.param([SAME, SAME], "", [(10, 10)] * 2, id="both forms say the same day"),
        pytest.param([APRIL], "month-first", [(10, 4)], id="month first, as was said"),
        pytest.param([APRIL], "day-first", [(4, 10)], id="day first, as was said"),
        pytest.param([YEAR, ("2026-10-05 21:00", "")], "", [(10, 4), (10, 5)], id="no seconds"),
        pytest.param([("", "")], "", [None], id="no dates at all"),
    ],
)
def test_the_order_of_dates_is_that_of_the_whole_file(
    pairs: list[tuple[str, str]], dates: str, days: list[tuple[int, int] | None]
) -> None:
    found, faults = read(dated(*pairs), dates=dates)
    assert faults == []
    starts = [each.starts_at for each in found]
    assert [at and (at.month, at.day) for at in starts] == days


def test_dates_that_may_be_read_in_two_ways_are_refused() -> None:
    with pytest.raises(BadInput) as refusal:
        read(dated(SAME, APRIL))
    assert str(refusal.value) == (
        "row 3, start_date: '10-04-2026 22:00:00' is 10 April 2026 with the day first "
        "(%d-%m-%Y %H:%M:%S) or 4 October 2026 with the month first (%m-%d-%Y %H:%M:%S), and no "
        "date of the file decides it; say which with dates: day-first or month-first"
    )


def test_two_forms_of_which_the_same_stands_first_need_a_mapping() -> None:
    own = "dates: ['%y-%m-%d %H:%M:%S', '%y-%d-%m %H:%M:%S']"
    with pytest.raises(BadInput, match="leave one form in dates of the mapping"):
        read(dated(("26-10-04 22:00:00", "")), own=own)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([OCTOBER, YEAR], "has the year first, but row 2 shows that this file has the month first"),
        ([YEAR, OCTOBER], "has the month first, but row 2 shows that this file has the year first"),
        ([APRIL, OCTOBER, ("14-10-2026 22:00:00", "")], "has the day first, but row 3 shows"),
        ([OCTOBER, ("tomorrow", "")], "'tomorrow' is no time of the forms %m-%d-%Y %H:%M:%S;"),
    ],
)
def test_dates_of_another_order_are_faults_of_their_row(
    pairs: list[tuple[str, str]], said: str
) -> None:
    found, faults = read(dated(*pairs))
    assert len(found) == len(pairs) - 1
    assert {each.row for each in faults} == {len(pairs) + 1}
    assert faults[0].column == "start_date"
    assert said in faults[0].message


def test_an_order_of_dates_that_is_none() -> None:
    with pytest.raises(BadInput, match="'sideways' is no order of dates"):
        mapping_from_text("servicenow", "", dates="sideways")
    with pytest.raises(BadInput, match="no form of dates has the month first"):
        mapping_from_text("itop", "", dates="month-first")


def test_several_faults_of_one_row_are_all_named() -> None:
    _, faults = read(f"{HEAD}\nCHG1,,Limbo,Odd,x,y,nix,,z,\n")
    assert len(faults) == 7


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("CHG2,x,Closed", "has 3 cells, the header 10"),
        (GOOD + ",more", "has 11 cells"),
        ('CHG2,"x"y,Closed', "cannot be read"),
        ('CHG2,"never closed,', "cannot be read"),
        (f"CHG2,{'x' * 140_000}", "cannot be read"),
    ],
    ids=["short", "long", "stray quote", "open quote", "huge"],
)
def test_rows_that_are_none(line: str, said: str) -> None:
    found, [fault] = read(f"{HEAD}\n{GOOD}\n{line}\n")
    assert len(found) == 1
    assert said in fault.message


def test_blank_rows_and_lines_within_a_cell() -> None:
    line = GOOD.replace("Core 4.2", '"Core\r\n4.2"')
    text = f"{HEAD}\r\n,,,,,,,,,\r\n{line}\r\n"
    [found], faults = read(text)
    assert (faults, found.title.split(), found.row) == ([], ["Core", "4.2"], 3)


def test_unknown_components_can_be_left_out_and_words_be_mapped() -> None:
    own = "{leave_out_unknown_components: true, components: {DB01: core-ke}, default_market: TZ}"
    text = GOOD.replace("core-ke", '"DB01,Printer 7"')
    [found], faults = read(f"{HEAD}\n{text}\n", own=own)
    assert (faults, found.components, found.markets) == ([], ("core-ke",), ("KE",))


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("zone: Mars/Olympus", "zone"),
        ("columns: {colour: [x]}", "colour is no field"),
        ("columns: {title: null}", "title is missing"),
        ("states: {new: begun}", "one of draft, closed, cancelled"),
        ("nonsense: 1", "nonsense is not known"),
        ("[1, 2]", "mapping"),
        ("a: [", "mapping"),
        ("origin: ''", "origin"),
        ("dates: []", "no form is left"),
    ],
)
def test_a_mapping_that_cannot_be_used(own: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        mapping_from_text("servicenow", own)


def test_every_preset_is_whole(tmp_path: Path) -> None:
    for tool in TOOLS:
        assert mapping_of(tool).origin == tool
    own = tmp_path / "own.yaml"
    own.write_text("zone: Africa/Maputo\n")
    assert mapping_of("itop", own).zone == "Africa/Maputo"
    assert mapping_of("itop", own, "UTC").zone == "UTC"
    with pytest.raises(BadInput, match="^there is no time zone 'Mars'"):
        mapping_of("itop", None, "Mars")
    with pytest.raises(BadInput, match="no preset"):
        mapping_of("remedy")


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_the_file_it_is_read_or_refused(content: bytes) -> None:
    file = io.BytesIO(HEAD.encode() + b"\n" + content)
    try:
        found = recognised(file, NOW)
        dates = decided(rows(file, found), NOW)
    except BadInput:
        return
    reader = Interpreter(replace(NOW, default_market="KE"), ESTATE, TYPES, dates, LATER)
    for row in rows(file, found):
        incoming, faults = reader.read(row)
        assert (incoming is None) == bool(faults)
