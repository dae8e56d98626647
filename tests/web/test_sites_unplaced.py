"""Sites that came without a plan are named, and are put into a wave; who may, and what is bad."""

import pytest

from changes.programmes.models import Site
from changes.programmes.queries.unplaced import unplaced
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.programmes import scenes
from tests.web.conftest import SignIn

ABROAD_CODE = "CD-K9"


@pytest.fixture
def made(console: Runtime) -> scenes.Ids:
    """Give a programme of two markets, and three sites that are in no wave."""
    with console.work(SYSTEM) as work:
        factories.estate(work)
        ids = scenes.programme(work, 4, ("KE", "CD"))
        for code, market in (("KE-K4", "KE"), ("KE-K5", "KE"), (ABROAD_CODE, "CD"), ("EG-1", "EG")):
            work.session.add(Site(code=code, name=f"Kiosk {code}", market=market, type="shop"))
        return ids


def left(console: Runtime, made: scenes.Ids) -> dict[str, int]:
    with console.view(SYSTEM) as work:
        return {each.code: each.id for each in unplaced(work, made.programme)}


def test_they_are_named_and_put_into_a_wave(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    client = as_person("change-manager")
    here = f"/programmes/{made.programme}"
    shown = client.get(here).text
    assert (
        "3\N{NO-BREAK SPACE}sites of its markets are in no wave: CD-K9, KE-K4 and KE-K5." in shown
    )
    assert f'href="{here}/unplaced"' in shown
    numbers = left(console, made)
    form = client.get(f"{here}/unplaced").text
    assert all(code in form for code in numbers)
    assert "EG-1" not in form
    kenyan = [str(numbers[code]) for code in ("KE-K4", "KE-K5")]
    answer = client.post(f"{here}/unplaced", data={"i": kenyan, "wave": str(made.waves[0])})
    assert answer.status_code == 303
    assert list(left(console, made)) == [ABROAD_CODE]
    assert "1\N{NO-BREAK SPACE}site of its markets is in no wave: CD-K9." in client.get(here).text


@pytest.mark.parametrize("case", ["nothing", "other market", "words", "no such site", "no wave"])
def test_bad_input_puts_nothing(
    as_person: SignIn, console: Runtime, made: scenes.Ids, case: str
) -> None:
    client = as_person("change-manager")
    before = left(console, made)
    first = str(made.waves[0])
    sent = {
        "nothing": {"wave": first},
        "other market": {"i": [str(each) for each in before.values()], "wave": first},
        "words": {"i": ["x"], "wave": first},
        "no such site": {"i": ["999999999"], "wave": first},
        "no wave": {"i": [str(before["KE-K4"])], "wave": "999"},
    }[case]
    answer = client.post(f"/programmes/{made.programme}/unplaced", data=sent)
    assert answer.status_code in {400, 404}
    assert left(console, made) == before


def test_who_does_not_plan_may_not(as_person: SignIn, console: Runtime, made: scenes.Ids) -> None:
    client = as_person("site-team")
    here = f"/programmes/{made.programme}"
    assert "puts them in a wave" in client.get(here).text
    assert client.get(f"{here}/unplaced").status_code == 403
    numbers = left(console, made)
    sent = {"i": [str(numbers["KE-K4"])], "wave": str(made.waves[0])}
    assert client.post(f"{here}/unplaced", data=sent).status_code == 403
    assert left(console, made) == numbers
