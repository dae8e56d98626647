"""The wall: what is open, what it costs, and how every market is seen."""

from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.web import people
from tests.web.conftest import SignIn


def test_an_empty_installation_says_what_to_do(as_person: SignIn) -> None:
    page = as_person(people.OPERATOR).get("/wall").text
    assert "No P1, P2 or P3 is open in any market." in page
    assert "ssoc estate load" in page


def test_the_worst_incident_leads(console: Runtime, as_person: SignIn) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "ussd-ke > core-ke")
        factories.incident(work, title="Core ledger: <script>alert(1)</script>")
    page = as_person(people.OPERATOR).get("/wall").text
    assert "Core ledger: &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
