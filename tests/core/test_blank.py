"""What of a text can be seen."""

import pytest

from ssoc.core.signs import is_blank, told
from ssoc.monitoring.report import storable


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param(" \t\n", "", id="spaces"),
        pytest.param("\u200b\u200b", "", id="two without width"),
        pytest.param("\ufeff\u2060\u00ad", "", id="marks"),
        pytest.param("\u3164\u2800", "", id="fillers"),
        pytest.param("\u200b. ", "\u200b.", id="a full stop is seen"),
        pytest.param("می\u200cخواهم", "می\u200cخواهم", id="a script that is written with them"),
    ],
)
def test_what_is_seen_of_a_text(text: str, seen: str) -> None:
    assert told(text) == seen
    assert is_blank(text) is (seen == "")
    assert str(storable(text)).strip() == seen
