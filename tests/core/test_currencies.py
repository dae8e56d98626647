"""Which codes are money somewhere today."""

import pytest

from ssoc.core.currencies import is_currency


@pytest.mark.parametrize("code", ["KES", "TZS", "GHS", "XOF", "XAF", "USD", "EUR", "ZWG", "SLE"])
def test_money_in_use(code: str) -> None:
    assert is_currency(code)


@pytest.mark.parametrize("code", ["ZZZ", "XXX", "XTS", "ZMK", "kes", "KE", "", "KES ", "ＫＥＳ"])
def test_what_is_no_money(code: str) -> None:
    assert not is_currency(code)
