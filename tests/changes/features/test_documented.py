"""docs/features.md says what the code does."""

from pathlib import Path

from changes.features import counting
from changes.features.queries import curves as curve_queries
from changes.features.rules import curves
from changes.features.values import Reason

PAGE = (Path(__file__).parents[3] / "docs" / "features.md").read_text(encoding="utf-8")


def test_every_reason_and_limit_is_told() -> None:
    for reason in Reason:
        assert f"| `{reason}` |" in PAGE
    for code in ("PARSE_ERROR", "INVALID_CONTEXT", "TARGETING_KEY_MISSING", "FLAG_NOT_FOUND"):
        assert f"`{code}`" in PAGE
    assert f"{curves.RAW.total_seconds() / 3600:.0f} hours" in PAGE
    assert f"last {curves.LATELY.total_seconds() / 3600:.0f} hours" in PAGE
    assert f"{curves.LONGEST.days} days" in PAGE
    assert f"{counting.KEPT.days} days" in PAGE
    assert f"{curve_queries.ASKED_HOURS} hours" in PAGE
