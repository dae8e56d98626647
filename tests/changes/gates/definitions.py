"""Definitions in few words, and what letters of the reference stand for."""

from typing import Any

from changes.gates.lifecycle import Judgement
from changes.gates.rules.definition import Metric, read

LETTERS = {
    "S": Judgement.SUCCESSFUL,
    "F": Judgement.FAILED,
    "I": Judgement.INCONCLUSIVE,
    "E": Judgement.ERROR,
    "N": Judgement.NO_DATA,
}
IV = {"interval": "1m"}


def row(name: str = "figure", **given: Any) -> dict[str, Any]:
    """Return a metric that the house records, with what is given."""
    return {"name": name, "provider": {"recorded": {}}, **given}


def metric(**given: Any) -> Metric:
    """Return a metric as it is read."""
    return read({"metrics": [row(**given)]}).metrics[0]


def judgements(letters: str) -> list[Judgement]:
    """Return what the letters of a sequence stand for."""
    return [LETTERS[each] for each in letters]
